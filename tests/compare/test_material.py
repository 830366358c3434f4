"""What every training sees, and what is held out."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from medcurate.compare import material
from medcurate.compare.material import open_material, read_images
from medcurate.dataset import Dataset
from medcurate.errors import UsageError


def test_val_and_test_are_held_out_together(discs):
    found = open_material(discs, condition=("tumor",))
    assert (len(found.train), len(found.held_out)) == (30, 24)
    assert set(found.held_out.rows.column("split").to_pylist()) == {"val", "test"}
    assert sorted(found.labels["tumor"]) == ["glioma"] * 12 + ["none"] * 12


def test_what_is_known_of_images_that_were_drawn_without_labels(discs):
    assert open_material(discs).known("tumor") == [None] * 24
    assert open_material(discs).labels == {}
    only = open_material(discs, tumor=("none",))
    assert only.known("tumor") == ["none"] * 12


def test_without_splits_it_says_what_to_do(discs, tmp_path):
    shutil.copytree(discs / "train", tmp_path / "whole")
    with pytest.raises(UsageError, match=r"received 0 and 0\. .*make a dataset with splits \(medcurate homogenize\)"):
        open_material(tmp_path / "whole")


def test_held_out_images_of_labels_that_no_training_image_has_are_left_out(discs, tmp_path):
    shutil.copytree(discs, tmp_path / "odd")
    (tmp_path / "odd/test/none").rename(tmp_path / "odd/test/meningioma")
    found = open_material(tmp_path / "odd", condition=("tumor",))
    assert len(found.held_out) == 18
    assert found.notes == ("6 held-out images have no tumor, or one that no training image has: left out",)


def test_a_patient_on_both_sides_is_refused(discs, monkeypatch):
    opened = Dataset.open(discs)
    at = opened.rows.column_names.index("patient_group")
    rows = opened.rows.set_column(at, "patient_group", pa.array(["p1"] * len(opened), pa.string()))
    monkeypatch.setattr(material.Dataset, "open", lambda folder: replace(opened, rows=rows))
    with pytest.raises(UsageError, match="1 patient groups are in the split train and among the held-out images, such"):
        open_material(discs)


def test_an_image_on_both_sides_counts_as_a_training_image(discs, monkeypatch):
    opened = Dataset.open(discs)
    ids = [f"id{number % 40}" for number in range(len(opened))]  # rows 0 and 40, 1 and 41, ... are the same
    rows = opened.rows.set_column(0, "image_id", pa.array(ids, pa.string()))
    monkeypatch.setattr(material.Dataset, "open", lambda folder: replace(opened, rows=rows))
    found = open_material(discs)
    assert not set(found.held_out.ids) & set(found.train.ids)
    assert found.notes == ("4 held-out images are training images, too: left out",)


def test_images_are_read_at_one_size(discs):
    images = read_images(open_material(discs).held_out, 16)
    assert images.shape == (24, 16, 16)
    assert images.dtype == np.uint8
