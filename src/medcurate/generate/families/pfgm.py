"""PFGM++ (Xu et al. 2023): a Poisson flow in more dimensions, drawn and learned as `diffusion`, with other noise.

The number of added dimensions lies between a Poisson flow (1) and diffusion (very many). Its noise has heavier tails
where few are added, which forgives errors of the network.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from medcurate.generate.denoising.denoiser import Method, make_network, make_sampler, make_setup
from medcurate.generate.denoising.noise import PoissonNoise
from medcurate.generate.families import diffusion
from medcurate.generate.families.diffusion import supports
from medcurate.generate.families.options import Range
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup
from medcurate.learning.sampler import Sampler

__all__ = ["SHAPING", "SMALL", "Config", "build", "build_sampler", "supports"]

SMALL = {**diffusion.SMALL, "dimensions": 64}
SHAPING = diffusion.SHAPING


@dataclass(frozen=True, slots=True)
class Config(diffusion.Config):
    """Options of `pfgm`: those of `diffusion`, and one more.

    Attributes
    ----------
    dimensions : float
        How many dimensions are added to those of an image.
    flow, widths, blocks, learning_rate, steady, averaged, moved, unconditional, sampling_steps, guidance, solver
        As in `medcurate.generate.families.diffusion`.
    """

    dimensions: Annotated[float, Range(1)] = 2048


def _method(config: Config, spec: ImageSpec) -> Method:
    options: dict[str, Any] = asdict(config)
    noise = PoissonNoise((*spec.spatial, spec.target), options.pop("dimensions"))
    return diffusion.method(diffusion.Config(**options), spec, noise)


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make the player."""
    return make_setup(_method(config, spec), spec)


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with a network of its own."""
    method = _method(config, spec)
    return make_sampler(method, spec, make_network(method, spec))
