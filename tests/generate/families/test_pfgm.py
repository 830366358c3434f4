"""A Poisson flow beside diffusion."""

from __future__ import annotations

from dataclasses import replace

from medcurate.generate.denoising.noise import PoissonNoise
from medcurate.generate.families import diffusion, pfgm
from medcurate.learning.image_spec import ImageSpec


def test_a_poisson_flow_differs_in_its_noise_alone():
    spec = ImageSpec((32, 32))
    found, other = pfgm._method(pfgm.Config(dimensions=64), spec), diffusion.method(diffusion.Config(), spec)
    assert found.noise == PoissonNoise((32, 32, 1), 64)
    assert replace(found, noise=other.noise) == other
