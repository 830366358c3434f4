"""The picture of a history."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from medcurate.dataset.files import read_image
from medcurate.generate.callbacks.history import FILE_NAME as HISTORY
from medcurate.generate.training.curves import FILE_NAME, collect, write_curves

LINES = [
    {"step": 10, "discriminator_loss": 1.3, "generator_loss": 0.7},
    {"step": 10, "diversity": 0.4},
    {"step": 12, "warning": "not-a-number", "text": "x became NaN or infinite"},
    {"step": 20, "discriminator_loss": "nan", "generator_loss": 0.5},
    {"step": 20, "val_frechet_distance": 12.0, "val_coverage": 0.25},
]


@pytest.fixture
def run(tmp_path):
    (tmp_path / HISTORY).write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return tmp_path


def test_numbers_are_collected_by_name():
    assert collect(LINES) == {
        "discriminator_loss": ([10], [1.3]),
        "generator_loss": ([10, 20], [0.7, 0.5]),
        "diversity": ([10], [0.4]),
        "val_frechet_distance": ([20], [12.0]),
        "val_coverage": ([20], [0.25]),
    }


def test_a_picture_has_a_panel_for_each_kind_of_number(run, tmp_path_factory):
    assert write_curves(run) == run / FILE_NAME
    four = read_image(run / FILE_NAME)
    (run / HISTORY).write_text(json.dumps(LINES[0]) + "\n")
    write_curves(run)
    one = read_image(run / FILE_NAME)
    assert four.shape[0] == pytest.approx(4 * one.shape[0], abs=4)
    assert np.ptp(one) > 100


def test_the_same_history_gives_the_same_bytes(run):
    first = write_curves(run).read_bytes()
    assert write_curves(run).read_bytes() == first


def test_an_empty_history_gives_none(tmp_path):
    assert write_curves(tmp_path) is None
    (tmp_path / HISTORY).write_text(json.dumps(LINES[2]) + "\n")
    assert write_curves(tmp_path) is None
    assert not (tmp_path / FILE_NAME).exists()


def test_without_matplotlib_a_training_still_ends(run, monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find_spec(name))
    assert write_curves(run) is None


def test_a_family_may_have_charts_of_its_own(run, tmp_path_factory):
    write_curves(run)
    four = read_image(run / FILE_NAME)
    write_curves(run, {"noise": ("generator_loss",)})
    five = read_image(run / FILE_NAME)
    assert five.shape[0] == pytest.approx(four.shape[0] * 5 / 4, abs=5)
