"""What is shown while a training runs: one line per tick, less often where nobody watches."""

from __future__ import annotations

import io

import numpy as np
import pytest

from medcurate.generate.callbacks.early_stopping import EarlyStopping
from medcurate.generate.callbacks.ticks import Ticks, clock_text
from medcurate.learning.callback import StepResult
from medcurate.progress import ProgressReport

LOGGED = {"discriminator_loss": 1.2345, "generator_loss": -0.5, "on_real": 0.9}


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Metric:
    floor = 0.4123

    def __init__(self, values):
        self.values = iter(values)

    def __call__(self, images):
        return {"val_frechet_distance": next(self.values), "val_coverage": 0.5}


def measured(values):
    metric = EarlyStopping(
        Metric(values),
        draw=lambda: None,
        weights=lambda: [np.zeros(1)],
        write=lambda step, found: None,
        every=1,
        patience=0,
    )
    for step in range(1, len(values) + 1):
        metric.after(StepResult(step, {}))
    return metric


def ticks(report, now, **given):
    chosen = {"steps": 1000, "seconds": lambda: now[0], "limit_s": None, "images": 16, "stopping": None, **given}
    return Ticks(report, clock=lambda: now[0], **chosen)


def run(stream, seconds, *, show=True, **given):
    """Run one step per second, and return what was printed."""
    now = [0.0]
    with ProgressReport("images", show=show, stream=stream, lines=False) as report:
        found = ticks(report, now, **given)
        found.begin(0)
        for step in range(1, seconds + 1):
            now[0] += 1
            found.after(StepResult(step, LOGGED))
        found.end(seconds)
    return stream.getvalue()


def test_a_plain_stream_gets_a_line_after_ten_seconds_and_then_one_per_minute():
    lines = run(io.StringIO(), 80).splitlines()
    assert [line.split("  |  ")[0] for line in lines] == [f"step {n} of 1,000" for n in (10, 70, 80)]
    assert lines[0] == "step 10 of 1,000  |  0:10 done, 16:30 left  |  loss: discriminator 1.23, generator -0.5"


def test_a_terminal_gets_a_line_every_ten_seconds():
    shown = run(Terminal(), 40)
    assert [f"step {n} of 1,000" in shown for n in (10, 20, 30, 40)] == [True] * 4
    assert shown.count("step ") == 4


@pytest.mark.parametrize(("show", "seconds"), [(False, 100), (True, 9)])
def test_quiet_and_short_trainings_show_nothing(show, seconds):
    assert run(io.StringIO(), seconds, show=show) == ""


def test_the_time_limit_bounds_the_time_left():
    assert "0:10 done, 0:50 left" in run(io.StringIO(), 10, limit_s=60)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([2.5], "distance 2.5 (step 1), real images 0.412"),
        ([2.5, 2.2, 2.2, 3.0], "distance 3 (step 4), best 2.3 (step 2), real images 0.412"),
    ],
)
def test_metric_best_and_floor_are_in_the_line(values, told):
    line = ticks(ProgressReport("a"), [0.0], stopping=measured(values)).line(9, {"elbo": 1.0})
    assert line == f"step 9 of 1,000  |  0:00 done, 0:00 left  |  elbo 1  |  {told}"


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.6, "1:00"), (754, "12:34"), (7265, "2:01:05")])
def test_durations(seconds, text):
    assert clock_text(seconds) == text
