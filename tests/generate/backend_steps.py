"""Run by tests in a process of its own: a few training steps of every family on one Keras backend, from given weights.

``python backend_steps.py BACKEND WEIGHTS OUT``: WEIGHTS is a folder that the first run fills and the second reads; OUT
gets losses, images and averaged weights, a file for each family.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from medcurate.learning.image_spec import ImageSpec

STEPS = 2
OPTIONS = {
    "dcgan": {"width": 8, "spectral_norm": True},
    "diffusion": {"widths": (16,), "sampling_steps": 3},
    "fastgan": {"width": 4},
    "pfgm": {"widths": (16,), "sampling_steps": 3, "dimensions": 64},
    "vae": {"latent": 6, "width": 2, "prior_width": 4, "couplings": 2},
    "wgan-gp": {"width": 8, "critic_turns": 1},
}
TOY_KINDS = {
    "toy-diffusion": "volume",
    "toy-extra-dimensions": "not square",
    "toy-missing-contrasts": "source",
    "toy-pix2pix-3d": "volume from source",
    "toy-steered": "attributes",
    "toy-vae": "two channels, classes",
}
"""What kind of image of `family_laws` each toy is tried on."""


def main(backend: str, weights: Path, out: Path) -> None:
    """Let every family do the same."""
    from medcurate.generate.families.registry import FAMILIES
    from medcurate.learning.engines import make_engine
    from tests.generate import family_laws
    from tests.generate.toy_families.registration import TOYS

    FAMILIES.update(TOYS)
    square = family_laws.examples_of(ImageSpec((32, 32), classes=2), n=24)
    for model, options in OPTIONS.items():
        np.savez(out / f"{model}.npz", **few_steps(make_engine(backend), model, options, square, weights))
    for model, kind in TOY_KINDS.items():
        examples, options = family_laws.examples_of(family_laws.SPECS[kind]), family_laws.module(model).SMALL
        np.savez(out / f"{model}.npz", **few_steps(make_engine(backend), model, options, examples, weights))


def few_steps(engine, model, options, examples, weights):
    """Set weights, draw images, do the steps; return images and their gradient, logged losses and averaged weights."""
    from medcurate.generate.drawing.generator import Generator
    from medcurate.generate.drawing.quantization import decoded, quantize
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.generate.training.setup import set_up
    from medcurate.learning.feed import Feed
    from medcurate.learning.random_inputs import draw_images

    settings = TrainSettings(model=model, options=options, size=32, batch=4)
    setup = set_up(engine, settings, examples)
    exchange(setup.trained, weights / f"{model}.npz")
    for copy, trained in zip(setup.average.weights().values(), setup.trained.sampler.weights().values(), strict=True):
        copy.assign(np.array(np.asarray(trained)))  # its own memory: JAX may give away what a drawing was given
    arrays = draw_images(3, 0, 4, setup.average.needs)
    arrays |= {name: examples.columns[name][:4] for name in setup.average.reads}
    generator = Generator(setup.average, setup.architecture, {})
    drawn, along = quantize(generator.draw(arrays)), min(setup.average.needs, default="source")
    gradient = generator.gradient(lambda images: images * images, decoded(arrays), along)
    feed = Feed(examples, setup.trained, batch=4, seed=5)
    losses = []
    for turns in engine.feed(lambda: feed.steps(0, STEPS), feed.turns(0)):
        for name, batch in zip(setup.trained.schedule, turns, strict=True):
            losses += [float(np.asarray(value)) for _, value in sorted(engine.update(name, batch).items())]
        setup.blend(0.5)
    after = np.concatenate([np.ravel(weight) for weight in setup.average.weights().values()])
    return {"images": drawn, "gradient": gradient, "losses": np.array(losses), "after": after}


def exchange(trained, file):
    """Write the first weights, or take those that the other backend wrote."""
    networks = {name: player.network for name, player in trained.players.items()}
    if file.exists():
        with np.load(file) as found:
            for name, network in networks.items():
                network.set_weights([found[f"{name}{k}"] for k in range(len(network.weights))])
        return
    np.savez(file, **{f"{n}{k}": np.asarray(w) for n, net in networks.items() for k, w in enumerate(net.get_weights())})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
