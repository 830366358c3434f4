"""The loop: whose turn it is, who is told what, and when it ends. The engine is a stand-in."""

from __future__ import annotations

import pytest

from medcurate.learning.callback import Callback
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.trainer import run

PLAYERS = {name: Player(None, None, None) for name in ("judge", "generator")}
SETUP = TrainingSetup(PLAYERS, ("judge", "judge", "generator"))


class Engine:
    def __init__(self):
        self.turns = []

    def update(self, name, batch):
        self.turns.append((name, batch))
        return {f"{name}_loss": batch}


class Told(Callback):
    """Writes down what it is told; asks to stop at a step."""

    def __init__(self, name, log, stop_at=None):
        self.name, self.log, self.stop_at = name, log, stop_at

    def begin(self, step):
        self.log.append((self.name, "begin", step))

    def after(self, result):
        self.log.append((self.name, result.step, result.numbers()))
        return f"{self.name} had enough" if result.step == self.stop_at else None

    def end(self, step):
        self.log.append((self.name, "end", step))


def feed(first, stop):
    return ((10 * step, 10 * step + 1, 10 * step + 2) for step in range(first, stop))


def test_players_take_turns_and_the_last_word_of_each_is_logged():
    engine, log = Engine(), []
    assert run(SETUP, engine, feed(4, 6), first=4, callbacks=[Told("a", log)]) == (6, ())
    assert engine.turns == [
        ("judge", 40), ("judge", 41), ("generator", 42), ("judge", 50), ("judge", 51), ("generator", 52)
    ]  # fmt: skip
    assert log == [
        ("a", "begin", 4),
        ("a", 5, {"judge_loss": 41.0, "generator_loss": 42.0}),
        ("a", 6, {"judge_loss": 51.0, "generator_loss": 52.0}),
        ("a", "end", 6),
    ]


def test_all_are_told_in_order_even_of_the_step_at_which_one_stops():
    log = []
    callbacks = [Told("a", log, stop_at=2), Told("b", log), Told("c", log, stop_at=2)]
    assert run(SETUP, Engine(), feed(0, 9), first=0, callbacks=callbacks) == (2, ("a had enough", "c had enough"))
    assert [name for name, *_ in log] == list("abcabcabcabc")
    assert [step for _, step, *_ in log][-6:] == [2, 2, 2, "end", "end", "end"]


def test_a_feed_that_is_empty_begins_and_ends():
    log = []
    assert run(SETUP, Engine(), feed(3, 3), first=3, callbacks=[Told("a", log)]) == (3, ())
    assert log == [("a", "begin", 3), ("a", "end", 3)]


def test_a_step_with_other_turns_than_the_schedule_is_found_out():
    with pytest.raises(ValueError, match="zip"):
        run(SETUP, Engine(), [(1, 2)], first=0, callbacks=[])
