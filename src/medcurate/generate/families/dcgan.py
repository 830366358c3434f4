"""DCGAN (Radford et al. 2016): transposed convolutions up, strided convolutions down.

At 128 pixels without a condition it is the network of study E: 27,265,281 and 582,785 parameters. Smaller images start
from a smaller grid, larger ones double more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from medcurate.generate.families import augmentation
from medcurate.generate.families.losses import AdversarialLoss, adversarial_loss
from medcurate.learning.players import Batch, Game, InputGradient, Player, Task, Tensor
from medcurate.learning.random_inputs import Draw

_SLOPE = 0.2
_KERNEL = 4


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `dcgan`.

    Attributes
    ----------
    latent : int
    width : int
        Channels of most layers; 128 is the reference network.
    learning_rate, beta_1 : float
        Of both players' Adam.
    loss : {'bce', 'hinge', 'lsgan'}
    dropout : float
        Before the discriminator's last layer, in [0, 1).
    spectral_norm : bool
        In the discriminator.
    """

    latent: int = 100
    width: int = 128
    learning_rate: float = 2e-4
    beta_1: float = 0.5
    loss: Literal["bce", "hinge", "lsgan"] = "bce"
    dropout: float = 0.4
    spectral_norm: bool = False


def build_generator(config: Config, task: Task) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    grid = min(task.size // 4, 32)
    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((task.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if task.classes else latent
    x = layers.LeakyReLU(_SLOPE)(layers.Dense(grid * grid * 2 * config.width)(x))
    x = layers.Reshape((grid, grid, 2 * config.width))(x)
    while x.shape[1] < task.size:
        x = layers.Conv2DTranspose(config.width, _KERNEL, strides=2, padding="same")(x)
        x = layers.LeakyReLU(_SLOPE)(x)
    x = layers.Conv2D(task.channels, _KERNEL, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latent, label], x, name="generator")


def build_discriminator(config: Config, task: Task) -> Any:
    """Make the discriminator: (images, one-hot labels, dropout's mask) to logits.

    With a condition, the label's embedding is projected on the features (Miyato and Koyama 2018).
    """
    import keras
    from keras import layers, ops

    from medcurate.generate.families.spectral_norm import SpectralConv2D, SpectralDense

    convolution, dense = (SpectralConv2D, SpectralDense) if config.spectral_norm else (layers.Conv2D, layers.Dense)
    image = keras.Input((task.size, task.size, task.channels), name="image")
    label = keras.Input((task.classes,), name="label")
    keep = keras.Input(_feature_shape(config, task), name="keep")
    x = layers.LeakyReLU(_SLOPE)(convolution(config.width // 2, 3, padding="same")(image))
    for filters in _strided(config, task):
        x = layers.LeakyReLU(_SLOPE)(convolution(filters, 3, strides=2, padding="same")(x))
    features = x
    x = layers.Flatten()(layers.Multiply()([x, keep]))
    logits = dense(1)(x)
    if task.classes:
        embedding = dense(features.shape[-1], use_bias=False)(label)
        logits = layers.Add()([logits, layers.Dot(-1)([layers.GlobalAveragePooling2D()(features), embedding])])
    logits = layers.Activation("linear", dtype="float32")(logits)
    return keras.Model([image, label, keep], ops.reshape(logits, (-1,)), name="discriminator")


def _strided(config: Config, task: Task) -> list[int]:
    """Return the filters of the strided convolutions: three, or as many as leave a grid of 16."""
    count = max(3, (task.size // 16).bit_length() - 1)
    return [config.width] * (count - 1) + [2 * config.width]


def _feature_shape(config: Config, task: Task) -> tuple[int, int, int]:
    filters = _strided(config, task)
    side = task.size >> len(filters)
    return (side, side, filters[-1])


def build(config: Config, task: Task) -> Game:
    """Make both players."""
    import keras

    generator, discriminator = build_generator(config, task), build_discriminator(config, task)
    loss = adversarial_loss(config.loss)
    latent = Draw((config.latent,))
    keep = Draw(_feature_shape(config, task), "keep", config.dropout)
    changes = augmentation.needed()
    players = {
        "discriminator": Player(
            discriminator,
            keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1),
            partial(_discriminator_loss, generator, discriminator, loss, task),
            {"latent": latent, "keep_real": keep, "keep_fake": keep, "change_real": changes, "change_fake": changes},
            reads_images=True,
        ),
        "generator": Player(
            generator,
            keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1),
            partial(_generator_loss, generator, discriminator, loss, task),
            {"latent": latent, "keep_fake": keep, "change_fake": changes},
        ),
    }
    return Game(players, ("discriminator", "generator"), config.latent, loss.even)


def _discriminator_loss(
    generator: Any, discriminator: Any, loss: AdversarialLoss, task: Task, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["fake_labels"]]))
    real = task.augment(batch["images"], batch["change_real"])
    fake = task.augment(fake, batch["change_fake"])
    on_real = discriminator([real, batch["labels"], batch["keep_real"]], training=True)
    on_fake = discriminator([fake, batch["fake_labels"], batch["keep_fake"]], training=True)
    total = loss.discriminator(on_real, on_fake)
    return total, {"discriminator_loss": total, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}


def _generator_loss(
    generator: Any, discriminator: Any, loss: AdversarialLoss, task: Task, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["fake_labels"]], training=True)
    fake = task.augment(fake, batch["change_fake"])
    total = loss.generator(discriminator([fake, batch["fake_labels"], batch["keep_fake"]]))
    return total, {"generator_loss": total}
