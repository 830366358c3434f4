from __future__ import annotations

import nibabel as nib
import numpy as np

from medcurate.evaluate.paired.images import axial_slices, load_volumes
from medcurate.evaluate.paired.pairs import VolumePair


def write(path, voxels, affine):
    nib.Nifti1Image(voxels, affine).to_filename(path)
    return path


def test_volumes_are_turned_to_one_orientation(tmp_path, rng):
    voxels = rng.normal(size=(6, 7, 8)).astype(np.float32)
    ras = write(tmp_path / "ras.nii.gz", voxels, np.eye(4))
    lps = write(tmp_path / "lps.nii.gz", voxels[::-1, ::-1], np.diag([-1.0, -1, 1, 1]))
    loaded = load_volumes(VolumePair(ras, lps, None, None), None)
    np.testing.assert_array_equal(loaded.real, loaded.synthetic)
    assert loaded.data_range == np.ptp(voxels)


def test_slices_have_the_front_up_and_the_right_on_the_left(tmp_path):
    voxels = np.zeros((24, 24, 20), np.float32)
    voxels[4:20, 4:20, 4:16] = 50
    voxels[15:19, 14:19, 4:16] = 100  # to the right and to the front
    path = write(tmp_path / "a.nii.gz", voxels, np.eye(4))
    real, synthetic = axial_slices(load_volumes(VolumePair(path, path, None, None), None), 3, 24)
    np.testing.assert_array_equal(real, synthetic)
    assert real.shape == (3, 24, 24)
    y, x = np.argwhere(real[1] > 200).mean(axis=0)
    assert y < 12
    assert x < 12


def test_volumes_that_cannot_be_compared(tmp_path):
    one = write(tmp_path / "a.nii.gz", np.arange(64, dtype=np.float32).reshape(4, 4, 4), np.eye(4))
    other = write(tmp_path / "b.nii.gz", np.ones((4, 4, 5), np.float32), np.eye(4))
    assert load_volumes(VolumePair(one, other, None, None), None) is None
    assert load_volumes(VolumePair(other, other, None, None), None) is None
    assert load_volumes(VolumePair(one, one, None, None), 10.0).data_range == 10
