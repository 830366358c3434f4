"""What every callback may leave as it is."""

from __future__ import annotations

import numpy as np

from medcurate.learning.callback import Callback, DrawingCallback, StepResult


def test_a_callback_that_does_nothing_asks_for_nothing():
    callback = Callback()
    callback.begin(0)
    assert callback.after(StepResult(1, {})) is None
    callback.end(1)
    assert (callback.state(), callback.arrays()) == ({}, {})
    callback.restore({}, {})


def test_what_was_logged_becomes_plain_numbers():
    numbers = StepResult(1, {"a": np.float32(0.5), "b": np.array(2)}).numbers()
    assert numbers == {"a": 0.5, "b": 2.0}
    assert {type(value) for value in numbers.values()} == {float}


def test_one_that_draws_may_leave_the_generator_alone():
    callback = DrawingCallback()
    callback.can_draw(object())
    assert callback.after(StepResult(1, {})) is None
