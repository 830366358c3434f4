"""A stub after StarGAN (Choi et al. 2018): one network draws any contrast of a patient from those that are there.

It reads two columns of its own: ``contrast``, one-hot, which is to be drawn, and ``contrast_present``, 0 for each
channel of the source that is absent.
"""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.generate.families.options import NonNegative, Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.sampler import Sampler

CONDITIONS = frozenset({"source", "contrast", "contrast_present"})


@dataclass(frozen=True, slots=True)
class Config:
    width: Positive = 16
    learning_rate: NonNegative = 1e-3


SMALL = {"width": 4}


def supports(spec):
    return "" if spec.source > 1 and spec.target == 1 else "one contrast from a source of two or more"


def build_generator(config, spec):
    """Make the generator: (source, contrast, contrast_present) to the wanted contrast."""
    import keras
    from keras import layers

    convolution = layers.Conv2D if len(spec.spatial) == 2 else layers.Conv3D
    source = keras.Input((*spec.spatial, spec.source))
    wanted, present = keras.Input((spec.source,)), keras.Input((spec.source,))
    ones = (1,) * len(spec.spatial)
    here = layers.Multiply()([source, layers.Reshape((*ones, spec.source))(present)])
    conditions = layers.Dense(config.width)(layers.Concatenate()([wanted, present]))
    x = layers.Add()(
        [convolution(config.width, 3, padding="same")(here), layers.Reshape((*ones, config.width))(conditions)]
    )
    x = convolution(1, 3, padding="same", activation="tanh", dtype="float32")(layers.LeakyReLU()(x))
    return keras.Model([source, wanted, present], x)


def build(config, spec):
    import keras
    from keras import ops

    generator = build_generator(config, spec)

    def loss(batch, _):
        drawn = generator([batch["source"], batch["contrast"], batch["contrast_present"]], training=True)
        total = ops.mean(ops.abs(drawn - batch["target"]))
        return total, {"generator_loss": total}

    player = Player(generator, keras.optimizers.Adam(config.learning_rate), loss, reads=CONDITIONS | {"target"})
    return TrainingSetup({"generator": player}, ("generator",), build_sampler(config, spec, generator))


def build_sampler(config, spec, generator=None):
    def draw(networks, batch):
        return networks["generator"]([batch["source"], batch["contrast"], batch["contrast_present"]])

    return Sampler({"generator": generator or build_generator(config, spec)}, {}, CONDITIONS, draw)
