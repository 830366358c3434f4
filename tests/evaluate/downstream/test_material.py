"""Which images and classes are compared."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.downstream.material import Material, read_material
from medcurate.evaluate.downstream.settings import DownstreamSettings
from tests.evaluate.downstream.downstream_samples import SIZE, write


def rows(counts, *, split=None, patients=None):
    made = [{"tumor": name, "split": split} for name, count in counts.items() for _ in range(count)]
    for number, row in enumerate(made):
        row["patient_group"] = None if patients is None else f"{split}{number // patients}"
    return made


def sides(tmp_path, rng, *, train, test, synthetic, patients=None):
    real = write(
        tmp_path / "real",
        rng,
        rows(train, split="train", patients=patients) + rows(test, split="test", patients=patients),
    )
    return open_sides(real, write(tmp_path / "made", rng, rows(synthetic)), size=SIZE)


def test_images_are_read_with_their_classes(tmp_path, rng):
    both = sides(tmp_path, rng, train={"a": 6, "b": 5}, test={"a": 3, "b": 4}, synthetic={"b": 7, "a": 2})
    found = read_material(both, DownstreamSettings())
    assert isinstance(found, Material)
    assert found.classes == ("a", "b")
    assert [found.counts(side).tolist() for side in (found.real, found.test, found.synthetic)] == [
        [6, 5],
        [3, 4],
        [2, 7],
    ]
    assert found.real.pixels.shape == (11, SIZE, SIZE)
    assert not found.patients
    assert len(set(found.groups.tolist())) == 7


def test_images_of_a_patient_are_one_group(tmp_path, rng):
    both = sides(tmp_path, rng, train={"a": 6, "b": 6}, test={"a": 4, "b": 4}, synthetic={"a": 2, "b": 2}, patients=2)
    found = read_material(both, DownstreamSettings())
    assert found.patients
    assert sorted(np.bincount(found.groups).tolist()) == [2, 2, 2, 2]


def test_a_class_with_too_few_images_is_left_out_with_a_note(tmp_path, rng):
    both = sides(
        tmp_path, rng, train={"a": 6, "b": 6, "c": 3}, test={"a": 4, "b": 4, "c": 4}, synthetic={"a": 2, "b": 2, "c": 5}
    )
    found = read_material(both, DownstreamSettings())
    assert found.classes == ("a", "b")
    assert len(found.synthetic) == 4
    assert len(found.test) == 8
    assert any("tumor c is left out: 3 real images to train and 4 to test" in note for note in found.notes)
    assert any("synthetic images of c are left out" in note for note in found.notes)


def test_what_synthetic_images_lack_is_told(tmp_path, rng):
    both = sides(tmp_path, rng, train={"a": 6, "b": 6}, test={"a": 4, "b": 4}, synthetic={"a": 2, None: 3})
    found = read_material(both, DownstreamSettings())
    assert found.counts(found.synthetic).tolist() == [2, 0]
    assert any("3 synthetic images without tumor" in note for note in found.notes)
    assert any("no synthetic images of b: only the other classes get more" in note for note in found.notes)


@pytest.mark.parametrize(
    ("train", "synthetic", "why"),
    [
        ({"a": 9}, {"a": 2}, "needs two classes or more"),
        ({"a": 9, "b": 9}, {None: 4}, "no synthetic image has one of the classes of tumor"),
    ],
)
def test_without_classes_there_is_nothing_to_compare(tmp_path, rng, train, synthetic, why):
    both = sides(tmp_path, rng, train=train, test={"a": 3, "b": 3}, synthetic=synthetic)
    assert why in read_material(both, DownstreamSettings())


def test_any_column_that_names_classes_can_be_predicted(tmp_path, rng):
    train = [{"tumor": "a", "contrast": name, "split": "train"} for name in ("T1", "T2") for _ in range(5)]
    test = [{"tumor": "a", "contrast": name, "split": "test"} for name in ("T1", "T2") for _ in range(3)]
    made = [{"tumor": None, "contrast": "T1"}] * 2
    both = open_sides(write(tmp_path / "real", rng, train + test), write(tmp_path / "made", rng, made), size=SIZE)
    assert read_material(both, DownstreamSettings(label="contrast")).classes == ("T1", "T2")


def test_a_column_that_there_is_not_is_refused_with_those_that_there_are(tmp_path, rng):
    both = sides(tmp_path, rng, train={"a": 6, "b": 6}, test={"a": 4, "b": 4}, synthetic={"a": 2})
    with pytest.raises(
        UsageError, match=r"expected a column that names classes \(.*plane.*tumor.*\), received 'grade'"
    ):
        read_material(both, DownstreamSettings(label="grade"))


def test_of_many_images_some_are_drawn_and_patients_stay_whole(tmp_path, rng):
    both = sides(
        tmp_path, rng, train={"a": 30, "b": 9}, test={"a": 12, "b": 12}, synthetic={"a": 25, "b": 2}, patients=3
    )
    found = read_material(both, DownstreamSettings(most_per_class=5, ratios=(1.0, 2.0), most_test=16))
    assert found.counts(found.real).tolist() == [15, 9]
    assert found.counts(found.synthetic).tolist() == [15, 2]
    assert len(found.test) == 15  # five whole patients: a sixth would be more than 16
    assert np.bincount(found.groups).tolist() == [3] * 5
    assert "of 24 held-out images 15 are predicted, whole patients" in found.notes
