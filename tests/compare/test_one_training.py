"""One training of a comparison: what it draws and writes down."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from medcurate.compare import one_training
from medcurate.compare.one_training import ERROR, JOB, RESULT, Job, drawn_at, main, run_job, write_images
from medcurate.dataset.files import read_image
from tests.compare.conftest import tiny


def test_what_it_writes_down(job, tmp_path):
    facts = run_job(tmp_path, job)
    assert facts["steps"] == 3
    assert len(facts["marks"]) == 4
    assert facts["marks"] == sorted(facts["marks"])
    assert facts["cpu_seconds"] == facts["marks"][-1]
    assert facts["parameters"]["generator"] > 0
    assert facts["seconds_per_image"] > 0
    for mark in range(4):
        assert len(list(drawn_at(tmp_path, mark).glob("*.png"))) == 4
    last = np.stack([read_image(path) for path in sorted(drawn_at(tmp_path, 3).glob("*.png"))])
    first = np.stack([read_image(path) for path in sorted(drawn_at(tmp_path, 0).glob("*.png"))])
    assert last.shape == (4, 32, 32)
    assert (last != first).any()


def test_a_failure_is_written_down_with_its_message(job, tmp_path, monkeypatch):
    monkeypatch.setattr(one_training, "_end_with_the_comparison", lambda: None)
    replace(job, labels={}).write(tmp_path)
    assert main(tmp_path) == 2
    assert (
        json.loads((tmp_path / ERROR).read_bytes())["message"]
        == "dcgan: the generator and the comparison differ in tumor"
    )
    assert not (tmp_path / RESULT).exists()


def test_a_job_survives_json(job, tmp_path):
    job.write(tmp_path)
    assert Job(**json.loads((tmp_path / JOB).read_bytes())) == job
    assert one_training.TrainSettings.from_dict(job.settings) == tiny()


def test_images_are_there_once_all_of_them_are(tmp_path, monkeypatch):
    monkeypatch.setattr(one_training, "encode_png", lambda image: 1 / 0 if image.max() else b"x")
    images = np.zeros((2, 4, 4), np.uint8)
    images[1] = 9
    with pytest.raises(ZeroDivisionError):
        write_images(tmp_path / "00", images)
    assert not (tmp_path / "00").exists()
    images[1] = 0
    write_images(tmp_path / "00", images)
    assert sorted(path.name for path in (tmp_path / "00").iterdir()) == ["00000.png", "00001.png"]
