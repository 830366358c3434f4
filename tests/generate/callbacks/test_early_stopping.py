"""Which weights are kept by a smoothed metric, and when it stops."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.callbacks.early_stopping import EarlyStopping
from medcurate.learning.callback import StepResult


class Looks:
    """A metric that gives these values, and weights that tell the step."""

    def __init__(self, values, **given):
        self.values, self.written, self.step = iter(values), [], 0
        self.weights = np.zeros(1)
        self.callback = EarlyStopping(
            lambda images: {"val_a": next(self.values), "val_b": -1.0},
            draw=lambda: np.zeros((2, 4, 4, 1), np.uint8),
            weights=lambda: [self.weights],
            write=lambda step, found: self.written.append((step, found)),
            **{"every": 1, "patience": 0, **given},
        )

    def go(self, steps):
        for _ in range(steps):
            self.step += 1
            self.weights[:] = self.step  # in place: what is kept must be a copy
            reason = self.callback.after(StepResult(self.step, {}))
            if reason:
                return reason
        return None


def test_the_weights_in_the_middle_of_the_smallest_mean_of_three_are_kept():
    looks = Looks([3.0, 2.0, 1.0, 1.0, 1.6, 4.0])
    assert looks.go(6) is None
    assert (looks.callback.best, looks.callback.best_step) == (1.2, 4)
    assert [weight.tolist() for weight in looks.callback.best_weights] == [[4.0]]
    assert looks.callback.series == [(1, 3.0), (2, 2.0), (3, 1.0), (4, 1.0), (5, 1.6), (6, 4.0)]
    assert looks.written[1] == (2, {"val_a": 2.0, "val_b": -1.0})


def test_one_lucky_measurement_is_not_the_best():
    looks = Looks([5.0, 0.5, 5.0, 2.0, 2.0, 2.0])
    looks.go(6)
    assert looks.callback.best_step == 5


def test_two_measurements_have_no_best():
    looks = Looks([3.0, 1.0])
    looks.go(2)
    assert (looks.callback.best, looks.callback.best_weights) == (np.inf, [])


def test_it_looks_every_so_many_steps():
    looks = Looks([1.0, 2.0], every=3)
    looks.go(7)
    assert [step for step, _ in looks.written] == [3, 6]


@pytest.mark.parametrize(("patience", "stops"), [(1, 5), (2, 6), (3, None), (0, None)])
def test_it_stops_after_so_many_measurements_without_a_better_mean(patience, stops):
    looks = Looks([3.0, 2.0, 1.0, 1.5, 2.0, 2.0, 0.1, 0.1], patience=patience)
    reason = looks.go(8)
    assert (None if reason is None else looks.step) == stops
    if reason:
        assert reason == (
            "val_a, the mean of 3 measurements in a row, has not become better than 1.5 (step 3) for "
            f"{patience} measurements"
        )


def test_no_number_is_never_the_best():
    looks = Looks([np.nan, 2.0, 2.0, 2.0, np.nan, 1.0])
    looks.go(6)
    assert (looks.callback.best, looks.callback.best_step) == (2.0, 3)


@pytest.mark.parametrize("done", [0, 1, 3, 4])
def test_a_resumed_one_goes_on_counting(done):
    values = [2.0, 1.0, np.nan, 1.0, 1.0, 1.0, 5.0, 6.0, 7.0, 8.0]
    whole, first, second = Looks(values, patience=4), Looks(values, patience=4), Looks(values[done:], patience=4)
    first.go(done)
    second.callback.restore(first.callback.state(), first.callback.arrays())
    second.step = done
    assert second.go(10 - done) == whole.go(10)
    assert second.step == whole.step == 10
    np.testing.assert_equal(second.callback.series, whole.callback.series)
    assert [w.tolist() for w in second.callback.best_weights] == [w.tolist() for w in whole.callback.best_weights]
    assert whole.callback.best_weights[0].tolist() == [5.0]


def test_the_best_of_an_earlier_version_is_left_aside():
    looks = Looks([1.0] * 3)
    looks.callback.restore({"best": 0.5, "best_step": 500, "since": 2}, {"0000": np.ones(1)})
    looks.go(3)
    assert (looks.callback.best, looks.callback.best_step) == (1.0, 2)
