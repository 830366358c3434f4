"""The half of the demo that learns: a small training from end to end, and what a second call takes as it is."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from medcurate.catalogue import Catalogue
from medcurate.cli import demo_images
from medcurate.dataset import Dataset
from medcurate.generate.training.settings import TrainSettings
from medcurate.learning.callback import StepResult

SPLITS = {"train": 40, "val": 8, "test": 40}


@pytest.fixture
def out(tmp_path, rng, monkeypatch):
    """Give a folder of the demo whose slices are ellipses, and a training of few steps of a small network."""
    for split, count in SPLITS.items():
        folder = tmp_path / "slices" / split / "none"
        folder.mkdir(parents=True)
        for number in range(count):
            image = np.zeros((64, 64), np.uint8)
            axes = tuple(int(value) for value in rng.integers(14, 28, 2))
            cv2.ellipse(image, (32, 32), axes, 0, 0, 360, int(rng.integers(90, 250)), -1)
            cv2.imwrite(str(folder / f"{number}.png"), image)
    monkeypatch.setattr(demo_images, "_slices", lambda out, **_: Dataset.open(out / "slices"))
    monkeypatch.setattr(demo_images, "IMAGES", 40)
    monkeypatch.setattr(demo_images, "SIZE", 32)
    return tmp_path


@pytest.fixture
def short(monkeypatch):
    def settings(minutes, seed):
        options = {"width": 4, "loss": "hinge"}
        return TrainSettings(model="dcgan", options=options, size=32, steps=3, minutes=minutes, seed=seed)

    monkeypatch.setattr(demo_images, "settings_for", settings)


def test_it_ends_with_images_a_picture_and_a_report(out, short, monkeypatch):
    told = demo_images.train_and_judge(out, minutes=5, seed=0, workers=0, quiet=True)
    assert (told["train_steps"], told["train_images"]) == (3, SPLITS["train"])
    assert told["generated"] <= 40
    rows = Catalogue.open(out / "generated").to_table(["origin", "status"]).to_pylist()
    assert sum(row["status"] == "kept" for row in rows) == told["generated"]
    assert {row["origin"] for row in rows} == {"synthetic"}
    assert (out / "generated.png").is_file()
    assert told["report"] == str(out / "report" / "report.html")
    metrics = json.loads((out / "report" / "metrics.json").read_text())
    assert set(metrics["settings"]["parts"]) == {"copies", "fidelity", "privacy"}
    assert metrics["synthetic"]["generator_images"] == SPLITS["train"]

    def train(*_, **__):
        raise AssertionError("it was trained already")

    monkeypatch.setattr("medcurate.generate.training.training.train", train)
    assert demo_images.train_and_judge(out, minutes=5, seed=0, workers=0, quiet=True) == told


def test_more_minutes_go_on_from_where_it_was(out, short):
    settings = demo_images.settings_for
    dataset = Dataset.open(out / "slices")
    assert demo_images._train(dataset, out / "run", settings(5, 0), quiet=True)["steps"] == 3
    longer = TrainSettings.from_dict({**settings(6, 0).to_dict(), "steps": 5})
    assert demo_images._train(dataset, out / "run", longer, quiet=True)["steps"] == 5


def test_the_picture_has_real_images_on_the_left(tmp_path):
    for name, gray in (("real", 60), ("drawn", 180)):
        (tmp_path / name / "none").mkdir(parents=True)
        for number in range(40):
            cv2.imwrite(str(tmp_path / name / "none" / f"{number}.png"), np.full((64, 64), gray, np.uint8))
    content = demo_images.picture(Dataset.open(tmp_path / "real"), Dataset.open(tmp_path / "drawn"))
    page = np.asarray(Image.open(io.BytesIO(content)))
    middle = page.shape[1] // 2
    assert np.median(page[60:-40, 40 : middle - 40]) == 60
    assert np.median(page[60:-40, middle + 40 : -40]) == 180


def test_the_clock_counts_seconds_of_training(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("medcurate.cli.demo_images.time.monotonic", lambda: now[0])
    report = demo_images.ProgressReport("train", total=120, show=False)
    clock = demo_images._Clock(report)
    clock.begin(0)
    for step, now[0] in enumerate((100.4, 101.2, 103.9), 1):
        clock.after(StepResult(step, {}))
    assert report.count == 3


def test_the_demo_trains_until_its_time_is_over():
    settings = demo_images.settings_for(0.5, 7)
    assert (settings.minutes, settings.seed, settings.split, settings.size) == (0.5, 7, "train", demo_images.SIZE)
    assert settings.steps > 100_000
