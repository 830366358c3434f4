"""FastGAN (Liu et al. 2021): for a few hundred images.

Skip-layer excitation lets coarse features gate fine ones; the discriminator also reconstructs real images from its
features, which keeps it from memorizing the few images. Three things differ from the paper, so that a step is a pure
function and needs no downloaded network: there is no batch normalization (the generator scales the features of each
pixel to unit mean square, the discriminator scales them by a constant), no noise within the generator, and the
reconstruction loss is the mean absolute difference instead of a perceptual distance. Without batch normalization,
higher learning rates than the paper's are stable, and learn faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from medcurate.generate.callbacks.monitors import DiscriminatorWon
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
_SEEN = 8
_GAIN = 1.8


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `fastgan`.

    Attributes
    ----------
    latent : int
        Length of the latent vector.
    width : int
        Channels at the highest resolution; they double toward the coarse grids, up to eightfold.
    learning_rate, beta_1 : float
        Of Adam, for both players.
    redraw : float
        Weight of the reconstruction loss of the discriminator; 0 leaves it out.
    """

    latent: Positive = 128
    width: Positive = 8
    learning_rate: NonNegative = 1e-3
    beta_1: NonNegative = 0.5
    redraw: NonNegative = 1.0


SMALL = {"width": 8}
SHAPING = ("latent", "width")
"""Options that initial weights must share: they shape the networks."""


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks; see `square_only`."""
    return square_only(spec)


def _filters(config: Config, spec: ImageSpec, side: int) -> int:
    return config.width * min(8, max(1, spec.spatial[0] // side))


def build_sampler(config: Config, spec: ImageSpec) -> Sampler:
    """Make the sampler with a generator of its own."""
    return latent_sampler(build_generator(config, spec), config.latent)


def build_generator(config: Config, spec: ImageSpec) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((spec.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if spec.classes else latent
    filters = _filters(config, spec, _GRID)
    x = layers.Dense(_GRID * _GRID * 2 * filters, name="condition_latent")(x)
    x = _gated(layers.Reshape((_GRID, _GRID, 2 * filters))(x))
    coarse, reach = {_GRID: x}, 16 if spec.spatial[0] >= 64 else 8
    while x.shape[1] < spec.spatial[0]:
        side = 2 * x.shape[1]
        x = _gated(layers.Conv2D(2 * _filters(config, spec, side), 3, padding="same")(layers.UpSampling2D()(x)))
        if side // reach in coarse:
            x = _excited(coarse[side // reach], x)
        coarse[side] = x
    x = layers.Conv2D(spec.target, 3, padding="same")(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model([latent, label], x, name="generator")


def _gated(x: Tensor) -> Tensor:
    """Normalize and halve the channels: one half gates the other (Dauphin et al. 2017)."""
    from keras import layers

    half = x.shape[-1] // 2
    x = layers.RMSNormalization()(x)
    return layers.Multiply()([x[..., :half], layers.Activation("sigmoid")(x[..., half:])])


def _excited(coarse: Tensor, fine: Tensor) -> Tensor:
    """Gate the channels of fine features by coarse ones: skip-layer excitation."""
    from keras import layers

    x = layers.Conv2D(fine.shape[-1], _GRID, use_bias=False)(layers.AveragePooling2D(coarse.shape[1] // _GRID)(coarse))
    x = layers.Conv2D(fine.shape[-1], 1, use_bias=False)(layers.LeakyReLU(_SLOPE)(x))
    return layers.Multiply()([fine, layers.Activation("sigmoid")(x)])


def build_discriminator(config: Config, spec: ImageSpec) -> Any:
    """Make the discriminator: (images, one-hot labels) to logits and the features on grids of 16 x 16 and 8 x 8."""
    import keras
    from keras import layers, ops

    from medcurate.generate.families.spectral_norm import SpectralConv2D, SpectralDense

    image = keras.Input((spec.spatial[0], spec.spatial[0], spec.target), name="image")
    label = keras.Input((spec.classes,), name="label")
    x = layers.LeakyReLU(_SLOPE)(SpectralConv2D(config.width, 3, padding="same")(image))
    features = {}
    while x.shape[1] > _SEEN:
        x = _down(x, _filters(config, spec, x.shape[1] // 2))
        features[x.shape[1]] = x
    y = _normalized(SpectralConv2D(x.shape[-1], 1, use_bias=False)(x))
    logits = layers.Flatten()(SpectralConv2D(1, 4, use_bias=False)(y))
    if spec.classes:
        embedding = SpectralDense(y.shape[-1], use_bias=False, name="condition_label")(label)
        logits = layers.Add()([logits, layers.Dot(-1)([layers.GlobalAveragePooling2D()(y), embedding])])
    logits = layers.Activation("linear", dtype="float32")(logits)
    return keras.Model([image, label], [ops.reshape(logits, (-1, 25)), features[2 * _SEEN], x], name="discriminator")


def _down(x: Tensor, filters: int) -> Tensor:
    """Halve the sides, by two convolutions and in parallel by pooling."""
    from keras import layers

    from medcurate.generate.families.spectral_norm import SpectralConv2D

    main = _normalized(SpectralConv2D(filters, 4, strides=2, padding="same", use_bias=False)(x))
    main = _normalized(SpectralConv2D(filters, 3, padding="same", use_bias=False)(main))
    pooled = _normalized(SpectralConv2D(filters, 1, use_bias=False)(layers.AveragePooling2D(2)(x)))
    return layers.Average()([main, pooled])


def _normalized(x: Tensor) -> Tensor:
    """Scale features up again, which spectral normalization shrinks layer by layer."""
    from keras import layers

    return layers.LeakyReLU(_SLOPE)(layers.Rescaling(_GAIN)(x))


def _decoder(name: str, filters: int, side: int, channels: int) -> Any:
    """Make a small network that reconstructs an image of `side` pixels from 8 x 8 features."""
    import keras
    from keras import layers

    features = x = keras.Input((_SEEN, _SEEN, filters))
    while x.shape[1] < side:
        filters = max(filters // 2, 16)
        x = _gated(layers.Conv2D(2 * filters, 3, padding="same")(layers.UpSampling2D()(x)))
    x = layers.Activation("tanh", dtype="float32")(layers.Conv2D(channels, 3, padding="same")(x))
    return keras.Model(features, x, name=name)


def build(config: Config, spec: ImageSpec) -> TrainingSetup:
    """Make both players; the network of the discriminator includes the two decoders."""
    import keras

    generator, discriminator = build_generator(config, spec), build_discriminator(config, spec)
    side = min(spec.spatial[0] // 2, 64)
    middle, last = discriminator.outputs[1].shape[-1], discriminator.outputs[2].shape[-1]
    whole = _decoder("whole", last, side, spec.target)
    part = _decoder("part", middle, side, spec.target)
    learned = _together(discriminator, whole, part)
    changes = augmentation.needed(spec)
    latent = RandomInput((config.latent,))

    def adam() -> Any:
        return keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1)

    players = {
        "discriminator": Player(
            learned,
            adam(),
            partial(_discriminator_loss, generator, discriminator, (whole, part), config.redraw, spec),
            {"latent": latent, "change_real": changes, "change_fake": changes, "corner": RandomInput((2,), "uniform")},
            reads=REAL,
            reads_other=ASKED,
        ),
        "generator": Player(
            generator,
            adam(),
            partial(_generator_loss, generator, discriminator, spec),
            {"latent": latent, "change_fake": changes},
            reads_other=ASKED,
        ),
    }
    return TrainingSetup(
        players,
        ("discriminator", "generator"),
        latent_sampler(generator, config.latent),
        monitors={"won": partial(DiscriminatorWon, chance_loss=adversarial_loss("hinge").chance), **MONITORS},
        hints={
            "discriminator-won": "Try augmentation (--augment color,translation,cutout), a lower learning rate, or "
            "--model wgan-gp",
            "lost-diversity": f"{COLLAPSE}, or --model wgan-gp",
        },
        curves={"logits": ("on_real", "on_fake")},
    )


def _together(discriminator: Any, whole: Any, part: Any) -> Any:
    """Return one network with the variables of all three: they share an optimizer."""
    import keras

    logits, middle, last = discriminator.outputs
    quarter = middle[:, :_SEEN, :_SEEN]
    return keras.Model(discriminator.inputs, [logits, whole(last), part(quarter)], name="discriminator_and_decoders")


def _discriminator_loss(
    generator: Any,
    discriminator: Any,
    decoders: tuple[Any, Any],
    weight: float,
    spec: ImageSpec,
    batch: Batch,
    _: InputGradient,
) -> tuple[Tensor, dict[str, Tensor]]:
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["other_labels"]]))
    real = changed(spec, batch["target"], batch["change_real"])
    fake = changed(spec, fake, batch["change_fake"])
    on_real, middle, last = discriminator([real, batch["labels"]], training=True)
    on_fake, _middle, _last = discriminator([fake, batch["other_labels"]], training=True)
    total = adversarial_loss("hinge").discriminator(on_real, on_fake)
    logged = {"discriminator_loss": total, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}
    if weight:
        logged["redraw_loss"] = _redraw_loss(decoders, real, middle, last, batch["corner"])
        total = total + weight * logged["redraw_loss"]
    return total, logged


def _redraw_loss(decoders: tuple[Any, Any], real: Tensor, middle: Tensor, last: Tensor, corner: Tensor) -> Tensor:
    """Reconstruct the whole image from the last features and one quarter of it from the middle ones."""
    whole, part = decoders
    redrawn, quarter = whole(last, training=True), part(_quarter(middle, corner), training=True)
    return _difference(redrawn, real) + _difference(quarter, _quarter(real, corner))


def _quarter(images: Tensor, corner: Tensor) -> Tensor:
    """Cut one of four quarters of each image, chosen by two numbers in [0, 1)."""
    from keras import ops

    half = images.shape[1] // 2
    down, right = (ops.reshape(ops.cast(corner[:, k] >= 0.5, images.dtype), (-1, 1, 1, 1)) for k in (0, 1))
    rows = (1 - down) * images[:, :half] + down * images[:, half:]
    return (1 - right) * rows[:, :, :half] + right * rows[:, :, half:]


def _difference(redrawn: Tensor, target: Tensor) -> Tensor:
    from keras import ops

    factor = target.shape[1] // redrawn.shape[1]
    if factor > 1:
        target = ops.average_pool(target, factor, strides=factor)
    return ops.mean(ops.abs(redrawn - target))


def _generator_loss(
    generator: Any, discriminator: Any, spec: ImageSpec, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["other_labels"]], training=True)
    fake = changed(spec, fake, batch["change_fake"])
    total = adversarial_loss("hinge").generator(discriminator([fake, batch["other_labels"]])[0])
    return total, {"generator_loss": total}
