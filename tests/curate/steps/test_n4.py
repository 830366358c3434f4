from __future__ import annotations

import sys

import numpy as np
import pytest

from medcurate.curate.steps import N4, Picture, run
from medcurate.errors import MissingExtra, UsageError
from medcurate.phantom.fields import Grid, smooth_field


def variation(values):
    return float(values.std() / values.mean())


@pytest.fixture(scope="module")
def phantom():
    """Give a brain of two tissues shaded by the phantoms' bias field, the same unshaded, and where its white is."""
    rng = np.random.default_rng(4)
    grid = Grid((-90.0, -90.0, -90.0), (36, 40, 38), 5.0)
    x, y, z = grid.points()
    radius = np.sqrt((x / 70) ** 2 + (y / 80) ** 2 + (z / 75) ** 2) + 0.12 * smooth_field(rng, grid, 30.0)
    white, gray = radius < 0.65, (radius >= 0.65) & (radius < 1)
    even = np.where(white, 0.76, np.where(gray, 0.52, 0)) * (1 + 0.03 * rng.standard_normal(grid.shape))
    return even * np.exp(0.4 * smooth_field(rng, grid, 95.0)), even, white


def test_it_takes_the_bias_out_of_a_volume(phantom):
    shaded, even, white = phantom
    out = N4().apply(Picture(pixels=shaded, spacing_mm=(5, 5, 5)))
    before, after, without = (variation(v[white]) for v in (shaded, out.pixels, even))
    assert before > 2 * without, "the phantom must be shaded for this to test anything"
    assert after - without < 0.25 * (before - without)
    assert out.pixels[white].mean() == pytest.approx(shaded[white].mean(), rel=0.1), "brightness stays"


def test_it_takes_the_bias_out_of_a_slice(phantom):
    shaded, even, white = phantom
    k = int(white.sum((0, 1)).argmax())
    out = N4().apply(Picture(pixels=shaded[:, :, k], spacing_mm=(5, 5)))
    before, after, without = (variation(v[white[:, :, k]]) for v in (shaded[:, :, k], out.pixels, even[:, :, k]))
    assert after - without < 0.4 * (before - without)


def test_small_pictures_are_shrunk_less(rng):
    pixels = np.pad(rng.random((20, 90)) + 1, 10)
    assert N4().measure(Picture(pixels=pixels[:30])).shrunk_by == 1
    assert N4().measure(Picture(pixels=pixels)).shrunk_by == 2
    assert N4().measure(Picture(pixels=np.tile(pixels, (4, 4)))).shrunk_by == 4


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.full((20, 20), 3.0), "all its pixels are equal"),
        (np.eye(20) - 0.5, "it has negative values: N4 is for MR images as they were measured"),
        (np.eye(7), "it has a side of fewer than 8 pixels"),
    ],
)
def test_what_it_cannot_correct_is_recorded_as_skipped(pixels, reason):
    out, (record,) = run(Picture(pixels=pixels), [N4()])
    assert record["skipped"] == reason
    assert (out.pixels == pixels.astype(np.float32)).all()


def test_the_extra_is_named_where_it_is_missing(rng, monkeypatch):
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[n4\]"):
        N4().apply(Picture(pixels=np.pad(rng.random((20, 20)) + 1, 10)))


@pytest.mark.parametrize("settings", [{"shrink": 0}, {"iterations": ()}, {"iterations": (0,)}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(UsageError, match="received"):
        N4(**settings)
