"""The Fréchet inception distance: a row of its own where weights are there, a sentence where they are not."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from medcurate.encoders import encoder, inception
from medcurate.encoders.pixels import read_pixels
from medcurate.errors import UsageError
from medcurate.evaluate import evaluate
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.fidelity.frechet import frechet_value
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
    save(tmp_path / "real" / "train" / "x", slices(rng, 40))
    save(tmp_path / "real" / "test" / "x", slices(rng, 20))
    save(tmp_path / "made" / "x", slices(rng, 30) // 2)
    return open_sides(tmp_path / "real", tmp_path / "made", size=32)


def test_it_stands_beside_our_own_distance_each_named_for_what_it_is(sides, weights):
    part = measure(sides, FidelitySettings(splits=6, inception=weights), progress=False)
    found = {metric.name.removeprefix("fidelity/"): metric for metric in part.metrics}
    own, published = found["frechet_distance"], found["frechet_inception"]
    assert own.settings["encoder"].startswith("classical[")
    assert published.settings["encoder"].startswith("inception[")
    assert published.settings["encoder"].endswith(", 299 px area or bilinear, -1..1]")
    assert published.settings["channels"] == "the gray channel three times"
    assert (published.n, published.settings["n_real"], published.settings["features"]) == (20, 20, 9)
    assert published.better == "lower"
    assert published.real_vs_real.name == published.name
    assert published.value > 3 * published.real_vs_real.value
    assert published.interval[0] < published.value < published.interval[1]
    assert "20 held-out and 20 synthetic images" in part.notes[-1]
    assert "Papers take 10,000 or more on a side" in part.notes[-1]


def test_it_is_the_distance_of_the_features_of_the_images(rng, weights, tmp_path):
    save(tmp_path / "real" / "train" / "x", slices(rng, 40))
    save(tmp_path / "real" / "test" / "x", slices(rng, 20))
    save(tmp_path / "made" / "x", slices(rng, 20))  # as many as real ones: all of them are compared
    both = open_sides(tmp_path / "real", tmp_path / "made", size=32)
    part = measure(both, FidelitySettings(splits=6, inception=weights), progress=False)
    made = encoder(f"inception:{weights}")
    test, generated = (made.encode(read_pixels(side, 32)) for side in (both.test, both.synthetic))
    assert part.metrics[-1].value == pytest.approx(frechet_value(test, generated), rel=1e-5)


def test_without_weights_a_sentence_says_how_to_get_them(sides):
    part = measure(sides, FidelitySettings(splits=6), progress=False)
    assert "frechet_inception" not in {metric.name.partition("/")[2] for metric in part.metrics}
    assert "its weights are not on this machine. Name their file with --inception FILE" in part.notes[-1]


def test_a_file_of_something_else_is_refused(sides, tmp_path, weights):
    weights.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="expected weights of Keras' InceptionV3"):
        measure(sides, FidelitySettings(splits=6, inception=weights), progress=False)


def test_weights_in_the_cache_of_keras_are_taken_and_measured_once_they_are_there(
    sides, weights, tmp_path, monkeypatch
):
    def names():
        report = evaluate(
            tmp_path / "real", tmp_path / "made", out=tmp_path / "report", parts=["fidelity"], size=32,
            settings={"splits": 6}, progress=False,
        )  # fmt: skip
        return {metric.name for metric in report.metrics}

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert "fidelity/frechet_inception" not in names()
    place = inception.cached_place()
    place.parent.mkdir(parents=True)
    place.write_bytes(weights.read_bytes())
    assert "fidelity/frechet_inception" not in names()  # a damaged download
    monkeypatch.setattr(inception, "_MD5", hashlib.md5(weights.read_bytes()).hexdigest())
    named = place.with_name("inception.weights.h5")  # Keras knows the format of weights by the name of their file
    place.rename(named)
    monkeypatch.setattr(inception, "_FILE", named.name)
    assert {"fidelity/frechet_inception", "fidelity/frechet_distance"} <= names()
