"""``medcurate train-gan``: options to settings, summary, exit codes; one real training, otherwise stand-ins."""

from __future__ import annotations

import importlib.util
import json
from types import SimpleNamespace

import numpy as np
import pytest

from medcurate.dataset.files import encode_png
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.weight_choice import WeightChoice
from medcurate.learning.engine import OutOfMemory

TINY = ("--model", "dcgan", "--set", "width=4", "--size", 32, "--batch", 4, "--augment", "none", "--steps", 3)


@pytest.fixture
def pictures(tmp_path, rng):
    """Give a plain folder of two tumor types."""
    for name in ("glioma", "none"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(4):
            image = rng.integers(0, 256, (32, 32), np.uint8)
            (tmp_path / "pictures" / name / f"{number}.png").write_bytes(encode_png(image))
    return tmp_path / "pictures"


@pytest.fixture
def given(monkeypatch):
    """Remember what reaches `train` in place of doing it."""
    calls = SimpleNamespace(error=None)

    def train(dataset, out, settings, **named):
        if calls.error is not None:
            raise calls.error
        calls.dataset, calls.out, calls.settings, calls.named = dataset, out, settings, named
        return SimpleNamespace(
            run=out,
            parameters={"generator": 12345, "discriminator": 7},
            steps=30,
            seconds=150.0,
            stopped="the 2 minutes are over",
            notes=("step 20: something to know",),
            warnings=("8 different training images are too few",),
            choice=WeightChoice("last", "best at step 500 is not better beyond its interval", {"measurements": 9}),
            generator=SimpleNamespace(facts={"settings": settings.to_dict()}),
        )

    monkeypatch.setattr("medcurate.generate.training.training.train", train)
    return calls


def test_a_real_training_then_asked_for_again_then_resumed(medcurate, pictures, tmp_path):
    out = tmp_path / "run"
    result = medcurate("train-gan", pictures, "--out", out, *TINY, "--json", "--condition", "tumor")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert (told["model"], told["steps"], told["stopped"], told["out"]) == ("dcgan", 3, "", str(out))
    assert set(told["parameters"]) == {"generator", "discriminator"}
    assert told["config"]["options"]["width"] == 4
    assert told["config"]["condition"] == ["tumor"]
    assert told["seconds"] > 0
    assert told["choice"] == {"weights": "last", "why": "no metric was measured during the training"}
    assert "8 different training images are too few" in told["warnings"][0]
    assert f"warning: {told['warnings'][0]}" in result.err
    assert json.loads((out / "config.json").read_text())["warnings"] == told["warnings"]
    assert (out / "generator.weights.h5").exists()
    again = medcurate("train-gan", pictures, "--out", out, *TINY, "--condition", "tumor")
    assert again.code == 2
    assert "add --resume to go on with it" in again.err
    other = medcurate("train-gan", pictures, "--out", out, *TINY, "--resume")
    assert other.code == 2
    assert 'condition: ["tumor"] before, [] now' in other.err


def test_dry_run_tells_the_cost_and_writes_nothing(medcurate, pictures, tmp_path):
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run", *TINY, "--dry-run", "--json")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert told["dry_run"] is True
    assert told["step_seconds"] > 0
    assert told["memory_mib"] > 0
    assert told["parameters"]["generator"] > told["parameters"]["discriminator"] > 0
    assert (told["images"], told["config"]["size"]) == (8, 32)
    assert "8 different training images are too few" in told["warnings"][0]
    assert not (tmp_path / "run").exists()


def test_options_become_settings(medcurate, given, pictures, tmp_path):
    result = medcurate(
        *("train-gan", pictures, "--out", tmp_path / "run", "--model", "dcgan", "--loss", "hinge", "--spectral-norm"),
        *("--set", "learning-rate=0.001", "--set", "width=16", "--size", 128, "--condition", "tumor"),
        *("--condition", "plane", "--plane", "axial", "--tumor", "glioma", "--tumor", "none", "--split", "all"),
        *("--steps", 9, "--minutes", 2.5, "--batch", 8, "--augment", "color, cutout", "--average", 0.9, "--seed", 4),
        *("--precision", "mixed_bfloat16", "--sample-every", 7, "--metric-every", 5, "--patience", 3),
        *("--checkpoint-minutes", 0.5, "--strategy", "mirrored", "--backend", "tensorflow", "--resume", "--quiet"),
    )
    assert (result.code, result.out, result.err) == (0, "", "")
    options = {"loss": "hinge", "spectral_norm": True, "learning_rate": 0.001, "width": 16}
    assert given.settings == TrainSettings(
        model="dcgan",
        options=options,
        size=128,
        condition=("tumor", "plane"),
        plane=("axial",),
        tumor=("glioma", "none"),
        split=None,
        steps=9,
        minutes=2.5,
        batch=8,
        augment=("color", "cutout"),
        average=0.9,
        precision="mixed_bfloat16",
        seed=4,
        sample_every=7,
        metric_every=5,
        patience=3,
        checkpoint_minutes=0.5,
    )
    assert given.out == tmp_path / "run"
    expected = {"resume": True, "strategy": "mirrored", "backend": "tensorflow", "progress": False, "watchers": ()}
    assert expected.items() <= given.named.items()


def test_the_defaults_are_those_of_the_settings(medcurate, given, pictures, tmp_path):
    assert medcurate("train-gan", pictures, "--out", tmp_path / "run").code == 0
    assert given.settings == TrainSettings()
    assert given.named["measure"] is None  # there is no validation split


def test_people_read_what_was_trained_and_what_comes_next(medcurate, given, pictures, tmp_path):
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run")
    assert "Trained for 30 steps, 2 min" in result.out
    for text in ("generator 12,345", "the 2 minutes are over", "step 20: something to know"):
        assert text in result.out
    assert "last: best at step 500 is not better beyond its interval" in result.out
    assert "8 different training images are too few" in result.out
    assert f"medcurate generate {tmp_path / 'run'} --n 200" in result.out


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--set", "width"], "--set: expected NAME=VALUE, received 'width'"),
        (["--set", "=4"], "--set: expected NAME=VALUE"),
        (["--set", "widht=4"], "Did you mean width?"),
        (["--set", "width=wide"], "option width: expected a whole number"),
        (["--loss", "hinge"], "--model fastgan has no option 'loss'"),
        (["--model", "dcgan", "--loss", "mse"], "expected bce or hinge or lsgan, received 'mse'"),
        (["--augment", "flip"], "--augment: expected color or translation or cutout, received 'flip'"),
        (["--condition", "side"], "--condition: expected tumor or plane"),
        (["--model", "gan"], "Invalid value for '--model'"),
        (["--size", "48"], "Invalid value for '--size'"),
    ],
)
def test_wrong_usage_is_2(medcurate, pictures, tmp_path, options, text):
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run", *options)
    assert result.code == 2
    assert text in result.err
    assert not (tmp_path / "run").exists()


