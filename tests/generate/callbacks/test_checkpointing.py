"""When a checkpoint is written, and that a broken state never is."""

from __future__ import annotations

import math

import pytest

from medcurate.generate.callbacks import checkpointing
from medcurate.generate.callbacks.checkpointing import Checkpointing
from medcurate.learning.callback import StepResult


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that a test sets (seconds)."""
    now = [0.0]
    monkeypatch.setattr(checkpointing.time, "monotonic", lambda: now[0])
    return now


class Saved(list):
    """Takes the place of what writes."""

    whole = True

    def __call__(self, step):
        if self.whole:
            self.append(step)
        return self.whole


def at(step, loss=1.0):
    return StepResult(step, {"loss": loss})


def test_it_saves_every_so_many_minutes_and_at_the_end(clock):
    saved = Saved()
    callback = Checkpointing(saved, 0.5)
    callback.begin(0)
    for step, clock[0] in enumerate([10.0, 29.0, 31.0, 60.0, 60.9], start=1):
        callback.after(at(step))
    assert saved == [3]
    callback.end(5)
    assert saved == [3, 5]


def test_zero_minutes_save_each_step_and_the_end_is_not_saved_twice(clock):
    saved = Saved()
    callback = Checkpointing(saved, 0)
    callback.begin(4)
    for step in (5, 6):
        callback.after(at(step))
    callback.end(6)
    assert saved == [5, 6]


def test_a_training_with_nothing_left_to_do_saves_nothing(clock):
    saved = Saved()
    callback = Checkpointing(saved, 0)
    callback.begin(6)
    callback.end(6)
    assert saved == []


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("minutes", [0, 100])
def test_a_loss_that_is_no_number_is_never_saved(clock, loss, minutes):
    saved = Saved()
    callback = Checkpointing(saved, minutes)
    callback.begin(0)
    callback.after(at(1, loss))
    callback.end(1)
    assert saved == []


def test_weights_that_are_no_numbers_are_tried_again_later(clock):
    saved = Saved()
    callback = Checkpointing(saved, 0)
    callback.begin(0)
    saved.whole = False
    callback.after(at(1))
    saved.whole = True
    callback.end(1)
    assert saved == [1]
