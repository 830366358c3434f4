"""What a denoising family trains and how it draws, for any noise and any preconditioning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from medcurate.generate.callbacks.average import power_function
from medcurate.generate.callbacks.monitors import Diversity
from medcurate.generate.denoising import moves
from medcurate.generate.denoising.network import build_network
from medcurate.generate.denoising.noise import Noise
from medcurate.generate.denoising.preconditioning import Preconditioning
from medcurate.generate.denoising.solver import Solver, follow
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import Batch, InputGradient, Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

Tensor = Any

DATA = 0.5
"""Deviation of the numbers that the network sees: images are shifted and scaled to it."""
_LEAST, _MOST = 0.002, 80.0
_WARM_UP = 100


@dataclass(frozen=True, slots=True)
class Method:
    """How images are disturbed, learned and drawn.

    Attributes
    ----------
    noise : Noise
    preconditioning : Preconditioning
    widths : tuple of int
    blocks : int
        See `build_network`.
    learning_rate : float
        Of Adam, the highest; it falls as 1 / sqrt(steps) after `steady` steps.
    steady : int
    averaged : float
        Width of the average of the weights, see `power_function`.
    moved : float
        Probability of each change by augmentation.
    unconditional : float
        Share of examples whose condition is hidden, so that the network also learns to do without.
    steps : int
        Levels that a drawing visits.
    guidance : float
        How far a drawing goes beyond the conditional guess, away from the unconditional one; 0 for the guess itself.
    solver : {'heun', 'euler'}
    """

    noise: Noise
    preconditioning: Preconditioning
    widths: tuple[int, ...]
    blocks: int
    learning_rate: float
    steady: int
    averaged: float
    moved: float
    unconditional: float
    steps: int
    guidance: float
    solver: Solver


def condition_length(spec: ImageSpec) -> int:
    """Return the length of the condition: labels, attributes, and whether each attribute is known."""
    return spec.classes + 2 * spec.attributes


def make_network(method: Method, spec: ImageSpec) -> Any:
    """Make the network, untrained."""
    return build_network(spec.spatial[0], spec.target, condition_length(spec), method.widths, method.blocks)


def make_sampler(method: Method, spec: ImageSpec, network: Any) -> Sampler:
    """Return the sampler of a network."""
    return Sampler({"denoiser": network}, method.noise.needs(), _reads(spec), partial(_draw, method, spec))


def make_setup(method: Method, spec: ImageSpec) -> TrainingSetup:
    """Make the one player."""
    import keras

    network = make_network(method, spec)
    random = {
        **method.noise.needs(),
        "level": RandomInput((1,)),
        "move": moves.NUMBERS,
        "hide": RandomInput((1,), "uniform"),
    }
    player = Player(
        network,
        keras.optimizers.Adam(_rate(method.learning_rate, method.steady), beta_2=0.99, global_clipnorm=1.0),
        partial(_loss, method, spec, network),
        random,
        reads=frozenset({"target"}) | _reads(spec),
    )
    return TrainingSetup(
        {"denoiser": player},
        ("denoiser",),
        make_sampler(method, spec, network),
        monitors={"diversity": Diversity},
        hints={"lost-diversity": "Train longer, or lower --set guidance"},
        average=partial(power_function, method.averaged),
        grid_images=32,
        measured_images=128,
    )


def _rate(highest: float, steady: int) -> Any:
    """Return the learning rate: it rises for 100 steps, stays, and falls with the root of the steps.

    It needs no last step, so that a training can be stopped by time and continued.
    """
    import keras
    from keras import ops

    class Rate(keras.optimizers.schedules.LearningRateSchedule):  # a class here, as Keras is loaded late
        def __call__(self, step: Tensor) -> Tensor:
            done = ops.cast(step, "float32") + 1.0
            falling = ops.sqrt(float(steady) / ops.maximum(done, float(steady)))
            return highest * ops.minimum(done / _WARM_UP, 1.0) * falling

        def get_config(self) -> dict[str, Any]:
            return {}

    return Rate()


def _reads(spec: ImageSpec) -> frozenset[str]:
    attributes = {"attributes", "attributes_present"} if spec.attributes else set()
    return frozenset({"labels"} | attributes)


def _condition(spec: ImageSpec, batch: Mapping[str, Tensor]) -> Tensor:
    """Return labels and attributes as the network reads them: unknown values are 0, known ones around 0."""
    from keras import ops

    if not spec.attributes:
        return batch["labels"]
    scales = np.array(spec.attribute_scales or [(0.0, 1.0)] * spec.attributes, np.float32)
    present = batch["attributes_present"]
    values = (batch["attributes"] - scales[:, 0]) / scales[:, 1] * present
    return ops.concatenate([batch["labels"], values, present], axis=-1)


def _loss(
    method: Method, spec: ImageSpec, network: Any, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the mean squared error of what the network is to learn, see `preconditioning`."""
    from keras import ops

    images, told = moves.moved(batch["target"], batch["move"], method.moved)
    images = (images - spec.pixels.mean) * (DATA / spec.pixels.deviation)
    shown = ops.cast(batch["hide"] >= method.unconditional, "float32")
    sigma = ops.reshape(method.preconditioning.learned(batch["level"]), (-1, 1, 1, 1))
    noisy = images + method.noise.at(batch, sigma)
    scales = method.preconditioning.scales(sigma)
    given = _condition(spec, batch) * shown
    found = network([scales.given * noisy, ops.reshape(scales.feature, (-1, 1)), told, given], training=True)
    total = ops.mean(ops.square(found - (images - scales.skip * noisy) / scales.out))
    return total, {"denoising_loss": total}


def _draw(method: Method, spec: ImageSpec, networks: Mapping[str, Any], batch: Mapping[str, Tensor]) -> Tensor:
    """Draw images: follow the flow down to the lowest level, and take the guess there."""
    from keras import ops

    network, given = networks["denoiser"], _condition(spec, batch)
    guided = method.guidance > 0 and condition_length(spec) > 0

    def denoiser(x: Tensor, sigma: Tensor) -> Tensor:
        images = ops.concatenate([x, x]) if guided else x
        asked = ops.concatenate([given, ops.zeros_like(given)]) if guided else given
        unmoved = ops.repeat(ops.zeros_like(images[:, 0, 0, :1]), moves.TOLD, axis=-1)
        scales = method.preconditioning.scales(ops.ones_like(images[:, :1, :1, :1]) * sigma)
        feature = ops.reshape(scales.feature, (-1, 1))
        found = scales.skip * images + scales.out * network([scales.given * images, feature, unmoved, asked])
        if not guided:
            return found
        with_condition, without = ops.split(found, 2)
        return with_condition + method.guidance * (with_condition - without)

    sigmas = method.preconditioning.visited(method.steps, _LEAST, _MOST)
    x = follow(denoiser, method.noise.at(batch, float(sigmas[0])), sigmas, method.solver)
    image = denoiser(x, ops.convert_to_tensor(float(sigmas[-1]), dtype=x.dtype))
    return ops.clip(image * (spec.pixels.deviation / DATA) + spec.pixels.mean, -1.0, 1.0)
