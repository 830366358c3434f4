"""The steps on real images and volumes."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from medcurate.curate.steps import (
    CropForeground,
    Orient,
    Picture,
    ZScore,
    cut_slices,
    from_frame,
    from_slices,
    preset,
    run,
)
from medcurate.readers import Blob, read
from medcurate.readers.options import DEFAULT_OPTIONS

pytestmark = pytest.mark.realdata


def frames_of(path):
    return list(read(Blob(path.name, path.stat().st_size, lambda: path.open("rb")), DEFAULT_OPTIONS))


def test_cropping_real_images_twice_is_cropping_once_and_keeps_nearly_all_that_is_bright(realdata):
    paths = sorted((realdata / "sartaj").rglob("*.jpg"))[::25]
    lost = []
    for path in paths:
        picture = from_frame(frames_of(path)[0])
        once = CropForeground().apply(picture)
        assert CropForeground().apply(once).shape == once.shape, path.name
        lost.append(1 - once.pixels.sum() / picture.pixels.sum())
    assert len(lost) > 100
    assert np.mean(np.array(lost) < 0.1) > 0.97


def test_a_brats_volume_goes_the_way_of_study_d(realdata):
    folder = realdata / "volumes/brats2013/test/brats_2013_pat0001_1"
    path = folder / "Flair_subtrMeanDivStd.nii.gz"
    picture = from_slices(frames_of(path), masks=frames_of(folder / "OTMultiClass.nii.gz"))
    canonical = nib.as_closest_canonical(nib.load(path))
    oriented = Orient().apply(picture)
    assert (oriented.pixels == canonical.get_fdata(dtype=np.float32)).all()
    np.testing.assert_allclose(oriented.affine, canonical.affine, atol=1e-4)
    out, records = run(picture, preset("study-d"))
    assert out.shape == out.mask.shape == (240, 240, 64)
    assert (out.pixels.min(), out.pixels.max()) == (-1, 1)
    assert set(np.unique(out.mask)) <= set(np.unique(picture.mask))
    assert not any("skipped" in record for record in records)
    tumor = [one.step.index for one in cut_slices(picture, "axial") if one.picture.mask.any()]
    assert len(tumor) > 30


def test_whole_heads_are_cut_along_three_planes(realdata):
    picture = from_slices(frames_of(realdata / "volumes/nichart/t1/Subj13_T1.nii.gz"))
    volume, _ = run(picture, [*preset("volume-1mm"), ZScore()])
    assert volume.spacing_mm == pytest.approx((1, 1, 1))
    for plane in ("axial", "coronal", "sagittal"):
        images = [one.picture for one in cut_slices(volume, plane)]
        assert len(images) > 100
        assert all(isinstance(image, Picture) and image.plane == plane for image in images)
        assert min(image.pixels.std() for image in images) > 0
