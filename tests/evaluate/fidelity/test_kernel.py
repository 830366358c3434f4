"""Kernel distance: against others, unbiased, the same in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity import kernel
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.kernel import kernel_distance, kernel_value
from tests.evaluate.fidelity.recorded_features import features


@pytest.mark.parametrize(
    "peer", [78.93199244448829, 78.9319924444883], ids=["torch-fidelity 0.4.0", "clean-fid 0.1.35"]
)
def test_it_agrees_with(peer):
    # Both with one subset, which is then all images.
    assert kernel_value(*features()) == pytest.approx(peer, rel=1e-9)


def test_the_subsets_of_others_scatter_around_it():
    # torch-fidelity 0.4.0, 1,000 subsets of 100: mean 81.598, deviation of a subset 48.780
    assert abs(kernel_value(*features()) - 81.59845884086224) < 2.6 * 48.78022197749935 / np.sqrt(1000)


def test_blocks_give_what_one_block_gives(monkeypatch):
    real, generated = features()
    whole = kernel_distance(real, generated[:200])
    monkeypatch.setattr(kernel, "_BLOCK", 37)
    blocks = kernel_distance(real, generated[:200])
    assert blocks.value == pytest.approx(whole.value, rel=1e-10)
    assert blocks.interval == pytest.approx(whole.interval, rel=1e-9)
    assert whole.value == pytest.approx(kernel_value(real, generated[:200]), rel=1e-10)


def test_it_is_zero_on_average_between_equal_distributions(rng):
    found = [kernel_value(rng.normal(size=(30, 4)), rng.normal(size=(20, 4))) for _ in range(300)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    assert min(found) < 0


def test_halves_need_no_second_look(rng):
    real, generated = rng.normal(size=(60, 5)), rng.normal(0.3, 1, (50, 5))
    context = Context(splits=6)
    pairs = context.parted(60, 50).halves()
    again = np.array([[kernel_value(real[x], generated[y]) for x, y in pair] for pair in pairs])
    found = kernel_distance(real, generated, context=context)
    error = np.sqrt(((again[:, 0] - again[:, 1]) ** 2).mean()) / 2
    half = error * 2.5705818  # Student's, 5 degrees of freedom
    assert found.interval == pytest.approx((found.value - half, found.value + half), rel=1e-6)


def test_one_row_has_no_pairs(rng):
    with pytest.raises(UsageError, match="two rows or more"):
        kernel_value(rng.normal(size=(1, 3)), rng.normal(size=(5, 3)))
