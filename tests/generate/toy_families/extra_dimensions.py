"""A stub after PFGM++ (Xu et al. 2023): the data get D extra dimensions, in which their perturbation is drawn.

A direction in all dimensions, scaled to radius `scale` * sqrt(D) in the extra ones, is a sample of its perturbation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from medcurate.generate.families.options import NonNegative, Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Config:
    extra: Positive = 128
    P_mean: float = -1.2
    P_std: NonNegative = 1.2
    largest: NonNegative = 5.0


SMALL = {"extra": 4, "P_mean": -0.7}


def supports(spec):
    return "images without conditions" if spec.source or spec.attributes or spec.classes else ""


def random_inputs(config, spec):
    """Return a direction: its part among the data, and its part in the extra dimensions."""
    return {"noise": RandomInput((*spec.spatial, spec.target)), "extra": RandomInput((config.extra,))}


def perturbation(config, spec, batch, scale):
    """Return noise of this scale; with D to infinity it is normal, with D = 1 it has the tails of PFGM."""
    from keras import ops

    radius = ops.sqrt(ops.sum(ops.square(batch["extra"]), axis=1))
    size = ops.reshape(scale * math.sqrt(config.extra) / radius, (-1,) + (1,) * (len(spec.spatial) + 1))
    return size * batch["noise"]


def build_denoiser(spec):
    """Make a stub of a denoiser: one convolution."""
    import keras
    from keras import layers

    image = keras.Input((*spec.spatial, spec.target))
    convolution = layers.Conv2D if len(spec.spatial) == 2 else layers.Conv3D
    return keras.Model(image, convolution(spec.target, 3, padding="same", activation="tanh", dtype="float32")(image))


def build(config, spec):
    import keras
    from keras import ops

    network = build_denoiser(spec)

    def loss(batch, _):
        scale = ops.exp(config.P_mean + config.P_std * batch["scale"][:, 0])
        noisy = batch["target"] + perturbation(config, spec, batch, scale)
        total = ops.mean(ops.square(network(noisy, training=True) - batch["target"]))
        return total, {"denoising_loss": total}

    random = {**random_inputs(config, spec), "scale": RandomInput((1,))}
    player = Player(network, keras.optimizers.Adam(1e-3), loss, random, frozenset({"target"}))
    return TrainingSetup({"denoiser": player}, ("denoiser",), build_sampler(config, spec, network))


def build_sampler(config, spec, network=None):
    """Denoise a perturbation of the largest scale."""

    def draw(networks, batch):
        return networks["denoiser"](perturbation(config, spec, batch, config.largest))

    return Sampler({"denoiser": network or build_denoiser(spec)}, random_inputs(config, spec), frozenset(), draw)
