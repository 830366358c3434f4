"""Networks as encoders: files of others are opened with care, and nothing is downloaded unless asked for."""

from __future__ import annotations

import builtins
import pickle
from pathlib import Path

import numpy as np
import pytest

from medcurate.encoders import encoder
from medcurate.errors import MissingExtra, UsageError
from tests.evaluate.drawn_slices import slices

keras = pytest.importorskip("keras")
# TensorFlow's variables do not know NumPy 2's copy keyword yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def saved(path, *layers, shape=(12, 10, 1)):
    keras.Sequential([keras.Input(shape), *layers]).save(path)
    return path


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return Path.touch, (self.place,)


@pytest.mark.parametrize(("intensity", "low", "high"), [("", 0, 1), ("@-1..1", -1, 1), ("@0..255", 0, 255)])
def test_a_model_gets_the_size_and_gray_values_of_its_name(intensity, low, high, tmp_path):
    path = saved(tmp_path / "own.keras", keras.layers.Flatten())
    made = encoder(f"keras:{path}{intensity}")
    images = np.stack([np.zeros((24, 20), np.uint8), np.full((24, 20), 255, np.uint8)])
    found = made.encode(images)
    assert found.shape == (2, 120)
    np.testing.assert_allclose(found[0], low, atol=1e-6)
    np.testing.assert_allclose(found[1], high, rtol=1e-6)
    assert made.name.startswith("keras:own.keras[")
    assert made.name.endswith(f", 12 x 10 px area or bilinear, {intensity[1:] or '0..1'}]")


def test_maps_are_averaged_and_channels_and_sizes_are_the_models_choice(rng, tmp_path):
    path = saved(tmp_path / "maps.keras", keras.layers.Conv2D(5, 3), shape=(None, None, 3))
    made = encoder(f"keras:{path}")
    images = slices(rng, 40)
    assert made.encode(images).shape == (40, 5)
    np.testing.assert_allclose(made.encode(images)[35:], made.encode(images[35:]), rtol=1e-4, atol=1e-5)
    assert "own size" in made.name


def test_another_file_is_another_name(tmp_path):
    names = set()
    for width in (2, 3):
        path = saved(tmp_path / "model.keras", keras.layers.Conv2D(width, 3))
        names.add(encoder(f"keras:{path}").name)
    assert len(names) == 2


def test_a_model_that_holds_code_is_refused(tmp_path):
    path = saved(tmp_path / "code.keras", keras.layers.Lambda(lambda x: x * 2))
    with pytest.raises(UsageError, match="this model is refused"):
        encoder(f"keras:{path}")


def test_a_pickle_is_not_opened(tmp_path):
    canary, path = tmp_path / "canary", tmp_path / "model.keras"
    path.write_bytes(pickle.dumps(Canary(canary)))
    with pytest.raises(UsageError, match=r"expected a model in the \.keras format"):
        encoder(f"keras:{path}")
    assert not canary.exists()


@pytest.mark.parametrize("shape", [(5,), (12, 10, 4), (4, 12, 10, 1)])
def test_a_model_of_something_else_than_images_is_refused(shape, tmp_path):
    path = saved(tmp_path / "other.keras", keras.layers.Flatten(), shape=shape)
    with pytest.raises(UsageError, match=r"input \(n, height, width, 1 or 3\)"):
        encoder(f"keras:{path}")


def test_gray_values_that_there_are_not_and_files_that_there_are_not(tmp_path):
    with pytest.raises(UsageError, match=r"expected gray values 0\.\.1, -1\.\.1, 0\.\.255, received '0\.\.2'"):
        encoder("keras:model.keras@0..2")
    with pytest.raises(UsageError, match="cannot be read"):
        encoder(f"keras:{tmp_path / 'none.keras'}")


def test_an_answer_that_is_not_finite_is_told_of(tmp_path):
    path = saved(tmp_path / "large.keras", keras.layers.Rescaling(1e38))
    made = encoder(f"keras:{path}@0..255")
    with pytest.raises(UsageError, match="NaN or infinity"):
        made.encode(np.full((1, 8, 8), 255, np.uint8))


def test_inception_without_weights_downloads_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras.utils, "get_file", lambda *_, **__: pytest.fail("a download was tried"))
    with pytest.raises(UsageError, match="nothing is downloaded unless requested"):
        encoder("inception")


def test_inception_says_what_to_do_where_there_is_no_network(monkeypatch):
    def offline(*_, **__):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", offline)
    with pytest.raises(UsageError, match=r"could not be downloaded \(URL fetch failure\).*inception:PATH"):
        encoder("inception:download")


@pytest.mark.slow
def test_inception_takes_weights_from_a_file(tmp_path, rng):
    path = tmp_path / "inception.weights.h5"
    network = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3))
    network.save_weights(path)
    images = slices(rng, 1)
    made = encoder(f"inception:{path}")
    found = made.encode(images)
    assert found.shape == (1, 2048)
    assert made.name.endswith(", 299 px area or bilinear, -1..1]")
    expected = network.predict_on_batch(
        np.repeat(_enlarged(images[0])[None, ..., None].astype(np.float32) / 127.5 - 1, 3, axis=3)
    )
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_weights_that_do_not_fit_inception_are_refused(damage, tmp_path, monkeypatch):
    def small(width):
        return keras.Sequential([keras.Input((299, 299, 3)), keras.layers.Conv2D(width, 3)])

    path = tmp_path / "inception.weights.h5"
    small(2 if damage == "cut" else 3).save_weights(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    monkeypatch.setattr(keras.applications, "InceptionV3", lambda **_: small(2))
    monkeypatch.setattr(keras.utils, "get_file", lambda *_, **__: str(path))
    with pytest.raises(UsageError, match="expected weights of Keras' InceptionV3"):
        encoder("inception:download")


def _enlarged(image):
    import cv2

    return cv2.resize(image, (299, 299), interpolation=cv2.INTER_LINEAR)


def test_a_missing_keras_is_named_with_its_extra(monkeypatch):
    real_import = builtins.__import__

    def without(name, *arguments, **more):
        if name == "keras":
            raise ImportError(name)
        return real_import(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"medcurate\[train\]"):
        encoder("inception")


def test_a_keras_with_known_holes_is_refused(monkeypatch):
    monkeypatch.setattr(keras, "__version__", "3.14.0")
    with pytest.raises(UsageError, match=r"keras 3\.14\.0 does not open model files safely"):
        encoder("inception")
