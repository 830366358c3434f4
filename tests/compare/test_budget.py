"""The processor time of a training: what counts, what does not, and what a resumed one keeps."""

from __future__ import annotations

import pytest

from medcurate.compare.budget import Budget
from medcurate.learning.callback import StepResult


class Clock:
    """Gives the times of a list, one after another."""

    def __init__(self, *times):
        self.times = list(times)

    def __call__(self):
        return self.times.pop(0)


def looks():
    seen = []
    return seen, lambda generator, mark: seen.append((generator, mark))


def test_it_stops_when_the_time_is_used_up_and_draws_at_no_charge():
    seen, look = looks()
    # begin, then for each step: its end, and after drawing
    budget = Budget(10.0, 99, look=look, clock=Clock(0, 2, 102, 105, 205, 211, 311))
    budget.can_draw("generator")
    budget.begin(0)
    assert budget.after(StepResult(1, {})) is None
    assert budget.seconds == 2
    assert budget.after(StepResult(2, {})) is None
    assert budget.seconds == 5
    assert budget.after(StepResult(3, {})) == "10 s of processor time are used up"
    assert (budget.seconds, budget.steps) == (11, 3)
    assert seen == [("generator", 0), ("generator", 1), ("generator", 2)]
    assert budget.marks == [2, 5, 5]


def test_a_resumed_training_goes_on_counting_and_does_not_pay_for_its_first_step():
    seen, look = looks()
    before = Budget(10.0, 99, look=look, clock=Clock(0, 2, 2))
    before.begin(0)
    before.after(StepResult(1, {}))
    after = Budget(10.0, 99, look=look, clock=Clock(50, 53, 53))
    after.restore(before.state(), {})
    after.begin(1)
    assert after.after(StepResult(2, {})) is None
    assert after.seconds == 2
    after.after(StepResult(3, {}))
    assert (after.seconds, after.steps) == (5, 3)
    assert [mark for _, mark in seen] == [0, 1, 2]


def test_without_seconds_marks_are_shares_of_the_steps_and_nothing_stops_it():
    seen, look = looks()
    shares = []
    budget = Budget(None, 8, look=look, told=shares.append, clock=lambda: 0.0)
    budget.begin(0)
    assert [budget.after(StepResult(step, {})) for step in range(1, 9)] == [None] * 8
    assert [mark for _, mark in seen] == [0, 1, 2]
    assert shares == pytest.approx([step / 8 for step in range(1, 9)])
