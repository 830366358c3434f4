"""A small dataset with held-out images, and trainings of seconds in this process."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.compare import trainings
from medcurate.compare.one_training import RESULT, Job, run_job, write_json
from medcurate.dataset.files import encode_png
from medcurate.generate.training.settings import TrainSettings

SPLITS = {"train": 15, "val": 6, "test": 6}


def tiny(options=None, **given):
    """Return settings of a training of three steps of a tiny family."""
    chosen = {"size": 32, "batch": 4, "steps": 3, "augment": (), "condition": ("tumor",), "checkpoint_minutes": 0}
    return TrainSettings(model="dcgan", options=options or {"width": 4}, **{**chosen, **given})


@pytest.fixture(scope="session")
def discs(tmp_path_factory):
    """Give a plain folder of discs: 30 images of two tumor types in train, 24 held out."""
    folder = tmp_path_factory.mktemp("discs")
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:32, :32]
    for split, count in SPLITS.items():
        for tumor, radius in (("glioma", 9), ("none", 13)):
            place = folder / split / tumor
            place.mkdir(parents=True)
            for number in range(count):
                cy, cx = rng.uniform(14, 18, 2)
                disc = ((y - cy) ** 2 + (x - cx) ** 2 < radius**2) * rng.integers(120, 220)
                image = np.clip(disc + rng.integers(0, 20, (32, 32)), 0, 255).astype(np.uint8)
                (place / f"{number}.png").write_bytes(encode_png(image))
    return folder


@pytest.fixture
def job(discs):
    """Give a job of a tiny training that draws four images."""
    return Job(str(discs), tiny().to_dict(), None, 4, {"tumor": ["none", "glioma", "none", "none"]})


@pytest.fixture
def in_process(monkeypatch):
    """Train in this process, which has the libraries loaded; list the folders."""
    folders = []

    def run(folder, advance):
        folders.append(folder.name)
        advance(0.5)
        job = Job(**json.loads((folder / "job.json").read_bytes()))
        write_json(folder / RESULT, run_job(folder, job))

    monkeypatch.setattr(trainings, "_run", run)
    return folders
