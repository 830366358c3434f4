"""Losses beside their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medcurate.generate.families.losses import NAMES, adversarial_loss

REAL = np.array([2.0, -1.0, 0.5], np.float32)
FAKE = np.array([-2.0, 1.5, 0.0], np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


EXPECTED = {
    "bce": (-np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(), -np.log(sigmoid(FAKE)).mean()),
    "hinge": (np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(), -FAKE.mean()),
    "lsgan": (((REAL - 1) ** 2).mean() / 2 + (FAKE**2).mean() / 2, ((FAKE - 1) ** 2).mean() / 2),
    "wasserstein": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
}


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_their_formulas(name):
    loss = adversarial_loss(name)
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(EXPECTED[name][0], rel=1e-6)
    assert float(loss.generator(FAKE)) == pytest.approx(EXPECTED[name][1], rel=1e-6)


@pytest.mark.parametrize(("name", "logit"), [("bce", 0.0), ("hinge", 0.0), ("lsgan", 0.5)])
def test_the_chance_loss_is_that_of_guessing(name, logit):
    same = np.full(4, logit, np.float32)
    loss = adversarial_loss(name)
    assert loss.chance == pytest.approx(float(loss.discriminator(same, same)), rel=1e-6)
    assert adversarial_loss("bce").chance == pytest.approx(math.log(4))


def test_a_critic_guesses_nothing():
    assert adversarial_loss("wasserstein").chance is None
