"""The moving average of weights, compared with its formula."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from medcurate.generate.callbacks.average import Average, exponential, power_function
from medcurate.learning.callback import StepResult
from medcurate.learning.sampler import Sampler


class Weight:
    """A variable, as far as the average looks at it."""

    def __init__(self, value):
        self.value = np.asarray(value, float)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype)

    def assign(self, value):
        self.value = np.asarray(value, float)


class Network:
    def __init__(self, *values):
        self.weights = [Weight(value) for value in values]


def sampler(*values):
    return Sampler({"generator": Network(*values)}, {}, frozenset(), lambda networks, batch: None)


def averaged(decay, values):
    """Follow a weight that has these values."""
    copies, current = sampler(0.0), [0.0]
    (weight,) = copies.weights().values()
    blend = lambda share: weight.assign(weight.value * share + current[0] * (1 - share))  # noqa: E731
    callback = Average(copies, blend, partial(exponential, decay) if isinstance(decay, float) else decay)
    for step, value in enumerate(values, start=1):
        current[0] = value
        callback.after(StepResult(step, {}))
    return float(callback.weights()[0])


def test_early_steps_weigh_more_and_later_ones_as_the_decay_says():
    expected = 0.0
    for step, value in enumerate([5.0, -1.0, 4.0, 2.0], start=1):
        share = min(0.25, step / (step + 9))  # 0.1, 0.18, 0.25, 0.25
        expected = share * expected + (1 - share) * value
    assert averaged(0.25, [5.0, -1.0, 4.0, 2.0]) == pytest.approx(expected)


def test_without_a_decay_the_last_weights_are_kept():
    assert averaged(0.0, [5.0, -1.0]) == -1.0


def test_the_average_of_a_constant_is_near_it_after_a_hundred_steps():
    assert averaged(0.995, [1.0] * 100) == pytest.approx(1.0, abs=1e-9)


def test_a_resumed_average_is_what_it_was():
    values = ([1.0, 2.0], *([k] for k in range(12)))
    saved = Average(sampler(*values), lambda share: None, 0.9).arrays()
    other = Average(sampler([0.0, 0.0], *([0] for _ in range(12))), lambda share: None, 0.9)
    other.restore({}, saved)
    for one, two in zip(other.weights(), values, strict=True):
        np.testing.assert_array_equal(one, two)


def test_several_networks_are_averaged_in_the_order_of_their_names():
    two = Sampler({"b": Network(2.0), "a": Network(1.0, 1.5)}, {}, frozenset(), lambda networks, batch: None)
    assert list(two.weights()) == ["a/0000", "a/0001", "b/0000"]
    assert [float(weight) for weight in Average(two, lambda share: None, 0.9).weights()] == [1.0, 1.5, 2.0]


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_the_power_function_averages_over_a_share_of_the_training(width):
    """The width of its profile, measured: the deviation in time of what the average consists of, per length."""
    steps = 2000
    weights = np.zeros(steps)
    for step in range(1, steps + 1):
        decay = power_function(width, step)
        weights *= decay
        weights[step - 1] = 1 - decay
    time = np.arange(1, steps + 1) / steps
    assert weights.sum() == pytest.approx(1.0)
    mean = (weights * time).sum()
    assert np.sqrt((weights * (time - mean) ** 2).sum()) == pytest.approx(width, rel=0.02)
    assert power_function(width, 1) == 0.0
