"""No patient, no copy and nothing that the generator saw is on both sides."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.dataset import Dataset
from medcurate.errors import UsageError
from medcurate.evaluate.design.held_out import comparable, divide
from tests.evaluate.evaluation_samples import catalogued, plain


def dataset(rows: list[dict]) -> Dataset:
    """Make a dataset of rows alone: dividing reads no image that has a digest."""
    about = {"kind": "image", "status": "kept", "source": "s"}
    full = [{"path": f"images/{row['image_id']}.png", **about, **row} for row in rows]
    table = pa.Table.from_pylist(full, schema=SCHEMA)
    return Dataset(Path("made"), table, table.slice(0, 0), pa.table({"path": pa.array([], pa.string())}), {})


def groups_of(side: Dataset) -> set[str]:
    return set(side.rows.column("patient_group").to_pylist())


ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(["glioma", "none", None])), min_size=4, max_size=60
).filter(lambda rows: len({patient for patient, _ in rows}) > 1)


@given(rows=ROWS, seed=st.integers(0, 99))
def test_halves_share_no_patient_and_lose_no_image(rows, seed):
    real = dataset(
        [
            {"image_id": f"{n:x}", "patient_group": f"p{patient}", "tumor": tumor}
            for n, (patient, tumor) in enumerate(rows)
        ]
    )
    train, test, notes = divide(real, None, seed)
    assert len(test)
    assert groups_of(train).isdisjoint(groups_of(test))
    assert sorted(train.ids + test.ids) == sorted(real.ids)
    assert divide(real, None, seed)[1].ids == test.ids
    assert notes == (f"held out: half of the patients, drawn with seed {seed}, as REAL has no split named test",)


def test_each_class_is_halved(tmp_path):
    real = plain(tmp_path / "real", {"glioma": 20, "none": 6})
    train, test, notes = divide(Dataset.open(real), None, 3)
    assert [side.rows.column("tumor").to_pylist().count("none") for side in (train, test)] == [3, 3]
    assert (len(train), len(test)) == (13, 13)
    assert "patients are not known" in notes[0]


def test_another_seed_draws_another_half(tmp_path):
    real = Dataset.open(plain(tmp_path / "real", {"glioma": 20}))
    assert divide(real, None, 0)[1].ids != divide(real, None, 1)[1].ids


def test_files_with_equal_content_stay_together(tmp_path):
    folder = plain(tmp_path / "real", {"glioma": 10})
    for number in range(10):
        shutil.copy(folder / f"glioma/{number}.png", folder / f"glioma/copy-{number}.png")
    train, test, _ = divide(Dataset.open(folder), None, 0)
    contents = [{(folder / name).read_bytes() for name in side.ids} for side in (train, test)]
    assert contents[0].isdisjoint(contents[1])
    assert len(train) == len(test) == 10


def test_copies_of_training_images_are_not_held_out(tmp_path):
    folder = plain(tmp_path / "real", {"Training/glioma": 4, "Testing/glioma": 5}, seed=5)
    shutil.copy(folder / "Training/glioma/0.png", folder / "Testing/glioma/again.png")
    train, test, notes = divide(Dataset.open(folder), None, 0)
    assert "Testing/glioma/again.png" not in test.ids
    assert notes[-1] == f"{6 - len(test)} images of the split test are copies of training images: left out"
    assert len(train) == 4


def test_images_of_other_splits_are_left_out_and_counted():
    splits = ["train", "test", "holdout", None, "val"]
    real = dataset([{"image_id": f"{n:x}", "split": split} for n, split in enumerate(splits)])
    train, test, notes = divide(real, None, 0)
    assert (train.ids, test.ids) == (("0", "4"), ("1",))
    assert notes[-1] == "2 images are in none of the splits train, val and test: left out"


def test_a_patient_in_two_splits_is_an_error():
    real = dataset(
        [
            {"image_id": "0", "split": "train", "patient_group": "p1"},
            {"image_id": "1", "split": "test", "patient_group": "p1"},
        ]
    )
    with pytest.raises(UsageError, match="1 patient groups are in the split test and in train or val, such as p1"):
        divide(real, None, 0)


def test_held_out_images_that_the_generator_saw_are_an_error():
    real = dataset([{"image_id": f"{n:x}", "split": ("train", "test")[n % 2]} for n in range(6)])
    assert divide(real, frozenset({"0", "2"}), 0)[1].ids == ("1", "3", "5")
    with pytest.raises(UsageError, match=r"trained on 2 of the 3 held-out images, such as 1\b.*with the split train"):
        divide(real, frozenset({"0", "1", "3"}), 0)


def test_without_splits_what_the_generator_did_not_see_is_held_out_by_patient():
    real = dataset([{"image_id": f"{n:x}", "patient_group": f"p{n // 2}"} for n in range(8)])
    train, test, notes = divide(real, frozenset({"0", "5"}), 0)
    assert (train.ids, test.ids) == (("0", "1", "4", "5"), ("2", "3", "6", "7"))
    assert notes == ("held out: the patients whose images the generator was not trained on",)


def test_a_generator_that_saw_everything_leaves_nothing_to_compare_with():
    real = dataset([{"image_id": f"{n:x}"} for n in range(4)])
    with pytest.raises(UsageError, match="nothing is left to hold out"):
        divide(real, frozenset(real.ids), 0)


def test_a_dataset_folder_is_divided_by_its_splits(tmp_path):
    rows = [{"image_id": f"{n:016x}", "split": ("train", "val", "test")[n % 3]} for n in range(9)]
    train, test, _ = divide(Dataset.open(catalogued(tmp_path, rows)), None, 0)
    assert (len(train), len(test)) == (6, 3)


def test_names_by_pixels_and_names_by_file_tell_nothing_of_each_other(tmp_path):
    by_pixels = dataset([{"image_id": f"{n:016x}"} for n in range(3)])
    by_file = Dataset.open(plain(tmp_path, {"glioma": 3}))
    hexadecimal, paths = frozenset({"00ff"}), frozenset({"glioma/0.png"})
    assert comparable(by_pixels, hexadecimal)
    assert comparable(by_file, paths)
    assert not comparable(by_pixels, paths)
    assert not comparable(by_file, hexadecimal)
    assert not comparable(by_file, None)
    assert comparable(by_file, frozenset())


def test_equal_file_names_are_told_to_be_just_that(tmp_path):
    real = Dataset.open(plain(tmp_path, {"train/glioma": 3, "test/glioma": 3}))
    with pytest.raises(UsageError, match=r"such as test/glioma/0\.png \(by file name: if these are other images"):
        divide(real, frozenset({"test/glioma/0.png"}), 0)
