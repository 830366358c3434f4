"""Both sides are read once and compared: synthetic with real ones, real ones across patients, each side with itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from medcurate.evaluate.copies.compared import compare_sides
from medcurate.evaluate.copies.settings import CopiesSettings
from tests.evaluate.privacy.heads import heads, sides

LIKENESS = 0.9


@pytest.fixture(scope="module")
def images():
    return heads(np.random.default_rng(20261130), 30)


def compared(folder, images, made, patients=None, **settings):
    opened = sides(folder, images[:12], images[12:20], made)
    if patients is not None:
        train = opened.train.rows
        column = pa.array(patients, pa.string())
        train = train.set_column(train.schema.get_field_index("patient_group"), "patient_group", column)
        opened = replace(opened, train=replace(opened.train, rows=train))
    return compare_sides(opened, CopiesSettings(**settings))


def test_synthetic_images_find_their_originals_on_each_side(tmp_path, images):
    made = np.stack([images[3][:, ::-1], images[14], images[25]])
    found = compared(tmp_path, images, made)
    assert (found.to_training.likeness >= LIKENESS).tolist() == [True, False, False]
    assert (found.to_held_out.likeness >= LIKENESS).tolist() == [False, True, False]
    assert (found.to_training.row[0], found.to_held_out.row[1]) == (3, 2)
    assert found.distinct == 3
    assert not found.equal_repeats.any()


def test_repeats_are_counted_among_synthetic_images(tmp_path, images):
    made = np.stack([images[21], images[22], images[21], images[22][::-1], images[23], images[21]])
    found = compared(tmp_path, images, made)
    assert (found.to_each_other.likeness >= LIKENESS).tolist() == [True, True, True, True, False, True]
    assert found.distinct == 3
    assert found.equal_repeats.tolist() == [True, False, True, False, False, True]


def test_real_images_of_one_patient_are_no_copies_between_patients(tmp_path, images):
    real = images.copy()
    real[1], real[5] = real[0][:, ::-1], real[4][:, ::-1]
    patients = ["a", "a", *(f"p{row}" for row in range(10))]
    found = compared(tmp_path, real, images[25:], patients)
    assert np.flatnonzero(found.between_real.likeness >= LIKENESS).tolist() == [4, 5]
    assert np.flatnonzero(found.within_real.likeness >= LIKENESS).tolist() == [0, 1, 4, 5]
    assert found.real_patients[:3] == ["a", "a", "p0"]


def test_of_many_images_some_are_drawn(tmp_path, images):
    found = compared(tmp_path, images, images[20:], most_judged=4, most_compared=6)
    assert (len(found.train), len(found.test), len(found.synthetic)) == (6, 6, 6)
    assert len(found.judged) == len(found.to_training) == len(found.between_real) == len(found.repeated) == 4
    assert len(found.equal_repeats) == 6


def test_images_that_stand_for_a_held_out_one_may_be_like_it(tmp_path, images):
    made = np.clip(images[12:20] * 0.8 + 20, 0, 255).astype(np.uint8)
    assert (compared(tmp_path / "a", images, made).to_held_out.likeness >= LIKENESS).all()
    found = compared(tmp_path / "b", images, made, paired=True)
    assert not (found.to_held_out.likeness >= LIKENESS).any()
    assert found.excused == 8
    listed = tmp_path / "pairs.csv"
    listed.write_text("real,synthetic\nx/0000.png,x/0001.png\n")
    assert compared(tmp_path / "c", images, made, pairs=listed).excused == 1


def test_pairs_do_not_excuse_equal_images(tmp_path, images):
    assert compared(tmp_path, images, images[12:20], paired=True).to_held_out.equal.all()
