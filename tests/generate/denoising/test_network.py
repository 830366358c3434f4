"""The network of a denoiser."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.denoising import network
from medcurate.generate.denoising.moves import TOLD


@pytest.mark.parametrize(("side", "packing", "grids"), [(32, 2, 2), (64, 2, 3), (128, 4, 3), (256, 4, 4)])
def test_grids_go_down_to_eight(side, packing, grids):
    assert network.packing_of(side) == packing
    assert side // packing // 2 ** (grids - 1) == 8
    built = network.build_network(side, 1, 0, (16,), 1)
    assert built.output_shape == (None, side, side, 1)
    halved = [layer for layer in built.layers if getattr(layer, "strides", None) == (2, 2)]
    assert len(halved) == grids - 1


def test_packing_is_undone(rng):
    images = rng.normal(size=(2, 16, 16, 3)).astype(np.float32)
    packed = network._packed(images, 4)
    assert packed.shape == (2, 4, 4, 48)
    np.testing.assert_array_equal(np.asarray(packed)[1, 2, 3], images[1, 8:12, 12:16].reshape(-1))
    np.testing.assert_array_equal(network._unpacked(packed, 4), images)


def test_the_condition_is_read_last_by_the_layer_of_that_name():
    built = network.build_network(32, 1, 5, (16,), 1)
    kernel, bias = built.get_layer("condition").get_weights()
    assert kernel.shape == (11 + TOLD + 5, 64)
    without = network.build_network(32, 1, 0, (16,), 1).get_layer("condition").get_weights()
    assert without[0].shape == (11 + TOLD, 64)
    assert bias.shape == without[1].shape
