from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.curate.steps import CutSlice, Picture, SliceRule, cut_slices, from_record, run
from medcurate.errors import UsageError
from medcurate.phantom import slices
from tests.curate.steps.samples import OBLIQUE, blob, volume

ALL = SliceRule(min_foreground=0)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("stored", [OBLIQUE, OBLIQUE[:, [2, 0, 1, 3]], np.diag([1, -1, 1, 1.0])])
def test_slices_look_as_the_phantom_shows_them_however_the_volume_is_stored(plane, stored, rng):
    ras = rng.random((5, 6, 7)).astype(np.float32)
    world = np.abs(stored[:3, :3]).argmax(0)
    signs = [stored[world[axis], axis] < 0 for axis in range(3)]
    pixels = ras.transpose(world)[tuple(slice(None, None, -1 if sign else 1) for sign in signs)]
    found = list(cut_slices(Picture(pixels=pixels, affine=stored), plane, ALL))
    assert (np.stack([one.picture.pixels for one in found]) == slices(ras, plane)).all()
    assert [one.picture.plane for one in found] == [plane] * len(found)
    assert [one.step.index for one in found] == list(range(len(found)))
    np.testing.assert_allclose([one.position for one in found], np.linspace(0, 1, len(found)))


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_slice_keeps_place_spacing_and_mask(plane):
    picture = volume()
    for one in cut_slices(picture, plane, ALL):
        rows, columns = one.picture.shape
        for row, column in ((0, 0), (rows - 1, 2), (5, columns - 1)):
            here = one.picture.affine @ [row, column, 0, 1]
            there = np.rint(np.linalg.inv(picture.affine) @ here).astype(int)[:3]
            np.testing.assert_allclose(picture.affine @ [*there, 1], here, atol=1e-9)
            assert picture.pixels[tuple(there)] == one.picture.pixels[row, column]
            assert picture.mask[tuple(there)] == one.picture.mask[row, column]
    assert set(one.picture.spacing_mm) < {round(s, 9) for s in picture.spacing_mm}


def test_a_recorded_cut_gives_the_same_bytes():
    for one in cut_slices(volume(), "coronal"):
        again = from_record(json.loads(json.dumps(one.step.record()))).apply(volume())
        assert again.pixels.tobytes() == one.picture.pixels.tobytes()
        assert (again.mask == one.picture.mask).all()


def test_empty_ends_are_left_out_and_positions_stay_those_of_the_stack():
    pixels = np.zeros((20, 20, 11))
    pixels[5:15, 5:15, 3:8] = 100
    pixels[5:15, 5:15, 5] = 0  # a gap within is no end
    found = list(cut_slices(Picture(pixels=pixels, affine=np.eye(4)), "axial"))
    assert [one.step.index for one in found] == [3, 4, 5, 6, 7]
    assert found[0].position == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", list(range(2, 18))),
        ("every:3", [2, 5, 8, 11, 14, 17]),
        ("middle:4", [8, 9, 10, 11]),
        ("middle:400", list(range(2, 18))),
        ("tumor", [6, 7, 12]),
        ("tumor+middle:1", [7]),
        ("middle:5+every:2", [7, 9, 11]),
    ],
)
def test_rules_choose_slices(text, expected):
    pixels = np.zeros((16, 16, 20))
    pixels[4:12, 4:12, 2:18] = 100
    mask = np.zeros(pixels.shape, np.uint8)
    mask[6, 6, [0, 6, 7, 12]] = 2
    picture = Picture(pixels=pixels, mask=mask, affine=np.eye(4))
    assert [one.step.index for one in cut_slices(picture, "axial", SliceRule.parse(text))] == expected


def test_without_a_mask_no_slice_shows_a_tumor():
    picture = Picture(pixels=blob((20, 20, 20)), affine=np.eye(4))
    assert list(cut_slices(picture, "axial", SliceRule(only_tumor=True))) == []


def test_a_volume_of_unknown_orientation_is_cut_as_it_was_stacked():
    pixels = np.arange(60.0).reshape(3, 4, 5)
    picture = Picture(pixels=pixels, plane="coronal", spacing_mm=(1, 2, 3))
    found = list(cut_slices(picture, "coronal", ALL))
    assert (found[2].picture.pixels == pixels[:, :, 2].T).all()
    assert found[2].picture.spacing_mm == (2, 1)
    with pytest.raises(UsageError, match="holds coronal slices and cannot be cut into axial"):
        list(cut_slices(picture, "axial"))


@pytest.mark.parametrize("plane", ["oblique", ""])
def test_a_plane_that_is_none_is_refused(plane):
    with pytest.raises(UsageError, match="plane: expected one of axial, coronal, sagittal"):
        list(cut_slices(volume(), plane))


def test_images_and_slices_beyond_the_stack_are_refused():
    with pytest.raises(UsageError, match="expected a volume"):
        list(cut_slices(Picture(pixels=blob((9, 9))), "axial"))
    with pytest.raises(UsageError, match="expected 0 to 21"):
        CutSlice(plane="axial", index=22).apply(volume())
    assert run(Picture(pixels=blob((9, 9))), [CutSlice()])[1][0]["skipped"] == "it is an image already"


def test_one_slice_lies_in_the_middle():
    (only,) = cut_slices(Picture(pixels=blob((9, 9, 1)), affine=np.eye(4)), "axial", ALL)
    assert only.position == 0.5
