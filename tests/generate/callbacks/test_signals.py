"""What becomes of Ctrl-C and SIGTERM while a training runs."""

from __future__ import annotations

import signal
import threading

import pytest

from medcurate.generate.callbacks.signals import until_signal
from medcurate.learning.callback import StepResult


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_to_stop_and_the_second_stops_at_once(number):
    before = signal.getsignal(number)
    with until_signal() as signals:
        assert signals.after(StepResult(1, {})) is None
        signal.raise_signal(number)
        assert signals.received
        assert signals.after(StepResult(2, {})) == "interrupted"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_handlers_are_given_back_after_an_error():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="mine"), until_signal():
        raise ValueError("mine")
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_leaves_the_signals_alone():
    before, found = signal.getsignal(signal.SIGTERM), []

    def work():
        with until_signal() as signals:
            found.append((signal.getsignal(signal.SIGTERM) is before, signals.received))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(True, False)]
