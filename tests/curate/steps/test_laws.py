"""What holds for every step."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medcurate.curate import steps
from medcurate.curate.steps.running import STEPS as REGISTERED
from tests.curate.steps.samples import GEOMETRY, INTENSITY, PICTURES, STEPS, image, volume

cases = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
# These cut or change again, by their nature: the records of before keep them from it, see test_running.
NOT_TWICE = {"crop_ends", "n4", "nyul"}
# Statistics of the output are 0 and 1 only as exactly as floating point has it.
NEARLY_TWICE = {"zscore", "whitestripe"}


def test_every_registered_step_is_under_these_laws():
    assert {step.name for step in STEPS.values()} == set(REGISTERED)


def test_the_samples_make_every_step_work_and_not_only_skip():
    for name, step in STEPS.items():
        done = [step.measure(picture) for picture in PICTURES.values()]
        assert any(one.skipped is None for one in done), name


def same(one, other):
    assert one.pixels.dtype == other.pixels.dtype == np.float32
    assert one.pixels.shape == other.pixels.shape
    assert one.pixels.tobytes() == other.pixels.tobytes()
    assert (one.mask is None) == (other.mask is None)
    assert one.mask is None or (one.mask.tobytes() == other.mask.tobytes() and one.mask.dtype == other.mask.dtype)
    assert (one.affine is None) == (other.affine is None)
    assert one.affine is None or (one.affine == other.affine).all()
    for name in ("spacing_mm", "plane", "contrast", "value_range"):
        assert getattr(one, name) == getattr(other, name)


@cases
def test_a_picture_stays_consistent_and_finite(step):
    for picture in PICTURES.values():
        out = step.apply(picture)  # Picture itself checks shapes, affine against spacing, and that all is finite
        assert (out.affine is None) == (picture.affine is None)
        assert (out.spacing_mm is None) == (picture.spacing_mm is None)
        assert (out.mask is None) == (picture.mask is None)
        if out.mask is not None:
            assert out.mask.dtype == picture.mask.dtype
            assert set(np.unique(out.mask)) <= set(np.unique(picture.mask))
        if out.value_range is not None:
            assert out.value_range[0] <= out.pixels.min() <= out.pixels.max() <= out.value_range[1]


@cases
def test_the_input_is_not_changed(step):
    for picture in PICTURES.values():
        before = picture.pixels.copy(), None if picture.mask is None else picture.mask.copy()
        out = step.apply(picture)
        assert (picture.pixels == before[0]).all()
        assert before[1] is None or (picture.mask == before[1]).all()
        with pytest.raises(ValueError, match="read-only"):
            out.pixels[...] = 0


@cases
def test_a_record_goes_through_json_and_gives_the_same_bytes(step):
    for picture in PICTURES.values():
        out, (record,) = steps.run(picture, [step])
        stored = json.loads(json.dumps(record, allow_nan=False))
        assert stored == record
        assert record["step"] == step.name
        again = steps.from_record(stored)
        same(again.apply(picture), out)
        assert again.record() == record
        assert step.record()["measured"] == {}, "a step does not change by being applied"


@cases
def test_the_same_picture_gives_the_same_bytes(step):
    for picture in PICTURES.values():
        same(step.apply(picture), step.apply(picture.replace(pixels=np.asfortranarray(picture.pixels))))


@pytest.mark.parametrize("step", [step for step in STEPS.values() if step.name not in NOT_TWICE], ids=str)
def test_twice_is_once(step):
    for picture in PICTURES.values():
        once = step.apply(picture)
        twice = step.apply(once)
        if step.name in NEARLY_TWICE:
            spread = max(1.0, float(np.abs(once.pixels).max()))
            np.testing.assert_allclose(twice.pixels, once.pixels, atol=1e-4 * spread)
        else:
            same(twice, once)


@cases
def test_steps_with_the_same_settings_are_equal_and_hash(step):
    assert steps.from_record(step.record()) == step
    assert hash(step) == hash(steps.from_record(step.record()))


@pytest.mark.parametrize("step", INTENSITY.values(), ids=INTENSITY)
def test_intensity_steps_leave_grid_and_mask_alone(step):
    for picture in PICTURES.values():
        assert step.kind == "intensity"
        out = step.apply(picture)
        assert out.shape == picture.shape
        assert out.spacing_mm == picture.spacing_mm
        assert out.affine is None or (out.affine == picture.affine).all()
        assert out.mask is None or (out.mask == picture.mask).all()


@pytest.mark.parametrize("step", [INTENSITY[name] for name in INTENSITY if name != "n4"], ids=lambda step: step.name)
def test_intensity_steps_keep_the_order_of_values(step):
    """Darker never becomes brighter (N4 alone depends on the place)."""
    for picture in PICTURES.values():
        out = step.apply(picture)
        order = np.argsort(picture.pixels, axis=None, kind="stable")
        assert (np.diff(out.pixels.ravel()[order]) >= -1e-5 * max(1, np.abs(out.pixels).max())).all()


@pytest.mark.parametrize("step", GEOMETRY.values(), ids=GEOMETRY)
def test_geometry_steps_make_no_new_values(step):
    for picture in PICTURES.values():
        assert step.kind == "geometry"
        out = step.apply(picture)
        assert out.value_range == picture.value_range
        low, high = float(picture.pixels.min()), float(picture.pixels.max())
        fill = getattr(step, "value", None)
        tolerance = 1e-5 * max(abs(low), abs(high))
        assert out.pixels.min() >= min(low, low if fill is None else fill) - tolerance
        assert out.pixels.max() <= max(high, high if fill is None else fill) + tolerance


CHANGE_WHAT_IS_SEEN = {"crop_ends", "cut_slice", "pad to a side"}


def coordinates(affine, shape):
    """Give three volumes, in which each voxel holds its own x, y and z (mm)."""
    indices = np.stack([*np.meshgrid(*map(np.arange, shape), indexing="ij"), np.ones(shape)], -1)
    return np.moveaxis((indices @ affine.T)[..., :3], -1, 0)


@pytest.mark.parametrize("name", ["shuffled volume", "volume", "image with affine"])
@pytest.mark.parametrize("step", GEOMETRY.values(), ids=GEOMETRY)
def test_every_pixel_stays_where_it_is_in_the_patient(step, name):
    """Coordinates, drawn as pictures, come out as what the new affine says of the new pixels."""
    picture = PICTURES[name]
    measured = step.measure(picture)
    shape = (*picture.shape, 1)[:3]
    for axis, drawn in enumerate(coordinates(picture.affine, shape)):
        out = measured.apply(picture.replace(pixels=drawn.reshape(picture.shape), mask=None))
        expected = coordinates(out.affine, (*out.shape, 1)[:3])[axis].reshape(out.shape)
        inner = np.ones(out.shape, np.bool_)
        if step.name in ("resample", "resize"):  # beyond the first and last center, the border goes on
            inner = _within(out.shape, [n // 4 for n in out.shape], [n // 4 for n in out.shape])
        elif step.name == "pad":
            inner = _within(out.shape, measured.before, measured.after)
        # nearest neighbors stand for a place within half a slice
        half_slice = 0.51 * max(picture.spacing_mm) if step.name == "resample_slices" else 0.05
        assert np.abs(out.pixels - expected)[inner].max() <= half_slice


def _within(shape, before, after):
    inner = np.zeros(shape, np.bool_)
    inner[tuple(slice(b, n - a) for b, a, n in zip(before, after, shape, strict=True))] = True
    return inner


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    axes=st.permutations([0, 1, 2]),
    flips=st.tuples(*[st.booleans()] * 3),
    spacing=st.tuples(*[st.floats(0.6, 2.4)] * 3),
    place=st.tuples(*[st.integers(9, 20)] * 3),
    step=st.sampled_from([GEOMETRY[name] for name in GEOMETRY if name not in CHANGE_WHAT_IS_SEEN]),
)
def test_a_landmark_keeps_its_place_however_the_volume_is_stored(axes, flips, spacing, place, step):
    """The center of a bright ball, weighted by brightness, is found at the same millimeters before and after."""
    shape = (30, 31, 32)
    affine = np.diag([*(-s if flip else s for s, flip in zip(spacing, flips, strict=True)), 1.0])[:, [*axes, 3]]
    affine[:3, 3] = (-12, 7, 31)
    distance = sum((axis - p) ** 2 for axis, p in zip(np.indices(shape), place, strict=True))
    picture = steps.Picture(pixels=100 * np.exp(-distance / 9), affine=affine, mask=(distance < 20).astype(np.uint8))
    out = step.apply(picture)
    center = (affine @ [*place, 1])[:3]
    tolerance = 0.6 * max(spacing) if step.name == "resample_slices" else 0.05 * max(spacing)
    np.testing.assert_allclose(_center(out, out.pixels.astype(float) ** 2), center, atol=tolerance)
    np.testing.assert_allclose(_center(out, out.mask.astype(float)), center, atol=0.6 * max(*spacing, *out.spacing_mm))


def _center(picture, weight):
    indices = np.array([(axis * weight).sum() / weight.sum() for axis in np.indices(picture.shape)])
    return (picture.affine @ [*indices, 1])[:3]


@pytest.mark.parametrize("step", GEOMETRY.values(), ids=GEOMETRY)
@pytest.mark.parametrize("make", [image, volume])
def test_mask_and_image_stay_aligned(step, make):
    """Where the mask is drawn into the image, it is found under the mask afterwards."""
    picture = make()
    mask = np.zeros(picture.shape, np.uint8)
    mask[tuple(slice(n // 2 - 8, n // 2 + 8) for n in picture.shape)] = 3
    drawn = picture.replace(pixels=np.where(mask > 0, 200.0, 10.0), mask=mask)
    out = step.measure(picture).apply(drawn)
    differ = (out.pixels > 105) != (out.mask > 0)
    # an edge that is interpolated may fall one pixel off the nearest neighbor's
    edge = sum(np.abs(np.diff(out.mask.astype(int), axis=axis)).astype(bool).sum() for axis in range(out.pixels.ndim))
    assert differ.sum() <= (0.55 * edge if step.name in ("resample", "resize") else 0)
    if step.name != "cut_slice":
        assert (out.mask > 0).any()
