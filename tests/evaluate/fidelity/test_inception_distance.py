"""The Fréchet inception distance: a row of its own where weights are there, a sentence where they are not."""

from __future__ import annotations

import hashlib

import pytest

from medcurate.encoders import encoder, inception
from medcurate.encoders.pixels import read_pixels
from medcurate.errors import UsageError
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.evaluation import preview
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.inception_distance import inception_distance
from medcurate.evaluate.fidelity.part import measure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from tests.evaluate.drawn_slices import slices
from tests.evaluate.fidelity.test_part import save

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Put a small network in the place of Inception-v3, which takes half a minute, and save weights of it."""

    def small(**options):
        assert options["weights"] is None
        assert options["include_top"] is False
        layers = [keras.layers.Conv2D(9, 16, strides=16), keras.layers.GlobalAveragePooling2D()]
        return keras.Sequential([keras.Input(options["input_shape"]), *layers])

    monkeypatch.setattr(keras.applications, "InceptionV3", small)
    path = tmp_path / "inception.weights.h5"
    small(weights=None, include_top=False, input_shape=(299, 299, 3)).save_weights(path)
    return path


@pytest.fixture
def sides(rng, tmp_path):
    save(tmp_path / "real" / "train" / "x", slices(rng, 24))
    save(tmp_path / "real" / "test" / "x", slices(rng, 12))
    save(tmp_path / "made" / "x", slices(rng, 12) // 2)
    return open_sides(tmp_path / "real", tmp_path / "made", size=32)


@pytest.fixture
def compared(sides):
    return FidelitySets.of(EncodedSides.of(sides, "classical", most=100, progress=False), sides.seed)


def test_it_is_the_distance_of_the_features_and_has_a_name_and_an_encoder_of_its_own(sides, compared, weights):
    context = Context(splits=6, settings={"encoder": "classical", "size": 32})
    (found,), notes = inception_distance(sides, compared, weights, context, progress=False)
    made = encoder(f"inception:{weights}")
    test, *others = (
        made.encode(read_pixels(side.dataset, 32)) for side in (compared.test, compared.generated, compared.real)
    )
    for metric, other in zip((found, found.real_vs_real), others, strict=True):
        assert metric.name == "fidelity/frechet_inception"
        assert metric.value == pytest.approx(frechet_value(test, other), rel=1e-5)
    assert found.value > 3 * found.real_vs_real.value
    assert found.settings["encoder"].startswith("inception[")
    assert found.settings["encoder"].endswith(", 299 px area or bilinear, -1..1]")
    assert found.settings["channels"] == "the gray channel three times"
    assert (found.n, found.settings["features"], found.better) == (12, 9, "lower")
    assert "12 held-out and 12 synthetic images. Papers take 10,000 or more on a side" in notes[0]
    assert "not with published ones, which rest on the weights of 2015" in notes[1]


def test_a_file_of_something_else_is_refused(sides, compared, weights):
    weights.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="expected weights of Keras' InceptionV3"):
        inception_distance(sides, compared, weights, Context(), progress=False)


def test_without_weights_a_sentence_says_how_to_get_them(sides, compared):
    found, notes = inception_distance(sides, compared, None, Context(), progress=False)
    assert found == ()
    assert "its weights are not on this machine. Name their file with --inception FILE" in notes[0]


def test_the_part_has_both_distances_each_under_its_name(sides, weights):
    part = measure(sides, FidelitySettings(splits=6, inception=weights), progress=False)
    assert {"fidelity/frechet_inception", "fidelity/frechet_distance"} <= {metric.name for metric in part.metrics}
    assert any("Papers take 10,000 or more on a side" in note for note in part.notes)


def test_weights_in_the_cache_of_keras_are_found_and_damaged_ones_are_not(sides, tmp_path, monkeypatch):
    def measured():
        run = preview(tmp_path / "real", tmp_path / "made", out=tmp_path / "report", parts=["fidelity"], size=32)
        assert run.parts["fidelity"] is False
        return inception.cached_weights()

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert measured() is None
    place = inception.cached_place()
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")
    assert measured() is None
    monkeypatch.setattr(inception, "_MD5", hashlib.md5(b"weights").hexdigest())
    assert measured() == place
