from __future__ import annotations

import nibabel as nib
import nibabel.processing
import numpy as np
import pytest
import SimpleITK

from medcurate.curate.steps import Picture, Resample, ResampleSlices, run
from medcurate.errors import UsageError
from tests.curate.steps.samples import OBLIQUE, blob, labels, volume


def smooth(shape):
    """Give a picture that any sound interpolation renders well."""
    axes = np.meshgrid(*(np.linspace(0, 2, n) for n in shape), indexing="ij")
    return (100 + 50 * sum(np.sin(2 * axis + k) for k, axis in enumerate(axes))).astype(np.float32)


@pytest.mark.parametrize(("interpolation", "order"), [("linear", 1), ("cubic", 3)])
def test_finer_volumes_agree_with_nibabel(interpolation, order):
    picture = Picture(pixels=smooth((24, 30, 22)), affine=OBLIQUE)
    out = Resample(spacing_mm=0.8, interpolation=interpolation).apply(picture)
    assert out.spacing_mm == pytest.approx((0.8, 0.8, 0.8))
    expected = nib.processing.resample_from_to(
        nib.Nifti1Image(picture.pixels, OBLIQUE), (out.shape, out.affine), order=order, mode="nearest"
    ).get_fdata()
    if interpolation == "cubic":  # ours never leaves the range of the input
        assert expected.max() > picture.pixels.max()
        expected = np.clip(expected, picture.pixels.min(), picture.pixels.max())
    np.testing.assert_allclose(out.pixels, expected, atol=0.02)


def test_finer_volumes_agree_with_simpleitk():
    picture = Picture(pixels=smooth((20, 18, 16)), spacing_mm=(1.0, 1.5, 2.0))
    step = Resample(spacing_mm=0.9).measure(picture)
    out = step.apply(picture)
    image = SimpleITK.GetImageFromArray(picture.pixels)
    image.SetSpacing((2.0, 1.5, 1.0))
    grid = SimpleITK.Image(*[int(n) for n in out.shape[::-1]], SimpleITK.sitkFloat32)
    grid.SetSpacing((0.9, 0.9, 0.9))
    first = [((n - 1) * s - (m - 1) * 0.9) / 2 for n, s, m in zip(picture.shape, (1, 1.5, 2), out.shape, strict=True)]
    grid.SetOrigin(first[::-1])
    expected = SimpleITK.GetArrayFromImage(SimpleITK.Resample(image, grid, SimpleITK.Transform(), SimpleITK.sitkLinear))
    inner = tuple(slice(3, -3) for _ in out.shape)
    np.testing.assert_allclose(out.pixels[inner], expected[inner], atol=0.01)


def test_coarser_pictures_do_not_alias():
    """Stripes finer than the new pixels become gray; sampled without care they become coarse stripes."""
    columns = np.arange(120)
    stripes = np.tile(100 * (columns % 3 == 0), (120, 1)).astype(np.float32)
    out = Resample(spacing_mm=2.5).apply(Picture(pixels=stripes, spacing_mm=(1, 1)))
    assert out.pixels[5:-5, 5:-5].std() < 0.2 * stripes.std()
    assert out.pixels[5:-5, 5:-5].mean() == pytest.approx(100 / 3, abs=1)


def test_the_center_stays_and_the_spacing_is_exact():
    picture = volume()
    out = Resample(spacing_mm=1.7).apply(picture)
    assert out.spacing_mm == pytest.approx((1.7, 1.7, 1.7), abs=1e-9)
    middles = [(p.affine @ [*((np.array(p.shape) - 1) / 2), 1])[:3] for p in (picture, out)]
    np.testing.assert_allclose(*middles, atol=1e-9)
    extents = np.subtract(np.multiply(out.shape, out.spacing_mm), np.multiply(picture.shape, picture.spacing_mm))
    assert (np.abs(extents) <= 1.7 / 2 + 1e-9).all()


def test_the_default_makes_pixels_isotropic_at_the_finest_spacing():
    out = Resample().apply(Picture(pixels=blob((30, 40)), spacing_mm=(2.0, 0.5)))
    assert out.spacing_mm == (0.5, 0.5)
    assert out.shape == (120, 40)


def test_masks_go_by_nearest_neighbor_and_keep_their_volume():
    picture = Picture(
        pixels=blob((40, 40, 40)), spacing_mm=(1, 1, 1), mask=(blob((40, 40, 40)) > 50).astype(np.int16) * 5
    )
    out = Resample(spacing_mm=1.5, interpolation="cubic").apply(picture)
    assert set(np.unique(out.mask)) == {0, 5}
    assert (out.mask > 0).sum() * 1.5**3 == pytest.approx((picture.mask > 0).sum(), rel=0.05)


def test_unknown_spacing_is_recorded_as_skipped():
    out, (record,) = run(Picture(pixels=blob((20, 20))), [Resample(spacing_mm=1.0)])
    assert out.shape == (20, 20)
    assert record["skipped"] == "its spacing is unknown: the file does not state it"


def test_a_spacing_that_would_need_all_memory_is_recorded_as_skipped():
    _, (record,) = run(Picture(pixels=blob((30, 30, 30)), spacing_mm=(50, 50, 50)), [Resample(spacing_mm=0.1)])
    assert "more than" in record["skipped"]


def test_nothing_is_interpolated_where_the_spacing_is_right():
    picture = Picture(pixels=blob((20, 20)), spacing_mm=(1.0004, 0.9996))
    assert Resample(spacing_mm=1).apply(picture) is picture


@pytest.mark.parametrize(
    "settings", [{"spacing_mm": 0}, {"spacing_mm": -1}, {"spacing_mm": float("nan")}, {"interpolation": "sinc"}]
)
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(UsageError, match="received"):
        Resample(**settings)


def test_study_d_95_slices_become_64_by_the_stated_rule():
    step = ResampleSlices(count=64).measure(Picture(pixels=np.zeros((2, 2, 95))))
    assert step.slices == tuple(int((2 * i + 1) * 95 // 128) for i in range(64))
    assert step.slices[:8] == (0, 2, 3, 5, 6, 8, 9, 11)
    assert step.slices[-1] == 94
    assert len(set(step.slices)) == 64
    assert step.slices == tuple(94 - i for i in reversed(step.slices)), "the same from either end"


def test_resampled_slices_are_slices_of_the_input_and_span_the_same_height():
    picture = Picture(pixels=np.broadcast_to(np.arange(95.0), (3, 4, 95)), affine=np.eye(4), mask=labels((3, 4, 95)))
    out = ResampleSlices(count=64).apply(picture)
    assert out.pixels[0, 0].tolist() == list(ResampleSlices(count=64).measure(picture).slices)
    assert out.spacing_mm == pytest.approx((1, 1, 95 / 64))
    assert out.affine[2, 3] == pytest.approx(95 / 128 - 0.5)  # the lower edge stays at -1/2 mm


def test_more_slices_repeat_some():
    step = ResampleSlices(count=5, axis=0).measure(Picture(pixels=np.zeros((3, 4, 5))))
    assert step.slices == (0, 0, 1, 2, 2)
    with pytest.raises(UsageError, match="received 0"):
        ResampleSlices(count=0)
