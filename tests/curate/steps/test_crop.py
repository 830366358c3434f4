from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.steps import CropEnds, CropForeground, Picture, run
from medcurate.errors import UsageError
from tests.curate.steps.samples import OBLIQUE, blob, volume


def test_the_margin_is_a_part_of_the_foreground():
    pixels = np.zeros((100, 100))
    pixels[30:70, 40:60] = 100
    assert CropForeground(margin=0).apply(Picture(pixels=pixels)).shape == (40, 20)
    assert CropForeground(margin=0.25).apply(Picture(pixels=pixels)).shape == (60, 40)


def test_a_margin_ends_at_the_border():
    pixels = np.zeros((100, 100))
    pixels[:50, 40:60] = 100
    step = CropForeground(margin=0.1).measure(Picture(pixels=pixels))
    assert step.box == ((0, 55), (35, 65))


def test_the_mask_is_never_cropped_into():
    picture = Picture(pixels=blob((80, 80)), mask=np.zeros((80, 80), np.uint8))
    mask = picture.mask.copy()
    mask[2, 77] = 1
    out = CropForeground().apply(picture.replace(mask=mask))
    assert out.mask.sum() == 1
    assert CropForeground().apply(picture).mask.shape < out.mask.shape


@settings(deadline=None, max_examples=60)
@given(
    center=st.tuples(st.floats(0.3, 0.7), st.floats(0.3, 0.7)),
    radius=st.floats(0.05, 0.6),
    margin=st.floats(0, 0.3),
    seed=st.integers(0, 99),
    noise=st.floats(0, 40),
)
def test_cropping_twice_is_cropping_once(center, radius, margin, seed, noise):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:90, :70] / 90
    inside = np.hypot(rows - center[0], columns - center[1]) < radius
    picture = Picture(pixels=inside * (80 + 60 * rows) + noise * rng.random(inside.shape))
    step = CropForeground(margin=margin)
    once = step.apply(picture)
    assert step.apply(once) is once or step.apply(once).shape == once.shape


def test_a_picture_without_foreground_is_left_alone():
    out, (record,) = run(Picture(pixels=np.zeros((9, 9))), [CropForeground()])
    assert out.shape == (9, 9)
    assert record["skipped"] == "no foreground was found"


def test_merging_keeps_the_foreground_of_all():
    steps = [CropForeground(box=((2, 8), (3, 9))), CropForeground(box=((4, 10), (1, 5)))]
    assert steps[0].merge(steps).box == ((2, 10), (1, 9))


def test_merging_cuts_nothing_where_one_has_no_foreground():
    skipped = CropForeground(skipped="no foreground was found")
    assert CropForeground(box=((2, 8), (3, 9))).merge([CropForeground(box=((2, 8), (3, 9))), skipped]) == skipped


def test_ends_are_cut_off_the_axis_along_the_body():
    picture = volume(OBLIQUE[:, [2, 0, 1, 3]], (22, 24, 30))  # its first axis runs toward the head
    out = CropEnds(count=5).apply(picture)
    assert out.shape == (12, 24, 30)
    assert (out.pixels == picture.pixels[5:-5]).all()
    np.testing.assert_allclose(out.affine[:3, 3], (picture.affine @ [5, 0, 0, 1])[:3])


@pytest.mark.parametrize(
    ("axis", "shape"), [(0, (14, 30, 22)), (1, (24, 20, 22)), (2, (24, 30, 12)), (None, (24, 30, 12))]
)
def test_ends_of_a_named_axis_or_the_last(axis, shape):
    assert CropEnds(count=5, axis=axis).apply(volume(None)).shape == shape


def test_too_few_slices_are_left_alone():
    out, (record,) = run(volume(None), [CropEnds(count=11)])
    assert out.shape == (24, 30, 22)
    assert record["skipped"] == "22 slices are too few to remove 11 at each end"


@pytest.mark.parametrize("make", [lambda: CropForeground(margin=-1), lambda: CropEnds(count=-1)])
def test_settings_that_mean_nothing_are_refused(make):
    with pytest.raises(UsageError, match="received -1"):
        make()


def test_an_axis_that_is_none_is_refused():
    with pytest.raises(UsageError, match="axis: expected 0, 1 or 2"):
        CropEnds(axis=3).apply(volume(None))
