"""What a user may choose, what is refused, and what a resumed training must share."""

from __future__ import annotations

import json

import pytest

from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES, draws_from_references, family, reference_family
from medcurate.generate.training import defaults
from medcurate.generate.training.settings import TrainSettings


@pytest.mark.parametrize("model", FAMILIES)
def test_settings_survive_json(model):
    options = dict((reference_family if draws_from_references(model) else family)(model).SMALL)
    given = {"model": model, "options": options, "condition": ("tumor",), "augment": ("color",), "minutes": 2.5}
    settings = TrainSettings(**given)
    assert TrainSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_every_option_of_the_family_is_there():
    settings = TrainSettings(model="dcgan", options={"width": "16"})
    assert settings.options["width"] == 16
    assert settings.options["loss"] == "bce"
    assert settings.config.width == 16


def test_defaults_are_the_ones_of_the_command_line():
    settings = TrainSettings()
    assert (settings.model, settings.size, settings.steps) == (defaults.MODEL, defaults.SIZE, defaults.STEPS)
    assert settings.augment == defaults.AUGMENT


@pytest.mark.parametrize(
    "given",
    [{"steps": 5}, {"minutes": 1.0}, {"sample_every": 3}, {"metric_every": 3}, {"patience": 3}, {"log_every": 3},
     {"checkpoint_minutes": 9.0}],
)  # fmt: skip
def test_how_long_and_how_often_may_change_in_a_resumed_training(given):
    assert TrainSettings(**given).identity() == TrainSettings().identity()
    assert TrainSettings(**given) != TrainSettings()


@pytest.mark.parametrize(
    "given",
    [{"model": "dcgan"}, {"options": {"latent": 7}}, {"size": 32}, {"condition": ("plane",)}, {"plane": ("axial",)},
     {"tumor": ("none",)}, {"split": None}, {"batch": 8}, {"augment": ()}, {"average": 0.5},
     {"precision": "mixed_bfloat16"}, {"seed": 1}],
)  # fmt: skip
def test_all_else_may_not(given):
    assert TrainSettings(**given).identity() != TrainSettings().identity()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"size": 48}, "size: expected one of 32, 64, 128, 256, received 48"),
        ({"condition": ("side",)}, "--condition: expected tumor or plane, received 'side'"),
        ({"condition": ("tumor", "tumor")}, "--condition: a value is there twice"),
        ({"augment": ("flip",)}, "--augment: expected color or translation or cutout, received 'flip'"),
        ({"precision": "float16"}, "precision: expected one of float32, mixed_bfloat16"),
        ({"read": "images"}, "read: expected one of slices, volumes, patches, received 'images'"),
        ({"log_every": 0}, "log_every: expected 1 or more"),
        ({"metric_every": 0}, "metric_every: expected 1 or more"),
        ({"steps": 0}, "steps: expected 1 or more, received 0"),
        ({"batch": -1}, "batch: expected 1 or more"),
        ({"sample_every": 0}, "sample_every: expected 1 or more"),
        ({"patience": -1}, "patience: expected 0 or more"),
        ({"minutes": -0.1}, "minutes: expected 0 or more"),
        ({"minutes": float("nan")}, "minutes: expected 0 or more, received nan"),
        ({"checkpoint_minutes": -1.0}, "checkpoint_minutes: expected 0 or more"),
        ({"seed": -1}, "seed: expected 0 or more"),
        ({"seed": 2**64}, "seed: expected a number below"),
        ({"average": 1.0}, "average: expected 0 to 0.99999, received 1.0"),
        ({"average": float("nan")}, "average: expected"),
        ({"model": "gan"}, f"model: expected one of {', '.join(FAMILIES)}, auto, received 'gan'"),
        ({"model": "auto", "options": {"width": 3}}, "an option belongs to a family; name it with --model"),
        ({"options": {"widht": 3}}, "Did you mean width"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_told(given, told):
    with pytest.raises(UsageError, match=told):
        TrainSettings(**given)
