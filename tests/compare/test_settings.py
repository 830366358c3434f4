"""What may be compared, and what is refused."""

from __future__ import annotations

import pytest

from medcurate.compare.settings import NEVER, CompareSettings, read_duration
from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES


@pytest.mark.parametrize(
    ("text", "seconds"), [("300", 300), ("300s", 300), ("5m", 300), (" 5 min", 300), ("1h", 3600), ("0.5h", 1800)]
)
def test_durations(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5d", "-5m", "0s", "m", "5m30s"])
def test_no_durations(text):
    with pytest.raises(UsageError, match="expected a time such as 300s, 5m or 1h, received"):
        read_duration(text)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"models": ()}, "--models: expected some of dcgan, diffusion, .* received none"),
        ({"models": ("fastgan", "gna")}, "--models: expected some of .*, received 'gna'"),
        ({"models": ("auto",)}, "received 'auto'"),
        ({"models": ("dcgan", "dcgan")}, "a family is there twice in dcgan, dcgan"),
        ({"budget": 0.0}, "budget: expected seconds above 0"),
        ({"budget": float("nan")}, "budget: expected seconds above 0"),
        ({"steps": 0}, "steps: expected 1 or more, received 0"),
        ({"seeds": 0}, "seeds: expected 1 to 100, received 0"),
        ({"size": 48}, "size: expected one of"),
    ],
)
def test_what_is_out_of_range_is_told(given, told):
    with pytest.raises(UsageError, match=told):
        CompareSettings(**given)


def test_all_trained_families_by_default_and_three_seeds():
    settings = CompareSettings(seed=4)
    assert set(settings.models) == set(FAMILIES) - {"mosaic"}
    assert settings.seed_numbers == (4, 5, 6)


def test_a_training_has_the_images_of_the_comparison_and_ends_by_its_budget():
    settings = CompareSettings(models=("dcgan",), condition=("tumor",), plane=("axial",), size=32, augment=())
    made = settings.timed(settings.trainings()["dcgan"], 7)
    assert (made.model, made.condition, made.plane, made.size, made.augment) == (
        "dcgan",
        ("tumor",),
        ("axial",),
        32,
        (),
    )
    assert (made.seed, made.steps, made.minutes) == (7, NEVER, None)


def test_steps_in_place_of_the_budget():
    settings = CompareSettings(models=("dcgan",), steps=30)
    assert settings.timed(settings.training("dcgan"), 0).steps == 30
