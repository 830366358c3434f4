from __future__ import annotations

from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest

from medcurate.curate.steps import Orient, Picture, run
from medcurate.phantom import slices
from tests.curate.steps.samples import OBLIQUE, display_affine

ALL_48 = [(axes, flips) for axes in permutations(range(3)) for flips in product((1, -1), repeat=3)]


@pytest.mark.parametrize(("axes", "flips"), ALL_48)
def test_volumes_become_what_nibabel_calls_closest_canonical(axes, flips, rng):
    pixels = rng.random((4, 5, 6)).astype(np.float32)
    affine = (OBLIQUE @ np.diag([*flips, 1]))[:, [*axes, 3]]
    expected = nib.as_closest_canonical(nib.Nifti1Image(pixels, affine))
    out = Orient().apply(Picture(pixels=pixels, affine=affine))
    assert (out.pixels == expected.get_fdata(dtype=np.float32)).all()
    np.testing.assert_allclose(out.affine, expected.affine)
    assert nib.aff2axcodes(out.affine) == ("R", "A", "S")


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("turned", range(8))
def test_images_are_shown_as_radiologists_look_at_them(plane, turned, rng):
    """The phantom's `slices` states the convention; each of the eight ways to store its image comes back to it."""
    volume = rng.random((5, 6, 7)).astype(np.float32)
    shown = slices(volume, plane)[2]
    # affine of the displayed image: indices of the volume from (row, column, 0), flipped along both
    across = {"axial": (1, 0, 2), "coronal": (2, 0, 1), "sagittal": (2, 1, 0)}[plane]
    indices = np.zeros((4, 4))
    indices[across[0], 0], indices[across[0], 3] = -1, volume.shape[across[0]] - 1
    indices[across[1], 1], indices[across[1], 3] = -1, volume.shape[across[1]] - 1
    indices[across[2], 2], indices[across[2], 3], indices[3, 3] = 1, 2, 1
    stored, affine = shown, np.diag([1.5, 1.2, 2.0, 1]) @ indices
    if turned & 1:
        stored, affine = stored.T, affine[:, [1, 0, 2, 3]]
    for axis in range(2):
        if turned & (2 << axis):
            affine = affine.copy()
            affine[:, 3] += affine[:, axis] * (stored.shape[axis] - 1)
            affine[:, axis] *= -1
            stored = np.flip(stored, axis)
    out = Orient().apply(Picture(pixels=stored, affine=affine))
    assert (out.pixels == shown).all()
    np.testing.assert_allclose(out.affine, np.diag([1.5, 1.2, 2.0, 1]) @ indices)
    assert out.plane == plane


def test_a_picture_without_a_header_stays_as_it_is_and_the_record_says_why(rng):
    picture = Picture(pixels=rng.random((4, 5)))
    out, (record,) = run(picture, [Orient()])
    assert out is picture
    assert "orientation is unknown" in record["skipped"]


def test_spacing_turns_with_the_axes():
    out = Orient().apply(Picture(pixels=np.zeros((4, 5)), affine=display_affine()))
    assert out.shape == (5, 4)
    assert out.spacing_mm == pytest.approx((0.7, 0.8))
