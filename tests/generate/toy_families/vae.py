"""A toy variational autoencoder: encoder and decoder learn together, and the decoder draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

from medcurate.generate.callbacks.monitors import Diversity
from medcurate.generate.families.options import Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Config:
    latent: Positive = 16
    width: Positive = 64
    prior_mean: float = 0.0  # may be negative


SMALL = {"latent": 3, "width": 5, "prior_mean": -0.5}


def supports(spec):
    return "images without a source and without attributes" if spec.source or spec.attributes else ""


def build_networks(config, spec):
    """Make the encoder, (image, label) to (mean, log variance), and the decoder, (latent, label) to an image."""
    import keras
    from keras import layers

    shape = (*spec.spatial, spec.target)
    image, latent, label = keras.Input(shape), keras.Input((config.latent,)), keras.Input((spec.classes,))
    labeled = layers.Concatenate() if spec.classes else lambda pair: pair[0]
    x = layers.Dense(config.width, activation="gelu")(labeled([layers.Flatten()(image), label]))
    encoder = keras.Model([image, label], [layers.Dense(config.latent)(x), layers.Dense(config.latent)(x)])
    y = layers.Dense(config.width, activation="gelu")(labeled([latent, label]))
    y = layers.Dense(math.prod(shape), activation="tanh", dtype="float32")(y)
    return {"encoder": encoder, "decoder": keras.Model([latent, label], layers.Reshape(shape)(y))}


def build(config, spec):
    import keras
    from keras import ops

    encoder, decoder = (networks := build_networks(config, spec)).values()
    both = keras.Model(encoder.inputs, [*encoder.outputs, decoder([encoder.outputs[0], encoder.inputs[1]])])

    def loss(batch, _):
        mean, log_variance = encoder([batch["target"], batch["labels"]], training=True)
        latent = mean + ops.exp(log_variance / 2) * batch["noise"]
        error = ops.mean(ops.square(decoder([latent, batch["labels"]], training=True) - batch["target"]))
        divergence = ops.mean(ops.square(mean - config.prior_mean) + ops.exp(log_variance) - 1 - log_variance)
        return error + 1e-3 * divergence, {"reconstruction_loss": error, "divergence": divergence}

    random, reads = {"noise": RandomInput((config.latent,))}, frozenset({"target", "labels"})
    player = Player(both, keras.optimizers.Adam(1e-3), loss, random, reads)
    more = {"monitors": {"diversity": Diversity}, "curves": {"distance to the prior": ("divergence",)}}
    return TrainingSetup({"vae": player}, ("vae",), build_sampler(config, spec, networks), **more)


def build_sampler(config, spec, networks=None):
    def draw(networks, batch):  # the encoder is kept, too: it finds the latent of an image
        return networks["decoder"]([batch["latent"] + config.prior_mean, batch["labels"]])

    needs = {"latent": RandomInput((config.latent,))}
    return Sampler(networks or build_networks(config, spec), needs, frozenset({"labels"}), draw)
