"""When each monitor warns, and when it does not."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from medcurate.generate.callbacks.monitors import (
    LOST_DIVERSITY,
    WON,
    DiscriminatorWon,
    Diversity,
    FiniteNumbers,
    Surroundings,
    mean_distance,
)
from medcurate.learning.callback import StepResult

CHANCE = 2 * math.log(2)


class Warnings(list):
    def __call__(self, step, kind, text):
        self.append((step, kind))
        self.text = text


@pytest.fixture
def warn():
    return Warnings()


def around(warn, real=None, written=None, every=1):
    """Return what a monitor is given; lines of the history go into `written`."""
    write = (lambda *line: None) if written is None else (lambda *line: written.append(line))
    return Surroundings(warn, write, every, np.zeros((2, 8, 8, 1), np.uint8) if real is None else real)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops(warn, bad):
    monitor = FiniteNumbers(around(warn, every=5))
    assert [monitor.after(StepResult(step, {"a": 1.0, "b": bad})) for step in range(1, 5)] == [None] * 4
    reason = monitor.after(StepResult(5, {"a": 1.0, "b": bad}))
    assert reason.startswith("b became NaN or infinite")
    assert (monitor.broken, warn) == (True, [(5, "not-a-number")])
    monitor.end(5)
    assert len(warn) == 1


def test_the_last_step_is_looked_at_whatever_its_number(warn):
    monitor = FiniteNumbers(around(warn, every=100))
    monitor.after(StepResult(3, {"a": math.nan}))
    assert not monitor.broken
    monitor.end(3)
    assert (monitor.broken, warn) == (True, [(3, "not-a-number")])


def test_finite_losses_do_not_stop(warn):
    monitor = FiniteNumbers(around(warn))
    assert monitor.after(StepResult(1, {"a": -1e30})) is None
    monitor.end(1)
    assert (monitor.broken, warn) == (False, [])


def told(monitor, shares, first=1):
    for step, share in enumerate(shares, start=first):
        monitor.after(StepResult(step, {"discriminator_loss": share * CHANCE}))


@pytest.mark.parametrize(
    ("shares", "steps"),
    [
        ([WON / 2] * 10, [10]),
        ([WON / 2] * 30, [10]),  # once
        ([WON / 2] * 9 + [0.5] + [WON / 2] * 9, []),
        ([WON * 1.1] * 30, []),
        ([1.0] * 30, []),
        ([WON / 2] * 12 + [0.5] * 10 + [WON / 2] * 12, [10, 32]),  # again, after it was even
    ],
)
def test_a_discriminator_that_has_won_is_told(warn, shares, steps):
    told(DiscriminatorWon(around(warn), chance_loss=CHANCE), shares)
    assert warn == [(step, "discriminator-won") for step in steps]


def test_it_counts_the_steps_between_looks(warn):
    told(DiscriminatorWon(around(warn, every=3), chance_loss=CHANCE), [0.01] * 30)
    assert warn == [(30, "discriminator-won")]
    assert "for 30 steps" in warn.text


def test_a_critic_is_meant_to_be_ahead(warn):
    DiscriminatorWon(around(warn), chance_loss=None).after(StepResult(1, {"critic_loss": -50.0}))
    assert warn == []


@pytest.mark.parametrize("done", [0, 5, 9, 15])
def test_a_resumed_monitor_tells_what_a_whole_one_does(warn, done):
    shares = [0.01] * 20
    first = DiscriminatorWon(around(warn), chance_loss=CHANCE)
    told(first, shares[:done])
    second = DiscriminatorWon(around(warn), chance_loss=CHANCE)
    second.restore(first.state(), {})
    told(second, shares[done:], first=done + 1)
    assert warn == [(10, "discriminator-won")]


def pictures(rng, spread, n=16):
    """Pictures that are alike but for this spread."""
    return np.clip(128 + spread * rng.standard_normal((n, 8, 8, 1)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("spread", "step", "warns"),
    [
        (30.0, 600, False),
        (30.0 * (LOST_DIVERSITY + 0.1), 600, False),
        (30.0 * (LOST_DIVERSITY - 0.1), 600, True),
        (0.0, 600, True),
        (0.0, 499, False),  # the first steps draw the same gray from every latent
    ],
)
def test_lost_diversity_is_told(warn, rng, spread, step, warns):
    written = []
    monitor = Diversity(around(warn, pictures(rng, 30.0), written))
    monitor.watch(step, pictures(rng, spread))
    assert warn == ([(step, "lost-diversity")] if warns else [])
    assert written[0][0] == step
    assert written[0][1]["diversity"] == pytest.approx(spread / 30, abs=0.06)


def test_lost_diversity_is_told_once_until_it_comes_back(warn, rng):
    monitor = Diversity(around(warn, pictures(rng, 30.0)))
    for step, spread in ((500, 0.0), (600, 0.0), (700, 30.0), (800, 0.0)):
        monitor.watch(step, pictures(rng, spread))
    assert [step for step, _ in warn] == [500, 800]
    resumed = Diversity(around(warn, pictures(rng, 30.0)))
    resumed.restore(monitor.state(), {})
    resumed.watch(900, pictures(rng, 0.0))
    assert len(warn) == 2


def test_real_images_that_are_all_the_same_say_nothing(warn):
    same = np.zeros((4, 8, 8, 1), np.uint8)
    written = []
    Diversity(around(warn, same, written)).watch(600, same)
    assert warn == []
    assert math.isnan(written[0][1]["diversity"])


def test_the_distance_is_that_over_all_pairs(rng):
    images = rng.integers(0, 256, (7, 5, 4, 2), np.uint8)
    squares = [np.mean((one.astype(float) - two) ** 2) for one, two in itertools.combinations(images, 2)]
    assert mean_distance(images) == pytest.approx(math.sqrt(np.mean(squares)))
    assert mean_distance(images[:1]) == 0.0
