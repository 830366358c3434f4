"""``--model auto``: the table, and the family that it puts in."""

from __future__ import annotations

import pytest

from medcurate.dataset import Dataset
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.training.advice import ADVICE, Advice, advised, follow_advice
from medcurate.generate.training.settings import TrainSettings

TABLE = (
    Advice("dcgan", 0, 0.0, "first"),
    Advice("fastgan", 100, 5.0, "second"),
    Advice("wgan-gp", 1000, 60.0, "third"),
)


@pytest.mark.parametrize(
    ("images", "minutes", "model"),
    [
        (50, 600.0, "dcgan"),
        (100, 4.9, "dcgan"),
        (100, 5.0, "fastgan"),
        (5000, 59.0, "fastgan"),
        (5000, 60.0, "wgan-gp"),
        (5000, None, "wgan-gp"),
    ],
)
def test_the_last_line_whose_limits_are_met_holds(images, minutes, model):
    assert advised(images, minutes, TABLE).model == model


def test_every_line_names_a_family_and_its_evidence_and_the_first_needs_nothing():
    assert {line.model for line in ADVICE} <= set(FAMILIES)
    assert all("docs/evidence" in line.evidence for line in ADVICE)
    assert (ADVICE[0].least_images, ADVICE[0].least_minutes) == (0, 0.0)


def test_auto_becomes_a_family_with_its_options_and_says_for_how_many_images(heads):
    settings, why = follow_advice(Dataset.open(heads), TrainSettings(model="auto", minutes=3))
    assert settings.model == ADVICE[0].model
    assert settings.options == TrainSettings(model=settings.model).options
    assert why.startswith(f"{settings.model} for 24 images and 3 minutes: with 90 s of processor time")


def test_a_family_that_was_named_stays(heads):
    given = TrainSettings(model="dcgan")
    assert follow_advice(Dataset.open(heads), given) == (given, "")
