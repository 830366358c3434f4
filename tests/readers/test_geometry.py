"""Planes, obliquity and stacks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from medcurate.errors import Code, InputError
from medcurate.readers.geometry import (
    MAX_OBLIQUITY_DEG,
    check_affine,
    normal_of_iop,
    plane_of_normal,
    series_notes,
    split_stacks,
)

AXIAL = (1.0, 0, 0, 0, 1, 0)
unit = st.floats(-1, 1, allow_subnormal=False)
normals = st.tuples(unit, unit, unit).filter(lambda n: max(map(abs, n)) > 1e-3)
rotations = st.tuples(*[st.floats(-180, 180)] * 3).map(lambda a: Rotation.from_euler("xyz", a, degrees=True))


@pytest.mark.parametrize(
    ("normal", "plane"), [((0, 0, 1), "axial"), ((0, -1, 0), "coronal"), ((1, 0, 0), "sagittal"), ((0, 0, 9), "axial")]
)
def test_axes(normal, plane):
    assert plane_of_normal(normal) == (plane, 1.0, 0.0)


@pytest.mark.parametrize(("angle", "confidence"), [(0, 1), (30, 1), (40, 1), (42, 0.8), (44, 0.6), (44.9, 0.51)])
def test_bad_input_16_oblique_confidence(angle, confidence):
    radians = np.radians(angle)
    plane, sure, obliquity = plane_of_normal((0, np.sin(radians), np.cos(radians)))
    assert (plane, round(obliquity, 9)) == ("axial", angle)
    assert sure == pytest.approx(confidence)


def test_bad_input_16_double_oblique_30():
    normal = Rotation.from_euler("xy", [30, 30], degrees=True).apply([0, 0, 1])
    plane, sure, obliquity = plane_of_normal(normal)
    assert (plane, sure) == ("axial", 1.0)
    assert obliquity == pytest.approx(np.degrees(np.arccos(0.75)))  # cos 30 times cos 30


def test_worst_case_is_the_diagonal():
    _, confidence, obliquity = plane_of_normal((1, 1, 1))
    assert confidence == 0.5
    assert obliquity == pytest.approx(54.7356, abs=1e-4)


@given(normals, st.tuples(*[st.sampled_from([-1, 1])] * 3), st.floats(1e-3, 1e3))
@settings(deadline=None)
def test_signs_and_length_do_not_matter(normal, signs, length):
    first = plane_of_normal(normal)
    second = plane_of_normal(np.multiply(normal, signs) * length)
    assert first[1:] == pytest.approx(second[1:])
    assert first[0] == second[0] or first[1] < 0.51
    assert 0 <= first[2] <= MAX_OBLIQUITY_DEG
    assert 0.5 <= first[1] <= 1


@given(rotations)
@settings(deadline=None)
def test_normal_of_a_rotated_slice_is_the_rotated_normal(rotation):
    row, column, normal = rotation.apply(np.eye(3))
    np.testing.assert_allclose(normal_of_iop([*row, *column]), normal, atol=1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        [1, 0, 0],
        [0] * 6,
        [1, 0, 0, 1, 0, 0],
        [np.nan] * 6,
        [np.inf, 0, 0, 0, 1, 0],
        [1, 0, 0, 0, 5, 0],
        [1e300] * 6,
    ],
)
def test_unusable_orientation_gives_none(bad):
    assert normal_of_iop(bad) is None


@pytest.mark.parametrize("bad", [[0, 0, 0], [np.nan, 0, 1], [1, 2], [np.inf, 0, 0]])
def test_unusable_normal_is_refused(bad):
    with pytest.raises(ValueError, match="3 finite numbers, not all zero"):
        plane_of_normal(bad)


@given(rotations, st.tuples(*[st.floats(0.01, 100)] * 3))
@settings(deadline=None)
def test_every_scaled_rotation_is_a_good_affine(rotation, sizes):
    affine = np.eye(4)
    affine[:3, :3] = rotation.as_matrix() * sizes
    affine[:3, 3] = 1e3
    check_affine(affine)


def _affine(**entries: float):
    affine = np.eye(4)
    for name, value in entries.items():
        affine[int(name[1]), int(name[2])] = value
    return affine


@pytest.mark.parametrize(
    "affine",
    [
        np.eye(3), _affine(a00=np.nan), _affine(a03=np.inf), _affine(a00=0), _affine(a33=0), _affine(a30=1),
        _affine(a00=1e-9), _affine(a00=1e9), _affine(a01=1, a11=0), np.zeros((4, 4)),
    ],
)  # fmt: skip
def test_bad_input_36_bad_affine(affine):
    with pytest.raises(InputError, match="affine: expected") as caught:
        check_affine(affine)
    assert caught.value.code is Code.BAD_AFFINE


def _stack(count=10, gap=3.0, lean_deg=0.0):
    heights = np.arange(count) * gap
    return np.stack([np.zeros(count), heights * np.tan(np.radians(lean_deg)), heights], axis=1)


def test_regular_stack_has_no_notes(rng):
    points = _stack() + rng.normal(0, 1e-3, (10, 3))
    assert series_notes(rng.permutation(points), AXIAL, 3.0) == ()
    assert series_notes(points[:1], AXIAL) == ()
    assert series_notes(points, [0] * 6) == ()


@pytest.mark.parametrize("lean", [-20, 2, 15])
def test_bad_input_17_gantry_tilt(rng, lean):
    assert series_notes(rng.permutation(_stack(lean_deg=lean)), AXIAL) == (Code.GEOM_SHEAR,)


def test_bad_input_18_missing_slice_and_every_second_missing():
    assert series_notes(np.delete(_stack(), 4, axis=0), AXIAL) == (Code.GEOM_GAP,)
    assert series_notes(_stack()[::2], AXIAL, 3.0) == (Code.GEOM_GAP,)
    assert series_notes(_stack()[::2], AXIAL) == ()


@given(rotations)
@settings(deadline=None, max_examples=30)
def test_stack_notes_do_not_depend_on_orientation(rotation):
    axes = np.concatenate(rotation.apply(np.eye(3)[:2]))
    assert series_notes(rotation.apply(_stack()), axes) == ()
    assert series_notes(rotation.apply(_stack(lean_deg=10)), axes) == (Code.GEOM_SHEAR,)
    assert series_notes(rotation.apply(np.delete(_stack(), 3, axis=0)), axes) == (Code.GEOM_GAP,)


def test_bad_input_19_two_acquisitions_are_split_not_interleaved(rng):
    points = np.concatenate([_stack(), _stack()])
    keys = ["1"] * 10 + ["2"] * 10
    order = rng.permutation(20)
    split = split_stacks(points[order], [AXIAL] * 20, [keys[i] for i in order])
    for number in (0, 1):
        members = order[split == number]
        assert len(members) == 10
        assert len({keys[i] for i in members}) == 1
        assert series_notes(points[members], AXIAL) == ()


def test_acquisition_number_that_counts_slices_makes_one_stack():
    assert split_stacks(_stack(), [AXIAL] * 10, list(range(10))).tolist() == [0] * 10


def test_repeats_without_keys_are_dealt_out_in_order():
    assert split_stacks(np.repeat(_stack(2), 2, axis=0), [AXIAL] * 4).tolist() == [0, 1, 0, 1]


def test_localizer_is_split_by_orientation():
    assert split_stacks(_stack(3), [AXIAL, (0, 1, 0, 0, 0, -1), AXIAL]).tolist() == [0, 1, 0]
