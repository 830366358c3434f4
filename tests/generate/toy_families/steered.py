"""A stub of a generator that is steered by attributes: a second network measures them, and the drawing must agree.

An attribute that is not present is left to the generator: neither player is judged by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from medcurate.generate.callbacks.monitors import Diversity
from medcurate.generate.families.options import NonNegative, Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

CONDITIONS = frozenset({"attributes", "attributes_present"})


@dataclass(frozen=True, slots=True)
class Config:
    latent: Positive = 16
    learning_rate: NonNegative = 1e-3


SMALL = {"latent": 3}


def supports(spec):
    return "" if spec.attributes and not spec.source else "images with attributes"


def build_generator(config, spec):
    """Make the generator: (latent, attributes, attributes_present) to an image."""
    import keras
    from keras import layers

    shape = (*spec.spatial, spec.target)
    inputs = [keras.Input((length,)) for length in (config.latent, spec.attributes, spec.attributes)]
    x = layers.Dense(math.prod(shape), activation="tanh", dtype="float32")(layers.Concatenate()(inputs))
    return keras.Model(inputs, layers.Reshape(shape)(x))


def build(config, spec):
    """Make both players: one measures attributes in real images, one draws images in which they are measured."""
    import keras
    from keras import layers, ops

    generator = build_generator(config, spec)
    image = keras.Input((*spec.spatial, spec.target))
    regressor = keras.Model(image, layers.Dense(spec.attributes, dtype="float32")(layers.Flatten()(image)))

    def error(measured, wanted, present):
        return ops.mean(present * ops.square(measured - wanted))

    def on_regressor(batch, _):
        measured = regressor(batch["target"], training=True)
        total = error(measured, batch["attributes"], batch["attributes_present"])
        return total, {"regressor_loss": total}

    def on_generator(batch, _):
        conditions = [batch["other_attributes"], batch["other_attributes_present"]]
        total = error(regressor(generator([batch["latent"], *conditions], training=True)), *conditions)
        return total, {"generator_loss": total}

    def adam():
        return keras.optimizers.Adam(config.learning_rate)

    latent = {"latent": RandomInput((config.latent,))}
    players = {
        "regressor": Player(regressor, adam(), on_regressor, reads=CONDITIONS | {"target"}),
        "generator": Player(generator, adam(), on_generator, latent, reads_other=CONDITIONS),
    }
    return TrainingSetup(
        players, ("regressor", "generator"), build_sampler(config, spec, generator), {"diversity": Diversity}
    )


def build_sampler(config, spec, generator=None):
    def draw(networks, batch):
        return networks["generator"]([batch["latent"], batch["attributes"], batch["attributes_present"]])

    return Sampler(
        {"generator": generator or build_generator(config, spec)},
        {"latent": RandomInput((config.latent,))},
        CONDITIONS,
        draw,
    )
