"""A toy image-to-image GAN in 3-D: it draws a volume of one contrast from that of another."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.generate.families import augmentation
from medcurate.generate.families.losses import adversarial_loss
from medcurate.generate.families.options import Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Config:
    width: Positive = 16


SMALL = {"width": 3}


def supports(spec):
    return "" if len(spec.spatial) == 3 and spec.source and not spec.attributes else "volumes from source volumes"


def build_generator(config, spec):
    import keras
    from keras import layers

    source = keras.Input((*spec.spatial, spec.source))
    x = layers.Conv3D(config.width, 3, padding="same", activation="relu")(source)
    return keras.Model(source, layers.Conv3D(spec.target, 3, padding="same", activation="tanh", dtype="float32")(x))


def build(config, spec):
    import keras
    from keras import layers, ops

    generator, gan = build_generator(config, spec), adversarial_loss("hinge")
    source, target = (keras.Input((*spec.spatial, count)) for count in (spec.source, spec.target))
    x = layers.Conv3D(config.width, 3, padding="same")(layers.Concatenate()([source, target]))
    discriminator = keras.Model([source, target], layers.Conv3D(1, 3, dtype="float32")(layers.LeakyReLU()(x)))

    def judge(batch, target, training):  # both are moved alike; the source is a map and keeps its values
        pair = spec.augment({"source": batch["source"], "target": target}, batch["change"], maps=("source",))
        return discriminator([pair["source"], pair["target"]], training=training)

    def on_discriminator(batch, _):
        fake = ops.stop_gradient(generator(batch["source"]))
        total = gan.discriminator(judge(batch, batch["target"], True), judge(batch, fake, True))
        return total, {"discriminator_loss": total}

    def on_generator(batch, _):
        fake = generator(batch["source"], training=True)
        error = ops.mean(ops.abs(fake - batch["target"]))
        return gan.generator(judge(batch, fake, False)) + 10 * error, {"mean_absolute_error": error}

    def player(network, loss):
        random, reads = {"change": augmentation.needed(spec)}, frozenset({"source", "target"})
        return Player(network, keras.optimizers.Adam(2e-4), loss, random, reads)

    players = {"discriminator": player(discriminator, on_discriminator), "generator": player(generator, on_generator)}
    return TrainingSetup(players, tuple(players), build_sampler(config, spec, generator), grid_images=8)


def build_sampler(config, spec, generator=None):
    networks = {"generator": generator or build_generator(config, spec)}
    return Sampler(networks, {}, frozenset({"source"}), lambda kept, batch: kept["generator"](batch["source"]))
