"""Drawing in chunks of one size."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from medcurate.generate.drawing.drawing import Drawing, chunk_of, spread
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

SPEC = ImageSpec((2, 3))


@pytest.fixture(scope="module")
def sizes():
    return []


@pytest.fixture(scope="module")
def drawing(sizes):
    """Give one that draws the mean of the source plus the latent."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])

    def draw(networks, batch):
        sizes.append(batch["latent"].shape[0])
        added = networks["generator"](batch["latent"])[:, :, None, None]
        return batch["source"] + keras.ops.reshape(added, (-1, 1, 1, 1))

    return Drawing(Sampler({"generator": network}, {"latent": RandomInput((1,))}, frozenset({"source"}), draw), SPEC)


@pytest.mark.parametrize("n", [0, 1, 16, 21])
def test_any_number_is_drawn_in_chunks_of_one_size(drawing, sizes, n, rng):
    latent = rng.standard_normal((n, 1)).astype(np.float32)
    source = rng.integers(0, 256, (n, 2, 3, 1), np.uint8)
    found = drawing({"latent": latent, "source": source}, n)
    assert (found.shape, found.dtype) == ((n, 2, 3, 1), np.float32)
    expected = source.astype(float) / 127.5 - 1 + latent.astype(float)[:, :, None, None]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert set(sizes) <= {16}


def test_the_weights_of_the_moment_are_used(drawing):
    arrays = {"latent": np.ones((1, 1), np.float32), "source": np.zeros((1, 2, 3, 1), np.float32)}
    before = drawing(arrays, 1)
    (weight,) = drawing._model.kept[0].get_weights()
    drawing._model.kept[0].set_weights([weight * 3])
    np.testing.assert_allclose(drawing(arrays, 1), 3 * before)
    drawing._model.kept[0].set_weights([weight])


def test_volumes_are_drawn_one_by_one():
    assert (chunk_of(SPEC), chunk_of(ImageSpec((4, 4, 4)))) == (16, 1)


def test_an_array_is_put_in_its_place():
    np.testing.assert_array_equal(spread(np.array([1, 2]), 1, 4), [0, 1, 2, 0])
    whole = np.arange(3)
    assert spread(whole, 0, 3) is whole
