"""The whole way: slices, features, a model, and its answers on heads that it has not seen."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from medcurate.curate.measures import plane_features
from medcurate.curate.planes import model as plane_model
from medcurate.phantom.contrast import render, slices
from medcurate.phantom.head import random_head
from tools.plane_training import __main__ as command
from tools.plane_training.bases import PLANES
from tools.plane_training.basis import reduced
from tools.plane_training.dataset import training_descriptions


@pytest.fixture
def quick(monkeypatch, heads, template):
    """Coarse bases, so that the command takes seconds."""
    monkeypatch.setattr(command, "tissue_base", lambda: template)
    monkeypatch.setattr(command, "phantom_base", lambda **_: heads)
    monkeypatch.delenv("MEDCURATE_DATA", raising=False)


def _clean_slices(rng):
    """Render a head that was not trained on, without any randomization: 90 slices through the brain."""
    head = random_head(rng, spacing_mm=3.0)
    descriptions, planes = [], []
    for contrast in ("T1", "T2", "FLAIR"):
        volume = render(head, contrast, rng)
        for label, plane in enumerate(PLANES):
            filled = np.flatnonzero(np.moveaxis(head.brain, 2 - label, 0).any(axis=(1, 2)))
            inner = np.linspace(filled[0], filled[-1], 14)[2:-2].astype(int)
            descriptions += [plane_features.describe(pixels) for pixels in slices(volume, plane)[inner]]
            planes += [label] * len(inner)
    return plane_features.reduce(np.stack(descriptions)), np.array(planes)


def test_randomized_slices_teach_the_planes_of_another_head(bases, template):
    train = reduced(training_descriptions([*bases, template], n=2400, seed=0))
    model = plane_model.train(train.values, train.labels, sources=train.sources, seed=0, landmarks=1200)
    values, planes = _clean_slices(np.random.default_rng(99))
    right = model.decision(values).argmax(axis=1) == planes
    assert right.mean() > 0.75, f"{right.mean():.3f}; one in four by chance"


def test_the_command_writes_a_model_and_its_card(quick, tmp_path, capsys):
    out = tmp_path / "model.npz"
    assert command.main(["--out", str(out), "--n", "300", "--workers", "0", "--exclude", "mni152"]) == 0
    assert "simulated heads only" in capsys.readouterr().err
    card = json.loads(out.with_suffix(".json").read_text())
    assert card == plane_model.load(out).card
    assert card["slices"] == sum(card["classes"].values()) == 300
    assert set(card["sources"]) == {"phantom", "schematic"}
    assert card["excluded_sources"] == ["mni152"]
    text = out.with_suffix(".md").read_text()
    assert "| phantom |" in text
    assert "Left out: mni152." in text


def test_without_a_file_the_model_that_ships_and_its_basis_are_made(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_CURATE", tmp_path)
    assert command.main(["--n", "300", "--workers", "0"]) == 0
    with np.load(tmp_path / "measures" / plane_features.BASIS) as basis:
        assert basis["components"].shape == (plane_features.N_RAW, plane_features.N_FEATURES)
    assert (tmp_path / "planes" / plane_model.BUNDLED).is_file()
    assert (tmp_path / "measures" / plane_features.TURNS).is_file()


def test_samples_can_be_looked_at(quick, tmp_path):
    assert command.main(["--montage", str(tmp_path / "look.png"), "--workers", "0"]) == 0
    assert cv2.imread(str(tmp_path / "look.png"), cv2.IMREAD_GRAYSCALE).shape == (8 * 96, 20 * 96)


def test_wrong_usage_is_explained(quick, tmp_path, capsys):
    assert command.main(["--exclude", "mni152"]) == 2
    assert "expected --out as well" in capsys.readouterr().err
    assert command.main(["--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "m.npz")]) == 2
    assert "expected a folder" in capsys.readouterr().err


def test_the_module_runs_as_a_command():
    command_line = [sys.executable, "-m", "tools.plane_training", "--help"]
    shown = subprocess.run(command_line, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("usage: python -m tools.plane_training")
    assert "--exclude" in shown
