"""DCGAN (Radford et al. 2016): transposed convolutions up, strided convolutions down.

At 128 pixels without a condition it is the network of study E: 27,265,281 and 582,785 parameters. Smaller images start
from a smaller grid, larger ones double more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from medcurate.generate.callbacks.monitors import DiscriminatorWon
from medcurate.generate.families import augmentation
from medcurate.generate.families.latent_gan import ASKED, COLLAPSE, MONITORS, REAL, changed, latent_sampler, square_only
from medcurate.generate.families.losses import AdversarialLoss, adversarial_loss
from medcurate.generate.families.options import NonNegative, Positive, Range
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import Batch, InputGradient, Player, Tensor, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

_SLOPE = 0.2
_KERNEL = 4


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `dcgan`.

    Attributes
    ----------
    latent : int
        Length of the latent vector.
    width : int
        Channels of most layers; 128 is the reference network.
    learning_rate, beta_1 : float
        Of Adam, for both players.
    loss : {'bce', 'hinge', 'lsgan'}
        See `medcurate.generate.families.losses`.
    dropout : float
        Rate before the last layer of the discriminator.
    spectral_norm : bool
        Normalize the layers of the discriminator by their largest singular value.
    """

    latent: Positive = 100
    width: Positive = 128
    learning_rate: NonNegative = 2e-4
    beta_1: NonNegative = 0.5
    loss: Literal["bce", "hinge", "lsgan"] = "bce"
    dropout: Annotated[float, Range(0, 1)] = 0.4
    spectral_norm: bool = False


SMALL = {"width": 8}
SHAPING = ("latent", "width", "spectral_norm")
"""Options that initial weights must share: they shape the networks."""


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks; see `square_only`."""
    return square_only(spec)


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with a generator of its own."""
    return latent_sampler(build_generator(config, spec), config.latent)


def build_generator(config: Config, spec: ImageSpec) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    grid = min(spec.spatial[0] // 4, 32)
    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((spec.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if spec.classes else latent
    x = layers.LeakyReLU(_SLOPE)(layers.Dense(grid * grid * 2 * config.width, name="condition_latent")(x))
    x = layers.Reshape((grid, grid, 2 * config.width))(x)
    while x.shape[1] < spec.spatial[0]:
        x = layers.Conv2DTranspose(config.width, _KERNEL, strides=2, padding="same")(x)
        x = layers.LeakyReLU(_SLOPE)(x)
    x = layers.Conv2D(spec.target, _KERNEL, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latent, label], x, name="generator")


def build_discriminator(config: Config, spec: ImageSpec) -> Any:
    """Make the discriminator: (images, one-hot labels, dropout mask) to logits.

    With a condition, the embedding of the label is projected on the features (Miyato and Koyama 2018).
    """
    import keras
    from keras import layers, ops

    from medcurate.generate.families.spectral_norm import SpectralConv2D, SpectralDense

    convolution, dense = (SpectralConv2D, SpectralDense) if config.spectral_norm else (layers.Conv2D, layers.Dense)
    image = keras.Input((spec.spatial[0], spec.spatial[0], spec.target), name="image")
    label = keras.Input((spec.classes,), name="label")
    dropout = keras.Input(_feature_shape(config, spec), name="dropout")
    x = layers.LeakyReLU(_SLOPE)(convolution(config.width // 2, 3, padding="same")(image))
    for filters in _strided(config, spec):
        x = layers.LeakyReLU(_SLOPE)(convolution(filters, 3, strides=2, padding="same")(x))
    features = x
    x = layers.Flatten()(layers.Multiply()([x, dropout]))
    logits = dense(1)(x)
    if spec.classes:
        embedding = dense(features.shape[-1], use_bias=False, name="condition_label")(label)
        logits = layers.Add()([logits, layers.Dot(-1)([layers.GlobalAveragePooling2D()(features), embedding])])
    logits = layers.Activation("linear", dtype="float32")(logits)
    return keras.Model([image, label, dropout], ops.reshape(logits, (-1,)), name="discriminator")


def _strided(config: Config, spec: ImageSpec) -> list[int]:
    """Return the filters of the strided convolutions: three, or as many as leave a grid of 16."""
    count = max(3, (spec.spatial[0] // 16).bit_length() - 1)
    return [config.width] * (count - 1) + [2 * config.width]


def _feature_shape(config: Config, spec: ImageSpec) -> tuple[int, int, int]:
    filters = _strided(config, spec)
    side = spec.spatial[0] >> len(filters)
    return (side, side, filters[-1])


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make both players."""
    import keras

    generator, discriminator = build_generator(config, spec), build_discriminator(config, spec)
    loss = adversarial_loss(config.loss)
    latent = RandomInput((config.latent,))
    dropout = RandomInput(_feature_shape(config, spec), "dropout_mask", config.dropout)
    changes = augmentation.needed(spec)
    players = {
        "discriminator": Player(
            discriminator,
            keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1),
            partial(_discriminator_loss, generator, discriminator, loss, spec),
            {
                "latent": latent,
                "dropout_real": dropout,
                "dropout_fake": dropout,
                "change_real": changes,
                "change_fake": changes,
            },
            reads=REAL,
            reads_other=ASKED,
        ),
        "generator": Player(
            generator,
            keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1),
            partial(_generator_loss, generator, discriminator, loss, spec),
            {"latent": latent, "dropout_fake": dropout, "change_fake": changes},
            reads_other=ASKED,
        ),
    }
    return TrainingSetup(
        players,
        ("discriminator", "generator"),
        latent_sampler(generator, config.latent),
        monitors={"won": partial(DiscriminatorWon, chance_loss=loss.chance), **MONITORS},
        hints={
            "discriminator-won": "Try augmentation (--augment color,translation,cutout), --set spectral_norm=true, a "
            "lower learning rate, or --model wgan-gp",
            "lost-diversity": f"{COLLAPSE}, or --model wgan-gp",
        },
        curves={"logits": ("on_real", "on_fake")},
    )


def _discriminator_loss(
    generator: Any, discriminator: Any, loss: AdversarialLoss, spec: ImageSpec, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["other_labels"]]))
    real = changed(spec, batch["target"], batch["change_real"])
    fake = changed(spec, fake, batch["change_fake"])
    on_real = discriminator([real, batch["labels"], batch["dropout_real"]], training=True)
    on_fake = discriminator([fake, batch["other_labels"], batch["dropout_fake"]], training=True)
    total = loss.discriminator(on_real, on_fake)
    return total, {"discriminator_loss": total, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}


def _generator_loss(
    generator: Any, discriminator: Any, loss: AdversarialLoss, spec: ImageSpec, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["other_labels"]], training=True)
    fake = changed(spec, fake, batch["change_fake"])
    total = loss.generator(discriminator([fake, batch["other_labels"], batch["dropout_fake"]]))
    return total, {"generator_loss": total}
