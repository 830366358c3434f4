"""The families that remove noise: what they draw, and how their options reach the method."""

from __future__ import annotations

import pytest

from medcurate.generate.denoising.noise import GaussianNoise
from medcurate.generate.denoising.preconditioning import Edm, RectifiedFlow
from medcurate.generate.families import diffusion
from medcurate.learning.image_spec import ImageSpec


@pytest.mark.parametrize(("flow", "kind"), [("edm", Edm), ("rectified", RectifiedFlow)])
def test_the_flow_chooses_the_scalings(flow, kind):
    found = diffusion.method(diffusion.Config(flow=flow), ImageSpec((32, 32), target=2))
    assert isinstance(found.preconditioning, kind)
    assert found.noise == GaussianNoise((32, 32, 2))
    assert (found.steps, found.guidance, found.solver) == (14, 1.0, "heun")


@pytest.mark.parametrize(
    ("spec", "lacking"),
    [
        (ImageSpec((64, 64), attributes=3, classes=2), ""),
        (ImageSpec((64, 64), source=1), "without a source"),
        (ImageSpec((48, 48)), "power of two"),
        (ImageSpec((32, 32, 32)), "2-D"),
    ],
)
def test_square_slices_are_drawn(spec, lacking):
    assert lacking in diffusion.supports(spec)
    assert bool(diffusion.supports(spec)) == bool(lacking)
