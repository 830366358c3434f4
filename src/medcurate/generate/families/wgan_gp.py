"""WGAN-GP (Gulrajani et al. 2017): a critic held to slope 1 between real and generated images, several turns ahead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from medcurate.generate.families import augmentation
from medcurate.generate.families.losses import adversarial_loss
from medcurate.learning.players import Batch, Game, InputGradient, Player, Task, Tensor
from medcurate.learning.random_inputs import Draw

_SLOPE = 0.2
_GRID = 4


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `wgan-gp`; the defaults are the paper's but for the width.

    Attributes
    ----------
    latent : int
    width : int
        Channels at the highest resolution but one; they double toward the 4 x 4 grid, up to eightfold.
    learning_rate, beta_1, beta_2 : float
        Of both players' Adam.
    critic_turns : int
        Of the critic before each of the generator.
    penalty : float
        Weight of the gradient penalty.
    """

    latent: int = 128
    width: int = 16
    learning_rate: float = 1e-4
    beta_1: float = 0.0
    beta_2: float = 0.9
    critic_turns: int = 5
    penalty: float = 10.0


def _widths(config: Config, task: Task) -> list[int]:
    """Channels from the 4 x 4 grid up to half the image size."""
    doublings = (task.size // _GRID).bit_length() - 1
    return [config.width * min(8, 2**level) for level in reversed(range(doublings))]


def build_generator(config: Config, task: Task) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    widths = _widths(config, task)
    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((task.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if task.classes else latent
    x = layers.Reshape((_GRID, _GRID, widths[0]))(layers.Dense(_GRID * _GRID * widths[0])(x))
    x = layers.ReLU()(layers.GroupNormalization(8)(x))
    for width in [*widths[1:], config.width]:
        x = layers.Conv2D(width, 3, padding="same")(layers.UpSampling2D()(x))
        x = layers.ReLU()(layers.GroupNormalization(8)(x))
    x = layers.Conv2D(task.channels, 3, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latent, label], x, name="generator")


def build_critic(config: Config, task: Task) -> Any:
    """Make the critic: (images, one-hot labels) to scores; no normalization, as the penalty is one for each image."""
    import keras
    from keras import layers, ops

    image = keras.Input((task.size, task.size, task.channels), name="image")
    label = keras.Input((task.classes,), name="label")
    x = image
    for width in reversed(_widths(config, task)):
        x = layers.LeakyReLU(_SLOPE)(layers.Conv2D(width, 4, strides=2, padding="same")(x))
    features = layers.Flatten()(x)
    scores = layers.Dense(1, use_bias=False)(features)  # only differences of scores count
    if task.classes:
        embedding = layers.Dense(x.shape[-1], use_bias=False)(label)
        scores = layers.Add()([scores, layers.Dot(-1)([layers.GlobalAveragePooling2D()(x), embedding])])
    scores = layers.Activation("linear", dtype="float32")(scores)
    return keras.Model([image, label], ops.reshape(scores, (-1,)), name="critic")


def build(config: Config, task: Task) -> Game:
    """Make both players."""
    import keras

    generator, critic = build_generator(config, task), build_critic(config, task)
    latent, changes = Draw((config.latent,)), augmentation.needed()

    def adam() -> Any:
        return keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)

    players = {
        "critic": Player(
            critic,
            adam(),
            partial(_critic_loss, generator, critic, config.penalty, task),
            {"latent": latent, "mix": Draw((1, 1, 1), "uniform"), "change_real": changes, "change_fake": changes},
            reads_images=True,
        ),
        "generator": Player(
            generator,
            adam(),
            partial(_generator_loss, generator, critic, task),
            {"latent": latent, "change_fake": changes},
        ),
    }
    return Game(players, ("critic",) * config.critic_turns + ("generator",), config.latent)


def _critic_loss(
    generator: Any, critic: Any, weight: float, task: Task, batch: Batch, input_gradient: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    """Lose the distance and the penalty; labels of both kinds differ, so the penalty is taken with the real one's."""
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["fake_labels"]]))
    real = task.augment(batch["images"], batch["change_real"])
    fake = task.augment(fake, batch["change_fake"])
    on_real = critic([real, batch["labels"]], training=True)
    on_fake = critic([fake, batch["fake_labels"]], training=True)
    mixed = real + batch["mix"] * (fake - real)
    gradient = input_gradient(lambda images: critic([images, batch["labels"]], training=True), mixed)
    slope = ops.sqrt(ops.sum(ops.square(gradient), axis=(1, 2, 3)) + 1e-12)
    penalty = ops.mean(ops.square(slope - 1.0))
    distance = adversarial_loss("wasserstein").discriminator(on_real, on_fake)
    logged = {"critic_loss": distance, "penalty": penalty, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}
    return distance + weight * penalty, logged


def _generator_loss(
    generator: Any, critic: Any, task: Task, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["fake_labels"]], training=True)
    fake = task.augment(fake, batch["change_fake"])
    total = adversarial_loss("wasserstein").generator(critic([fake, batch["fake_labels"]]))
    return total, {"generator_loss": total}
