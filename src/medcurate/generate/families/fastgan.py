"""FastGAN (Liu et al. 2021): for a few hundred images.

Skip-layer excitation lets coarse features gate fine ones; the discriminator also learns to redraw real images from
what it saw of them, which keeps it from learning the few images by heart. Three things differ from the paper, so that a
step stays a pure function and needs no downloaded network: no batch normalization (each place's features are scaled to
unit mean square in the generator, by a constant in the discriminator), no noise within the generator, and the mean
absolute difference in place of a perceptual one in the redrawing loss. Without batch normalization higher learning
rates than the paper's are stable, and learn faster.
"""

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
_SEEN = 8
_GAIN = 1.8


@dataclass(frozen=True, slots=True)
class Config:
    """Options of `fastgan`.

    Attributes
    ----------
    latent : int
    width : int
        Channels at the highest resolution; they double toward the coarse grids, up to eightfold.
    learning_rate, beta_1 : float
        Of both players' Adam.
    redraw : float
        Weight of the redrawing loss; 0 leaves it out.
    """

    latent: int = 128
    width: int = 8
    learning_rate: float = 1e-3
    beta_1: float = 0.5
    redraw: float = 1.0


def _filters(config: Config, task: Task, side: int) -> int:
    return config.width * min(8, max(1, task.size // side))


def build_generator(config: Config, task: Task) -> Any:
    """Make the generator: (latents, one-hot labels) to images."""
    import keras
    from keras import layers

    latent = keras.Input((config.latent,), name="latent")
    label = keras.Input((task.classes,), name="label")
    x = layers.Concatenate()([latent, label]) if task.classes else latent
    filters = _filters(config, task, _GRID)
    x = layers.Dense(_GRID * _GRID * 2 * filters)(x)
    x = _gated(layers.Reshape((_GRID, _GRID, 2 * filters))(x))
    coarse, reach = {_GRID: x}, 16 if task.size >= 64 else 8
    while x.shape[1] < task.size:
        side = 2 * x.shape[1]
        x = _gated(layers.Conv2D(2 * _filters(config, task, side), 3, padding="same")(layers.UpSampling2D()(x)))
        if side // reach in coarse:
            x = _excited(coarse[side // reach], x)
        coarse[side] = x
    x = layers.Conv2D(task.channels, 3, padding="same")(x)
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


def build_discriminator(config: Config, task: Task) -> Any:
    """Make the discriminator: (images, one-hot labels) to logits and the features of 16 x 16 and 8 x 8 places."""
    import keras
    from keras import layers, ops

    from medcurate.generate.families.spectral_norm import SpectralConv2D, SpectralDense

    image = keras.Input((task.size, task.size, task.channels), name="image")
    label = keras.Input((task.classes,), name="label")
    x = layers.LeakyReLU(_SLOPE)(SpectralConv2D(config.width, 3, padding="same")(image))
    features = {}
    while x.shape[1] > _SEEN:
        x = _down(x, _filters(config, task, x.shape[1] // 2))
        features[x.shape[1]] = x
    y = _normalized(SpectralConv2D(x.shape[-1], 1, use_bias=False)(x))
    logits = layers.Flatten()(SpectralConv2D(1, 4, use_bias=False)(y))
    if task.classes:
        embedding = SpectralDense(y.shape[-1], use_bias=False)(label)
        logits = layers.Add()([logits, layers.Dot(-1)([layers.GlobalAveragePooling2D()(y), embedding])])
    logits = layers.Activation("linear", dtype="float32")(logits)
    return keras.Model([image, label], [ops.reshape(logits, (-1, 25)), features[2 * _SEEN], x], name="discriminator")


def _down(x: Tensor, filters: int) -> Tensor:
    """Halve the sides, by two convolutions and beside them by pooling."""
    from keras import layers

    from medcurate.generate.families.spectral_norm import SpectralConv2D

    main = _normalized(SpectralConv2D(filters, 4, strides=2, padding="same", use_bias=False)(x))
    main = _normalized(SpectralConv2D(filters, 3, padding="same", use_bias=False)(main))
    beside = _normalized(SpectralConv2D(filters, 1, use_bias=False)(layers.AveragePooling2D(2)(x)))
    return layers.Average()([main, beside])


def _normalized(x: Tensor) -> Tensor:
    """Bring features back to scale, which spectral normalization shrinks layer by layer."""
    from keras import layers

    return layers.LeakyReLU(_SLOPE)(layers.Rescaling(_GAIN)(x))


def _decoder(name: str, filters: int, side: int, channels: int) -> Any:
    """Make a small network that draws a picture of `side` pixels from 8 x 8 features."""
    import keras
    from keras import layers

    features = x = keras.Input((_SEEN, _SEEN, filters))
    while x.shape[1] < side:
        filters = max(filters // 2, 16)
        x = _gated(layers.Conv2D(2 * filters, 3, padding="same")(layers.UpSampling2D()(x)))
    x = layers.Activation("tanh", dtype="float32")(layers.Conv2D(channels, 3, padding="same")(x))
    return keras.Model(features, x, name=name)


def build(config: Config, task: Task) -> Game:
    """Make both players; the discriminator's network holds the two that redraw."""
    import keras

    generator, discriminator = build_generator(config, task), build_discriminator(config, task)
    side = min(task.size // 2, 64)
    middle, last = discriminator.outputs[1].shape[-1], discriminator.outputs[2].shape[-1]
    whole = _decoder("whole", last, side, task.channels)
    part = _decoder("part", middle, side, task.channels)
    learned = _together(discriminator, whole, part)
    changes = augmentation.needed()
    latent = Draw((config.latent,))

    def adam() -> Any:
        return keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1)

    players = {
        "discriminator": Player(
            learned,
            adam(),
            partial(_discriminator_loss, generator, discriminator, (whole, part), config.redraw, task),
            {"latent": latent, "change_real": changes, "change_fake": changes, "corner": Draw((2,), "uniform")},
            reads_images=True,
        ),
        "generator": Player(
            generator,
            adam(),
            partial(_generator_loss, generator, discriminator, task),
            {"latent": latent, "change_fake": changes},
        ),
    }
    return Game(players, ("discriminator", "generator"), config.latent, adversarial_loss("hinge").even)


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
    task: Task,
    batch: Batch,
    _: InputGradient,
) -> tuple[Tensor, dict[str, Tensor]]:
    from keras import ops

    fake = ops.stop_gradient(generator([batch["latent"], batch["fake_labels"]]))
    real = task.augment(batch["images"], batch["change_real"])
    fake = task.augment(fake, batch["change_fake"])
    on_real, middle, last = discriminator([real, batch["labels"]], training=True)
    on_fake, _middle, _last = discriminator([fake, batch["fake_labels"]], training=True)
    total = adversarial_loss("hinge").discriminator(on_real, on_fake)
    logged = {"discriminator_loss": total, "on_real": ops.mean(on_real), "on_fake": ops.mean(on_fake)}
    if weight:
        logged["redraw_loss"] = _redraw_loss(decoders, real, middle, last, batch["corner"])
        total = total + weight * logged["redraw_loss"]
    return total, logged


def _redraw_loss(decoders: tuple[Any, Any], real: Tensor, middle: Tensor, last: Tensor, corner: Tensor) -> Tensor:
    """Redraw the whole image from the last features and one quarter of it from the middle ones."""
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
    generator: Any, discriminator: Any, task: Task, batch: Batch, _: InputGradient
) -> tuple[Tensor, dict[str, Tensor]]:
    fake = generator([batch["latent"], batch["fake_labels"]], training=True)
    fake = task.augment(fake, batch["change_fake"])
    total = adversarial_loss("hinge").generator(discriminator([fake, batch["fake_labels"]])[0])
    return total, {"generator_loss": total}
