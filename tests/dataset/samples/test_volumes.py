"""Whole volumes become columns, contrasts as channels, on one grid."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import ColumnChoice, Storage, read_volumes, select_volumes
from medcurate.dataset.samples.choice import region_channels
from medcurate.dataset.samples.grids import box_affine, spacing_of
from medcurate.errors import NothingUsable, UsageError
from tests.dataset.samples.sample_folders import AFFINE, Folder, with_volumes

REGIONS = {"whole": None, "core": (2,)}
PAIR = ColumnChoice(target=("T1",), source=("T2", "mask"), regions=REGIONS)


@pytest.fixture
def dataset(tmp_path, rng):
    return with_volumes(tmp_path / "data", rng)


def test_contrasts_masks_affines_and_ids_belong_together(dataset):
    found = read_volumes(select_volumes(dataset, PAIR))
    assert found.columns["target"].shape == (3, 9, 14, 6, 1)
    assert found.columns["source"].shape == (3, 9, 14, 6, 3)
    assert found.columns["target"].dtype == np.uint8
    for row, volumes in enumerate(dataset.volumes()):
        np.testing.assert_array_equal(found.columns["target"][row, ..., 0], volumes.stored("T1"))
        np.testing.assert_array_equal(found.columns["source"][row, ..., 0], volumes.stored("T2"))
        regions = region_channels(volumes.load_mask(), REGIONS)
        np.testing.assert_array_equal(found.columns["source"][row, ..., 1:], regions)
        np.testing.assert_array_equal(found.columns["mask"][row], regions)
        np.testing.assert_array_equal(found.columns["affine"][row], AFFINE)
        assert found.members[row] == (f"p{row}-T1", f"p{row}-T2")
    assert found.groups == ("p0", "p1", "p2")


def test_what_is_drawn_from_a_label_map_names_the_mask(dataset):
    chosen = select_volumes(dataset, ColumnChoice(target=None, source=("mask",), regions=REGIONS))
    found = read_volumes(chosen)
    assert found.members == (("p0-mask",), ("p1-mask",), ("p2-mask",))
    assert "target" not in found.columns


def test_a_box_holds_each_volume_where_it_was(dataset):
    found = read_volumes(select_volumes(dataset, PAIR), box=(16, 16, 16))
    assert found.columns["target"].shape == (3, 16, 16, 16, 1)
    np.testing.assert_array_equal(found.columns["affine"][1], box_affine(AFFINE, (9, 14, 6), (16, 16, 16)))
    assert len(set(spacing_of(found.columns["affine"][0]).round(6))) == 1
    assert set(np.unique(found.columns["mask"])) <= {0, 255}


def test_files_and_memory_hold_the_same(dataset, tmp_path):
    chosen = select_volumes(dataset, PAIR)
    kept = read_volumes(chosen, storage=Storage(tmp_path / "x", limit=100))
    assert isinstance(kept.columns["source"], np.memmap)
    assert kept.digest == read_volumes(chosen).digest


def test_other_types_become_floats_or_eight_bits(tmp_path, rng):
    made = Folder(tmp_path)
    made.volume("p0", "T1", rng.normal(0, 1, (4, 5, 6)).astype(np.float32))
    chosen = select_volumes(made.open())
    found = read_volumes(chosen).columns["target"]
    assert (found.dtype, found.min(), found.max()) == (np.float32, -1, 1)
    assert read_volumes(chosen, bits=8).columns["target"].dtype == np.uint8


def test_labels_and_attributes_of_volumes(tmp_path, rng):
    made = Folder(tmp_path)
    for patient, tumor in enumerate(("glioma", "none", "glioma")):
        voxels = rng.integers(0, 9, (4, 4, 4), dtype=np.uint8)
        made.volume(f"p{patient}", "T1", voxels, tumor=tumor, mask_area=0.5 if patient else None)
    choice = ColumnChoice(condition=("tumor",), attributes=("mask_area",))
    found = read_volumes(select_volumes(made.open(), choice))
    assert found.classes == {"tumor": ("glioma", "none")}
    assert found.columns["labels"].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert found.columns["attributes"].tolist() == [[0], [0.5], [0.5]]
    assert found.columns["attributes_present"].tolist() == [[0], [1], [1]]
    with pytest.raises(UsageError, match="a volume has no plane"):
        select_volumes(made.open(), ColumnChoice(condition=("plane",)))


def test_sets_that_lack_something_are_left_out_and_counted(tmp_path, rng):
    made = Folder(tmp_path)
    for patient in range(4):
        for name in ("T1", "T2", "mask")[: 3 - patient % 3]:
            made.volume(f"p{patient}", name, rng.integers(0, 3, (4, 4, 4), dtype=np.uint8))
    chosen = select_volumes(made.open(), PAIR)
    assert [one.name for one in chosen.volumes] == ["p0", "p3"]
    assert chosen.notes == (
        "volumes: 1 sets of volumes lack one of T1, T2 and were left out",
        "volumes: 1 sets of volumes have no mask and were left out",
    )
    with pytest.raises(UsageError, match=r"no set of volumes has PD; .* has T1 \(4\), T2 \(3\), and 2 masks"):
        select_volumes(made.open(), ColumnChoice(target=("PD",)))
    with pytest.raises(UsageError, match="name those to read"):
        select_volumes(made.open())


@pytest.mark.parametrize("wrong", ["place", "shape", "mask"])
def test_volumes_on_another_grid_are_refused(tmp_path, rng, wrong):
    made = Folder(tmp_path)
    voxels, moved = rng.integers(0, 9, (4, 5, 6), dtype=np.uint8), AFFINE.copy()
    moved[0, 3] += 1
    made.volume("p0", "T1", voxels)
    made.volume("p0", "T2", voxels[:3] if wrong == "shape" else voxels, moved if wrong == "place" else AFFINE)
    made.volume("p0", "mask", voxels, moved if wrong == "mask" else AFFINE)
    with pytest.raises(UsageError, match=f"p0: expected {'mask' if wrong == 'mask' else 'T2'} on the grid of T1"):
        read_volumes(select_volumes(made.open(), PAIR))


def test_volumes_of_other_shapes_need_a_box(tmp_path, rng):
    made = Folder(tmp_path)
    for patient in range(2):
        made.volume(f"p{patient}", "T1", rng.integers(0, 9, (4 + patient, 5, 6), dtype=np.uint8))
    chosen = select_volumes(made.open())
    with pytest.raises(UsageError, match=r"p1: expected target of shape \(4, 5, 6, 1\)"):
        read_volumes(chosen)
    assert len(read_volumes(chosen, box=(8, 8, 8))) == 2


def test_no_volume_is_nothing_usable(tmp_path):
    made = Folder(tmp_path)
    made.slice("a", np.zeros((2, 2), np.uint8))
    with pytest.raises(NothingUsable, match="--output volumes"):
        select_volumes(made.open())