def test_no_room_on_the_device_is_2_and_says_what_to_lower(medcurate, given, pictures, tmp_path):
    given.error = OutOfMemory("discriminator", 64)
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run", "--json")
    assert result.code == 2
    assert "Lower --batch (say to 32)" in json.loads(result.out)["message"]


def test_an_interruption_is_130_and_says_how_to_go_on(medcurate, given, pictures, tmp_path):
    given.error = KeyboardInterrupt()
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run")
    assert result.code == 130
    assert "continues where it stopped" in result.err


@pytest.mark.parametrize(
    ("missing", "options", "extra"), [("tensorflow", (), "train"), ("jax", ("--backend", "jax"), "jax")]
)
def test_a_missing_extra_is_named(medcurate, pictures, tmp_path, monkeypatch, missing, options, extra):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == missing else find_spec(name))
    result = medcurate("train-gan", pictures, "--out", tmp_path / "run", *options)
    assert result.code == 2
    assert f"pip install 'medcurate[{extra}]'" in result.err
    assert not (tmp_path / "run").exists()


def test_tensorboard_is_told_only_when_asked(medcurate, given, pictures, tmp_path):
    assert medcurate("train-gan", pictures, "--out", tmp_path / "run", "--tensorboard").code == 0
    assert [type(watcher).__name__ for watcher in given.named["watchers"]] == ["TensorBoard"]
