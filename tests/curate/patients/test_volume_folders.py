from __future__ import annotations

from medcurate.curate.patients.patient_names import parse_name
from medcurate.curate.patients.volume_folders import VolumeFile, same_patient

GRID = (240, 240, 155, 1.0, 1.0, 1.0)


def patients(*paths, grid=GRID, masks=()):
    """Return the paths that belong together, as sets."""
    grids = [grid] * len(paths) if isinstance(grid, tuple) else grid
    files = [
        VolumeFile(row, "s", path.rpartition("/")[0], parse_name(path), "mask" if path in masks else "volume", size)
        for row, (path, size) in enumerate(zip(paths, grids, strict=True))
    ]
    owner = {row: {row} for row in range(len(paths))}
    for a, b in same_patient(files):
        joined = owner[a] | owner[b]
        for row in joined:
            owner[row] = joined
    return {frozenset(paths[row] for row in rows) for rows in owner.values()}


def test_a_folder_of_contrasts_and_masks_on_one_grid_is_one_patient():
    paths = ["p/Flair_x.nii.gz", "p/T1c_x.nii.gz", "p/OTMultiClass.nii.gz", "p/brainmask.nii.gz"]
    assert patients(*paths, masks=paths[2:]) == {frozenset(paths)}


def test_a_folder_of_several_people_is_not_one_patient():
    paths = ["v/sample1-T1.nii.gz", "v/sample1-FL.nii.gz", "v/sample2-T1.nii.gz", "v/sample2-FL.nii.gz"]
    assert patients(*paths) == {frozenset(paths[:2]), frozenset(paths[2:])}


def test_people_without_numbers_are_told_apart_by_the_contrast_that_is_there_twice():
    paths = ["v/anna_T1.nii.gz", "v/bob_T1.nii.gz", "v/anna_T2.nii.gz"]
    assert patients(*paths) == {frozenset([paths[0], paths[2]]), frozenset([paths[1]])}


def test_one_volume_each_of_two_numbered_people_stays_apart():
    paths = ["v/s1_T1.nii.gz", "v/s2_T2.nii.gz"]
    assert patients(*paths) == {frozenset([path]) for path in paths}


def test_another_grid_is_another_patient_unless_the_names_agree():
    paths = ["v/chris_t1.nii", "v/chris_PD.nii", "v/x_Gd.nii"]
    grids = [(256, 188, 190), (256, 191, 54), (188, 176, 144)]
    assert patients(*paths, grid=grids) == {frozenset(paths[:2]), frozenset(paths[2:])}


def test_contrasts_and_labels_in_sibling_folders_belong_together():
    paths = ["d/imagesTr/B_001_0000.nii.gz", "d/imagesTr/B_001_0001.nii.gz", "d/labelsTr/B_001.nii.gz"]
    other = "d/imagesTr/B_002_0000.nii.gz"
    assert patients(*paths, other, masks=[paths[2]]) == {frozenset(paths), frozenset([other])}


def test_masks_alone_say_nothing():
    paths = ["m/anna.nii.gz", "m/bob.nii.gz"]
    assert patients(*paths, masks=paths) == {frozenset([path]) for path in paths}
