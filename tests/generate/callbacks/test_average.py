"""The moving average of weights, beside its formula."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.callbacks.average import Average
from medcurate.learning.callback import StepResult


class Network:
    def __init__(self, *weights):
        self.weights = [np.asarray(weight, float) for weight in weights]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def averaged(decay, values):
    """Follow a weight that has these values."""
    network, current = Network([0.0]), [0.0]

    def blend(share):
        network.weights = [weight * share + current[0] * (1 - share) for weight in network.weights]

    callback = Average(network, blend, decay)
    for step, value in enumerate(values, start=1):
        current[0] = value
        callback.after(StepResult(step, {}))
    return network.weights[0][0]


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
    network = Network([[1.0, 2.0]], *([k] for k in range(12)))
    saved = Average(network, lambda share: None, 0.9).arrays()
    other = Network()
    Average(other, lambda share: None, 0.9).restore({}, saved)
    for one, two in zip(other.weights, network.weights, strict=True):
        np.testing.assert_array_equal(one, two)
