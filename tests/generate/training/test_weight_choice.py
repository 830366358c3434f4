"""The last weights are chosen unless the best are better beyond their interval, and nothing else is worse."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from medcurate.generate.callbacks.early_stopping import EarlyStopping
from medcurate.generate.training.weight_choice import FEWEST, choose_weights
from medcurate.learning.callback import StepResult
from medcurate.learning.comparison import Comparison

CLEAR = Comparison("val_d", 1.5, 2.0, (-0.7, -0.3), "lower")
UNCLEAR = Comparison("val_d", 2.36, 2.43, (-0.27, 0.13), "lower")
COVERS_LESS = Comparison("val_c", 0.4, 0.5, None, "higher")
COVERS_MORE = Comparison("val_c", 0.6, 0.5, None, "higher")


class Metric:
    """Gives values in turn, and one answer when asked to compare; remembers what it was given."""

    floor = math.nan

    def __init__(self, *answer):
        self.answer, self.given, self.values = answer, [], iter([3.0, 1.0, 1.0, 1.0, 2.0, 2.0])

    def __call__(self, images):
        return {"val_d": next(self.values)}

    def compare(self, first, second):
        self.given = [int(first[0, 0]), int(second[0, 0])]
        return self.answer


def measured(metric, times=6):
    weights = np.zeros(1)
    stopping = EarlyStopping(
        metric, draw=lambda: None, weights=lambda: [weights], write=lambda step, found: None, every=1, patience=0
    )
    for step in range(1, times + 1):
        weights[:] = step
        stopping.after(StepResult(500 * step, {}))
    return stopping


def drawn(weights):
    return np.full((2, 2), 99 if weights is None else weights[0][0])


def test_best_is_chosen_where_it_is_better_beyond_its_interval():
    metric = Metric(CLEAR, COVERS_MORE)
    found = choose_weights(measured(metric), drawn)
    assert found.weights == "best"
    assert metric.given == [3, 99]  # the weights of the third measurement, and the last
    assert found.why == (
        "step 1,500 is better than the last beyond its interval (val_d 1.5 ± 0.2 compared with 2); 6 measurements"
    )
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert (record["measurements"], record["best_step"], record["floor"]) == (6, 1500, None)
    told = {"name": "val_d", "best": 1.5, "last": 2.0, "interval_of_difference": [-0.7, -0.3]}
    assert record["compared"][0] == told


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((UNCLEAR, COVERS_MORE), "best at step 1,500 is not better beyond its interval (val_d 2.36 ± 0.2 compared"),
        ((CLEAR, COVERS_LESS), "and worse in another (val_c 0.4 compared with 0.5)"),
        ((CLEAR._replace(interval=None),), "1.5 without an interval compared with 2"),
    ],
)
def test_last_is_chosen_otherwise(answer, why):
    found = choose_weights(measured(Metric(*answer)), drawn)
    assert found.weights == "last"
    assert why in found.why
    assert found.why.endswith("; 6 measurements")


@pytest.mark.parametrize("times", range(FEWEST))
def test_few_measurements_cannot_tell(times):
    found = choose_weights(measured(Metric(CLEAR), times), drawn)
    assert (found.weights, found.facts["measurements"]) == ("last", times)
    assert f"{times} measurement" in found.why
    assert "5 are needed" in found.why


def test_a_function_without_an_interval_cannot_tell_either():
    values = iter([3.0, 1.0, 1.0, 1.0, 2.0, 2.0])
    found = choose_weights(measured(lambda images: {"val_d": next(values)}), drawn)
    assert (found.weights, found.facts["best_step"]) == ("last", 1500)
    assert "no interval" in found.why


def test_without_a_metric_it_is_the_last():
    assert choose_weights(None, drawn).record() == {
        "weights": "last",
        "why": "no metric was measured during the training",
    }
