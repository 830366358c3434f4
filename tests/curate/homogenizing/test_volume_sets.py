"""Which volumes belong together, told from folders, grids and names alone."""

from __future__ import annotations

from medcurate.curate.homogenizing.volume_sets import VolumeRow, find_sets
from medcurate.errors import Code

GRID = (240, 240, 155, 1.0, 1.0, 1.0)


def rows(*entries: tuple) -> list[VolumeRow]:
    found = []
    for number, (path, contrast, *more) in enumerate(entries):
        group, grid = (*more, "p1", GRID)[:2] if more else ("p1", GRID)
        found.append(
            VolumeRow(number, contrast == "mask", "s", path, None if contrast == "mask" else contrast, group, grid)
        )
    return found


def test_contrasts_and_the_mask_of_one_folder_are_a_set():
    found = find_sets(
        rows(("a/f.nii", "FLAIR"), ("a/labels.nii", "mask"), ("a/t.nii", "T1ce"), ("a/brainmask.nii", "mask"))
    )
    (only,) = found.sets
    assert (only.name, only.volumes, only.mask) == ("p1", {0: "FLAIR", 2: "T1ce"}, 1)
    assert found.unused == {3: Code.MASK_UNUSED}


def test_a_brain_tumor_mask_is_one_of_a_tumor():
    found = find_sets(rows(("a/t1.nii", "T1"), ("a/brain_tumor_seg.nii", "mask")))
    assert found.sets[0].mask == 1


def test_grids_are_kept_apart_and_a_mask_on_another_says_so():
    other = (100, 100, 50, 2.0, 2.0, 2.0)
    found = find_sets(
        rows(("a/f.nii", "FLAIR"), ("a/t.nii", "T1", "p1", other), ("a/seg.nii", "mask", "p1", (1, 1, 1)))
    )
    assert [(one.name, one.volumes) for one in found.sets] == [("p1", {0: "FLAIR"}), ("p1-2", {1: "T1"})]
    assert found.unused == {2: Code.MASK_MISMATCH}


def test_patients_of_one_folder_are_told_apart_by_names():
    found = find_sets(
        rows(
            ("all/p1_t1.nii", "T1"), ("all/p1_flair.nii", "FLAIR"), ("all/p1_seg.nii", "mask"),
            ("all/p2_t1.nii", "T1"), ("all/p2_flair.nii", "FLAIR"), ("all/p2_seg.nii", "mask"),
        )
    )  # fmt: skip
    assert [(one.volumes, one.mask) for one in found.sets] == [({0: "T1", 1: "FLAIR"}, 2), ({3: "T1", 4: "FLAIR"}, 5)]


def test_repeated_and_unknown_contrasts_get_numbers():
    found = find_sets(rows(("a/x.nii", None), ("a/x.nii.gz", None)))
    assert [one.volumes for one in found.sets] == [{0: "unknown", 1: "unknown-2"}]


def test_groups_folders_and_archives_are_kept_apart():
    found = find_sets(
        rows(
            ("a/f.nii", "T1"),
            ("a/g.nii", "T2", "p2", GRID),
            ("b/h.nii", "T2"),
            ("z.zip!a/f.nii", "T2"),
            ("seg.nii", "mask"),
        )
    )
    assert [sorted(one.volumes) for one in found.sets] == [[0], [1], [2], [3]]
    assert [one.name for one in found.sets] == ["p1", "p2", "p1-2", "p1-3"]
    assert found.unused == {4: Code.MASK_UNUSED}
