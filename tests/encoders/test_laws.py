"""What holds for every encoder."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import NAMES, encoder, fit_scale
from medcurate.errors import UsageError
from tests.evaluate.drawn_slices import slices

# TensorFlow's variables do not know NumPy 2's copy keyword yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WEIGHTS_ARE_NOT_AT_HAND = "inception"
"""Its 88 MB are downloaded only when a user asks; it encodes by the same function as ``keras``."""
KINDS = ("classical", "radiomics", "keras")


@pytest.fixture(scope="module", params=KINDS)
def made(request, tmp_path_factory):
    """Make an encoder of each kind; the network is a small one with random weights."""
    if request.param != "keras":
        return encoder(request.param)
    keras = pytest.importorskip("keras")
    path = tmp_path_factory.mktemp("network") / "own.keras"
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.GlobalAveragePooling2D()]
    keras.Sequential([keras.Input((16, 16, 1)), *layers]).save(path)
    return encoder(f"keras:{path}")


@pytest.fixture
def images(rng):
    return slices(rng, 9, 32)


def test_every_kind_of_encoder_is_under_these_laws():
    assert {name.partition(":")[0] for name in NAMES} == {*KINDS, WEIGHTS_ARE_NOT_AT_HAND}


def test_features_are_a_finite_table_as_wide_as_its_blocks(made, images):
    found = made.encode(images)
    assert found.dtype == np.float32
    assert found.shape[0] == len(images)
    assert np.isfinite(found).all()
    if made.blocks:
        assert found.shape[1] == sum(block.width for block in made.blocks)
    assert made.name
    assert "px" in made.name or "own size" in made.name, "a name says at which size images are looked at"


def test_images_that_differ_have_features_that_differ(made, images):
    found = made.encode(images)
    assert len(np.unique(found, axis=0)) == len(images)


def test_features_of_an_image_depend_on_no_other_image(made, images, rng):
    whole, order = made.encode(images), rng.permutation(len(images))
    np.testing.assert_allclose(made.encode(images[order]), whole[order], rtol=1e-5, atol=1e-5)
    alone = np.concatenate([made.encode(images[row : row + 1]) for row in range(3)])
    np.testing.assert_allclose(alone, whole[:3], rtol=1e-5, atol=1e-5)


def test_the_same_images_give_the_same_features_and_are_not_changed(made, images):
    before = images.copy()
    np.testing.assert_array_equal(made.encode(images), made.encode(images))
    np.testing.assert_array_equal(images, before)


def test_the_scale_of_its_features_does_not_depend_on_the_order_of_the_images(made, images):
    features = made.encode(images)
    one, other = (fit_scale(rows, made.blocks) for rows in (features, features[::-1]))
    if one is None:
        assert made.blocks == ()
        return
    between = [np.linalg.norm(table[:, None] - table[None], axis=2) for table in map(_apply(features), (one, other))]
    np.testing.assert_allclose(between[0], between[1], rtol=1e-4, atol=1e-4)


def _apply(features):
    return lambda scale: scale.apply(features).astype(np.float64)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 32, 32)), np.zeros((32, 32), np.uint8), np.zeros((0, 32, 32), np.uint8)]
)
def test_what_is_no_gray_image_of_8_bits_is_refused(made, wrong):
    with pytest.raises(UsageError, match="expected uint8 of shape"):
        made.encode(wrong)
