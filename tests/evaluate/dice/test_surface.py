"""Hausdorff and surface distances agree with MONAI, with SimpleITK's distance maps and with all pairs of points."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import cdist

from medcurate.errors import UsageError
from medcurate.evaluate.dice.surface import surface_distances, surface_points
from tests.evaluate.dice.mask_samples import PAIRS, ellipsoid

# compute_hausdorff_distance (percentile 95 and None) and compute_average_surface_distance (symmetric=True) of MONAI
# 1.6.1 with PyTorch 2.13.0, include_background=True, spacing given, on the same masks (float32: 7 digits)
MONAI = {
    "2-D, shifted": (6.40312433, 6.70820379, 3.65615916),
    "2-D, a part far away": (31.8674755, 32.4721413, 6.13344574),
    "2-D, at the border, with a hole": (13.2966185, 18.28125, 4.73029375),
    "3-D, anisotropic": (5.24253941, 7.34846926, 1.66513288),
    "3-D, apart": (21.5657082, 23.3452358, 14.871748),
    "3-D, the same": (0.0, 0.0, 0.0),
}
SHAPES = st.sampled_from([(6, 7), (1, 5), (4, 3, 5)])


@st.composite
def pairs(draw):
    shape = draw(SHAPES)
    spacing = draw(st.tuples(*[st.floats(0.25, 4)] * len(shape)))
    masks = [draw(hnp.arrays(np.bool_, shape).filter(np.any)) for _ in range(2)]
    return masks[0], masks[1], spacing


@pytest.mark.parametrize("name", PAIRS)
def test_monai_gives_the_same(name):
    found, expected, spacing = PAIRS[name]

    result = surface_distances(found, expected, spacing_mm=spacing)

    ours = result.hausdorff(95), result.hausdorff(100), result.average()
    assert ours == pytest.approx(MONAI[name], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_simpleitk_gives_the_same_distances(name):
    itk = pytest.importorskip("SimpleITK")
    found, expected, spacing = PAIRS[name]
    contours = []
    for mask in (found, expected):
        image = itk.GetImageFromArray(np.pad(mask, 1).astype(np.uint8))
        image.SetSpacing(spacing[::-1])
        contours.append(itk.LabelContour(image, fullyConnected=False))
    maps = [itk.Abs(itk.SignedMaurerDistanceMap(contour, False, False, True)) for contour in contours]
    inside = [itk.GetArrayFromImage(contour) > 0 for contour in contours]

    result = surface_distances(found, expected, spacing_mm=spacing)

    for ours, peer, where in (
        (result.from_found, maps[1], inside[0]),
        (result.from_expected, maps[0], inside[1]),
    ):
        # Its maps are float32 and roots of sums: where ours is 0, some of theirs are 2e-6.
        assert ours == pytest.approx(itk.GetArrayFromImage(peer)[where], rel=1e-6, abs=4e-6)


@settings(deadline=None, max_examples=80)
@given(pairs())
def test_all_pairs_of_points_give_the_same(pair):
    found, expected, spacing = pair
    first, second = (surface_points(mask) * np.array(spacing) for mask in (found, expected))
    away = cdist(first, second)

    result = surface_distances(found, expected, spacing_mm=spacing)

    assert result.from_found == pytest.approx(away.min(axis=1), abs=1e-9)
    assert result.from_expected == pytest.approx(away.min(axis=0), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(pairs())
def test_the_surface_is_what_has_a_face_outside(pair):
    mask = pair[0]
    padded = np.pad(mask, 1)
    outside = np.zeros(padded.shape, bool)
    for axis in range(mask.ndim):
        for step in (-1, 1):
            outside |= ~np.roll(padded, step, axis)
    expected = np.argwhere((padded & outside)[(slice(1, -1),) * mask.ndim])

    assert np.array_equal(surface_points(mask), expected)


def test_a_shift_is_as_far_as_its_millimeters():
    square = np.zeros((20, 20), bool)
    square[4:9, 4:9] = True

    result = surface_distances(np.roll(square, 7, 1), square, spacing_mm=(1, 1.5))

    assert result.hausdorff(100) == 10.5
    assert surface_distances(square, square).average() == 0


def test_empty_masks_have_no_distance_or_an_infinite_one():
    empty, some = np.zeros((4, 4), bool), np.eye(4, dtype=bool)

    assert np.isnan(surface_distances(empty, empty).hausdorff())
    assert np.isnan(surface_distances(empty, empty).average())
    for result in (surface_distances(empty, some), surface_distances(some, empty)):
        assert result.hausdorff() == np.inf
        assert result.average() == np.inf


def test_memory_grows_with_the_surface_and_not_with_the_image():
    def peak(size: int) -> int:
        ball = ellipsoid((size,) * 3, (30, 30, 30), (12, 12, 12))
        moved = np.roll(ball, 3, 0)
        tracemalloc.start()
        surface_distances(ball, moved)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(160) < peak(64) + 160**3 / 10  # a distance transform would take eight bytes a voxel


@pytest.mark.parametrize("spacing", [(1.0,), (1.0, 0.0), (1.0, np.nan), (1.0, -2.0)])
def test_impossible_spacings_are_refused(spacing):
    with pytest.raises(UsageError, match="spacing_mm: expected 2 numbers above 0"):
        surface_distances(np.eye(3, dtype=bool), np.eye(3, dtype=bool), spacing_mm=spacing)


def test_an_impossible_percentile_is_refused():
    with pytest.raises(UsageError, match=r"percentile: expected a number in \[0, 100\], received 101"):
        surface_distances(np.eye(3, dtype=bool), np.eye(3, dtype=bool)).hausdorff(101)
