"""A toy diffusion model: a network learns to remove noise; images are drawn in a loop that starts from noise."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.generate.families.options import Positive
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Config:
    channels: tuple[int, ...] = (32, 32)  # of each layer
    steps: Positive = 20  # of the loop


SMALL = {"channels": (4, 6), "steps": 3}


def supports(spec):
    return "images without a source and without attributes" if spec.source or spec.attributes else ""


def build_denoiser(config, spec):
    """Make the network: (noisy image, angle of the noise, one-hot label) to the image without noise."""
    from keras import Input, Model, layers

    convolution = {2: layers.Conv2D, 3: layers.Conv3D}[len(spec.spatial)]
    x, angle, label = inputs = [Input((*spec.spatial, spec.target)), Input((1,)), Input((spec.classes,))]
    condition = layers.Concatenate()([angle, label]) if spec.classes else angle
    for width in config.channels:
        shift = layers.Reshape((1,) * len(spec.spatial) + (width,))(layers.Dense(width)(condition))
        x = layers.Activation("gelu")(layers.Add()([convolution(width, 3, padding="same")(x), shift]))
    return Model(inputs, convolution(spec.target, 3, padding="same", dtype="float32")(x))


def build(config, spec):
    from keras import ops, optimizers

    sampler = build_sampler(config, spec, network := build_denoiser(config, spec))

    def loss(batch, _):
        angle = batch["time"] * 1.5707963  # 0: the image; a right angle: noise alone
        at = ops.reshape(angle, (-1, *[1] * (len(spec.spatial) + 1)))
        noisy = ops.cos(at) * batch["target"] + ops.sin(at) * batch["noise"]
        total = ops.mean(ops.square(network([noisy, angle, batch["labels"]], training=True) - batch["target"]))
        return total, {"denoising_loss": total}

    random, reads = {**sampler.needs, "time": RandomInput((1,), "uniform")}, frozenset({"target", "labels"})
    player = Player(network, optimizers.Adam(1e-3), loss, random, reads)
    return TrainingSetup({"denoiser": player}, ("denoiser",), sampler, grid_images=16)


def build_sampler(config, spec, network=None):
    from keras import ops

    def draw(networks, batch):  # guess the image, add less noise than before (Song et al. 2021), guess again
        x = batch["noise"]
        for step in range(config.steps, 0, -1):
            now, then = (ops.ones_like(x) * (k / config.steps * 1.5707963) for k in (step, step - 1))
            angle = ops.reshape(now, (ops.shape(x)[0], -1))[:, :1]
            image = ops.clip(networks["denoiser"]([x, angle, batch["labels"]]), -1, 1)
            x = ops.cos(then) * image + ops.sin(then) * (x - ops.cos(now) * image) / ops.sin(now)
        return x

    needs = {"noise": RandomInput((*spec.spatial, spec.target))}
    return Sampler({"denoiser": network or build_denoiser(config, spec)}, needs, frozenset({"labels"}), draw)
