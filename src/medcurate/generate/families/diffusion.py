"""Diffusion as Karras et al. (2022) set it up: a network removes noise, and images are drawn by removing all of it.

With ``flow=rectified`` it is a rectified flow (Liu et al. 2023): the same network and the same way of drawing with
other scalings and another grid of noise levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from medcurate.generate.denoising.denoiser import (
    DATA,
    Method,
    make_network,
    make_sampler,
    make_setup,
)
from medcurate.generate.denoising.noise import GaussianNoise, Noise
from medcurate.generate.denoising.preconditioning import Edm, RectifiedFlow
from medcurate.generate.families.latent_gan import square_only
from medcurate.generate.families.options import NonNegative, Positive, Range
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup
from medcurate.learning.sampler import Sampler

__all__ = ["SHAPING", "SMALL", "Config", "build", "build_sampler", "method", "supports"]


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `diffusion`.

    Attributes
    ----------
    flow : {'edm', 'rectified'}
        Scalings and noise levels.
    widths : tuple of int
        Channels of the U-Net's grids, from the finest on; multiples of 16.
    blocks : int
        Residual blocks of each grid.
    learning_rate : float
        Of Adam; it falls with the root of the steps.
    steady : int
        Steps after which the learning rate falls.
    averaged : float
        Share of the training over which the weights are averaged.
    moved : float
        Probability that an image is mirrored, shifted, zoomed or changed in brightness and contrast; drawn images
        are not.
    unconditional : float
        Share of training images whose labels and attributes are hidden.
    sampling_steps : int
        Noise levels that a drawing visits.
    guidance : float
        How strongly a drawing obeys labels and attributes; 0 as strongly as the training images do.
    solver : {'heun', 'euler'}
        Of the drawing; Heun's method asks the network twice a step.
    """

    flow: Literal["edm", "rectified"] = "edm"
    widths: tuple[int, ...] = (32, 48, 64)
    blocks: Positive = 1
    learning_rate: NonNegative = 1e-3
    steady: Positive = 2000
    averaged: Annotated[float, Range(0.01, 0.25)] = 0.1
    moved: Annotated[float, Range(0, 1)] = 0.15
    unconditional: Annotated[float, Range(0, 1)] = 0.1
    sampling_steps: Annotated[int, Range(2)] = 14
    guidance: NonNegative = 1.0
    solver: Literal["heun", "euler"] = "heun"


SMALL = {"widths": (16,), "sampling_steps": 3}
SHAPING = ("flow", "widths", "blocks")
"""Options that shape the network, or what it learns."""


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks: square 2-D images without a source are drawn, also with attributes."""
    lacking = square_only(ImageSpec(spec.spatial, spec.target, classes=spec.classes))
    return lacking or ("images without a source" if spec.source else "")


def method(config: Config, spec: ImageSpec, noise: Noise | None = None) -> Method:
    """Return how images are disturbed, learned and drawn; with Gaussian noise where none is given."""
    return Method(
        noise or GaussianNoise((*spec.spatial, spec.target)),
        Edm(DATA) if config.flow == "edm" else RectifiedFlow(),
        config.widths,
        config.blocks,
        config.learning_rate,
        config.steady,
        config.averaged,
        config.moved,
        config.unconditional,
        config.sampling_steps,
        config.guidance,
        config.solver,
    )


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make the player."""
    return make_setup(method(config, spec), spec)


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with a network of its own."""
    chosen = method(config, spec)
    return make_sampler(chosen, spec, make_network(chosen, spec))
