"""Seconds of training, over several runs."""

from __future__ import annotations

import pytest

from medcurate.generate.callbacks import time_limit
from medcurate.generate.callbacks.time_limit import TimeLimit
from medcurate.learning.callback import StepResult


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time_limit.time, "monotonic", lambda: now[0])
    return now


def test_it_stops_when_the_time_is_over(clock):
    limit = TimeLimit(0.5)
    clock[0] = 200.0  # setting up does not count
    limit.begin(0)
    clock[0] = 229.9
    assert limit.after(StepResult(1, {})) is None
    clock[0] = 230.0
    assert limit.after(StepResult(2, {})) == "the 0.5 minutes are over"
    assert limit.seconds == 30.0


def test_without_a_limit_it_only_counts(clock):
    limit = TimeLimit(None)
    limit.begin(0)
    clock[0] = 1e9
    assert limit.after(StepResult(1, {})) is None


def test_the_time_before_a_resume_counts(clock):
    first, second = TimeLimit(1), TimeLimit(1)
    first.begin(0)
    clock[0] += 40
    second.restore(first.state(), {})
    second.begin(3)
    clock[0] += 19
    assert second.after(StepResult(4, {})) is None
    clock[0] += 1
    assert second.after(StepResult(5, {})) == "the 1 minutes are over"
