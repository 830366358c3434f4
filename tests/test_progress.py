"""Progress: nothing for short work, plain lines off a terminal, a bar on one."""

from __future__ import annotations

import io
import threading

import pytest

from medcurate import progress
from medcurate.progress import ProgressReport, counted_ahead


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that the test moves: clock[0] is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_short_work_shows_nothing(clock):
    stream = io.StringIO()
    with ProgressReport("scan", stream=stream) as report:
        clock[0] = 1.9
        report.advance(100)
    assert stream.getvalue() == ""


def test_plain_lines_are_few(clock):
    stream = io.StringIO()
    with ProgressReport("scan", total=4000, stream=stream) as report:
        for _ in range(400):
            clock[0] += 0.125
            report.advance(10)
    assert stream.getvalue().splitlines() == [
        "scan: 160 of 4,000 done, 80/s, 48 s left",
        "scan: 2,560 of 4,000 done, 80/s, 18 s left",
    ]


def test_time_left_needs_a_total(clock):
    report = ProgressReport("scan")
    report.count = 60
    assert report.line(60) == "scan: 60 done, 1/s"
    report.total = 240
    assert report.line(60) == "scan: 60 of 240 done, 1/s, 3 min 00 s left"


def test_a_terminal_gets_a_bar(clock):
    stream = Terminal()
    with ProgressReport("scan", total=100, stream=stream) as report:
        clock[0] = 5
        report.advance(50)
    assert "scan" in stream.getvalue()
    assert "10/s" in stream.getvalue()


def test_quiet_is_quiet(clock):
    stream = Terminal()
    with ProgressReport("scan", show=False, stream=stream) as report:
        clock[0] = 5
        report.advance(50)
    assert stream.getvalue() == ""


def wait_for_total(report: ProgressReport) -> None:
    """Wait until the thread that counts is done; it ends by itself."""
    for thread in threading.enumerate():
        if thread.name == "medcurate-count":
            thread.join()


def test_the_total_is_counted_beside_the_work():
    report = ProgressReport("scan", stream=io.StringIO())
    with counted_ahead(report, lambda: range(240), after_s=0):
        wait_for_total(report)
        report.count = 60
        assert report.line(60) == "scan: 60 of 240 done, 1/s, 3 min 00 s left"


def test_counting_stops_with_the_work():
    begun, count = threading.Event(), []

    def endless():
        while True:
            begun.set()
            count.append(1)
            yield

    report = ProgressReport("scan", stream=io.StringIO())
    with counted_ahead(report, endless, after_s=0):
        begun.wait()
    length = len(count)
    assert (report.total, length) == (None, len(count))
    assert not [thread for thread in threading.enumerate() if thread.name == "medcurate-count"]


@pytest.mark.parametrize(("show", "after_s"), [(False, 0), (True, 1000)])
def test_what_is_not_shown_is_not_counted(show, after_s):
    def listing():
        raise AssertionError

    with counted_ahead(ProgressReport("scan", show=show), listing, after_s=after_s):
        pass


def test_a_listing_that_fails_leaves_the_total_unknown():
    def listing():
        yield 1
        raise OSError

    report = ProgressReport("scan")
    with counted_ahead(report, listing, after_s=0):
        wait_for_total(report)
    assert report.total is None


def test_lines_of_others_stand_above_the_bar_and_are_the_only_ones_elsewhere(clock):
    for stream in (Terminal(), io.StringIO()):
        with ProgressReport("scan", total=100, stream=stream, lines=False) as report:
            clock[0] += 50
            report.advance(50)
            report.say("step 3 [of] 9")
        assert "step 3 [of] 9" in stream.getvalue()
        assert ("scan" in stream.getvalue()) == report.on_terminal


def test_nothing_is_said_where_nothing_is_shown(clock):
    stream = io.StringIO()
    ProgressReport("scan", show=False, stream=stream).say("step 3")
    assert stream.getvalue() == ""
