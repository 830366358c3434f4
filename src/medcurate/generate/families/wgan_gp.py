"""WGAN-GP (Gulrajani et al. 2017): a critic whose gradient between real and generated images is held to norm 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from medcurate.generate.families import augmentation
from medcurate.generate.families.latent_gan import ASKED, COLLAPSE, MONITORS, REAL, changed, latent_sampler, square_only
from medcurate.generate.families.losses import adversarial_loss
from medcurate.generate.families.options import NonNegative, Positive
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import Batch, InputGradient, Player, Tensor, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

_SLOPE = 0.2
_GRID = 4


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `wgan-gp`; the defaults are the paper's except for the width.

    Attributes
    ----------
    latent : int
        Length of the latent vector.
    width : int
        Channels at the second highest resolution; they double toward the 4 x 4 grid, up to eightfold. A multiple of 8.
    learning_rate, beta_1, beta_2 : float
        Of Adam, for both players.
    critic_turns : int
        Turns of the critic before each turn of the generator.
    penalty : float
        Weight of the gradient penalty.
    """

    latent: Positive = 128
    width: Positive = 16
    learning_rate: NonNegative = 1e-4
    beta_1: NonNegative = 0.0
    beta_2: NonNegative = 0.9
    critic_turns: Positive = 5
    penalty: NonNegative = 10.0


SMALL = {"width": 8, "critic_turns": 2}
SHAPING = ("latent", "width")
"""Options that initial weights must share: they shape the networks."""


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks; see `square_only`."""
    return square_only(spec)


def _widths(config: Config, spec: ImageSpec) -> list[int]:
    """Channels from the 4 x 4 grid up to half the image size."""
    doublings = (spec.spatial[0] // _GRID).bit_length() - 1
    return [config.width * min(8, 2**level) for level in reversed(range(doublings))]


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with a generator of its own."""
    return latent_sampler(build_generator(config, spec), config.latent)


def build_generator(config: Config, spec: ImageSpec) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    widths = _widths(config, spec)
    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((spec.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if spec.classes else latent
    x = layers.Dense(_GRID * _GRID * widths[0], name="condition_latent")(x)
    x = layers.Reshape((_GRID, _GRID, widths[0]))(x)
    x = layers.ReLU()(layers.GroupNormalization(8)(x))
    for width in [*widths[1:], config.width]:
        x = layers.Conv2D(width, 3, padding="same")(layers.UpSampling2D()(x))
        x = layers.ReLU()(layers.GroupNormalization(8)(x))
    x = layers.Conv2D(spec.target, 3, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latent, label], x, name="generator")


def build_critic(config: Config, spec: ImageSpec) -> Any:
    """Make the critic: (images, one-hot labels) to scores; no normalization, as the penalty is per image."""
    import keras
    from keras import layers, ops

    image = keras.Input((spec.spatial[0], spec.spatial[0], spec.target), name="image")
    label = keras.Input((spec.classes,), name="label")
    x = image
    for width in reversed(_widths(config, spec)):
        x = layers.LeakyReLU(_SLOPE)(layers.Conv2D(width, 4, strides=2, padding="same")(x))
    features = layers.Flatten()(x)
    scores = layers.Dense(1, use_bias=False)(features)  # only differences of scores count
    if spec.classes:
        embedding = layers.Dense(x.shape[-1], use_bias=False, name="condition_label")(label)
        scores = layers.Add()([scores, layers.Dot(-1)([layers.GlobalAveragePooling2D()(x), embedding])])
    scores = layers.Activation("linear", dtype="float32")(scores)
    return keras.Model([image, label], ops.reshape(scores, (-1,)), name="critic")


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make both players."""
    import keras

    generator, critic = build_generator(config, spec), build_critic(config, spec)
    latent, changes = RandomInput((config.latent,)), augmentation.needed(spec)

    def adam() -> Any:
        return keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)

    players = {
        "critic": Player(
            critic,
            adam(),
            partial(critic_loss, generator, critic, config.penalty, spec),
            {
                "latent": latent,
                "mix": RandomInput((1, 1, 1), "uniform"),
                "change_real": changes,
                "change_fake": changes,
            },
            reads=REAL,
            reads_other=ASKED,
        ),
        "generator": Player(
            generator,
            adam(),
            partial(_generator_loss, generator, critic, spec),
            {"latent": latent, "change_fake": changes},
            reads_other=ASKED,
        ),
    }
    return TrainingSetup(
        players,
        ("critic",) * config.critic_turns + ("generator",),
        latent_sampler(generator, config.latent),
        monitors=MONITORS,
        hints={"lost-diversity": COLLAPSE},
        curves={"logits": ("on_real", "on_fake")},
    )


def critic_loss(
    generator: Any, critic: Any, weight: float, spec: ImageSpec, batch: Batch, input_gradient: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the Wasserstein distance and the penalty, whose mixed images take the labels of the real ones."""
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["other_labels"]]))
    real = changed(spec, batch["target"], batch["change_real"])
    fake = changed(spec, fake, batch["change_fake"])
    on_real = critic([real, batch["labels"]], training=True)
    on_fake = critic([fake, batch["other_labels"]], training=True)
    mixed = real + batch["mix"] * (fake - real)
    gradient = input_gradient(lambda images: critic([images, batch["labels"]], training=True), mixed)
    slope = ops.sqrt(ops.sum(ops.square(gradient), axis=(1, 2, 3)) + 1e-12)
    penalty = ops.mean(ops.square(slope - 1.0))
    distance = adversarial_loss("wasserstein").discriminator(on_real, on_fake)
    logged = {"critic_loss": distance, "penalty": penalty, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}
    return distance + weight * penalty, logged


def _generator_loss(
    generator: Any, critic: Any, spec: ImageSpec, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["other_labels"]], training=True)
    fake = changed(spec, fake, batch["change_fake"])
    total = adversarial_loss("wasserstein").generator(critic([fake, batch["other_labels"]]))
    return total, {"generator_loss": total}
