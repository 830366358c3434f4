"""Run by tests in a process of its own: a few training steps of every family on one Keras backend, from given weights.

``python backend_steps.py BACKEND WEIGHTS OUT``: WEIGHTS is a folder that the first run fills and the second reads; OUT
gets losses, images and averaged weights, a file for each family.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

STEPS = 2
OPTIONS = {
    "dcgan": {"width": 8, "spectral_norm": True},
    "fastgan": {"width": 4},
    "wgan-gp": {"width": 8, "critic_turns": 1},
}


def main(backend: str, weights: Path, out: Path) -> None:
    """Let every family do the same."""
    from medcurate.dataset.samples import SampleSet
    from medcurate.learning.engines import make_engine

    rng = np.random.default_rng(7)
    labels = np.eye(2, dtype=np.float32)[rng.integers(2, size=24)]
    images = rng.integers(0, 256, (24, 32, 32, 1), dtype=np.uint8)
    data = SampleSet({"target": images, "labels": labels}, {"tumor": ("glioma", "none")})
    for model in OPTIONS:
        np.savez(out / f"{model}.npz", **few_steps(make_engine(backend), model, data, weights / f"{model}.npz"))


def few_steps(engine, model, data, weights):
    """Set weights, draw images, do the steps; return what was drawn, logged and learned."""
    from medcurate.generate.drawing.drawing import Drawing
    from medcurate.generate.drawing.quantization import quantize
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.generate.training.setup import set_up
    from medcurate.learning.feed import Feed
    from medcurate.learning.random_inputs import draw_images

    settings = TrainSettings(model=model, options=OPTIONS[model], size=32, batch=4, condition=("tumor",))
    setup = set_up(engine, settings, data)
    networks = {name: player.network for name, player in setup.trained.players.items()}
    if weights.exists():
        with np.load(weights) as found:
            for name, network in networks.items():
                network.set_weights([found[f"{name}{k}"] for k in range(len(network.weights))])
    else:
        arrays = {f"{n}{k}": np.asarray(w) for n, net in networks.items() for k, w in enumerate(net.get_weights())}
        np.savez(weights, **arrays)
    for copy, trained in zip(setup.average.weights().values(), setup.trained.sampler.weights().values(), strict=True):
        copy.assign(trained)
    arrays = {**draw_images(3, 0, 4, setup.average.needs), "labels": data.labels[:4]}
    drawn = quantize(Drawing(setup.average, setup.spec)(arrays, 4))
    feed = Feed(data, setup.trained, batch=4, seed=5)
    losses = []
    for turns in engine.feed(lambda: feed.steps(0, STEPS), feed.turns(0)):
        for name, batch in zip(setup.trained.schedule, turns, strict=True):
            losses += [float(np.asarray(value)) for _, value in sorted(engine.update(name, batch).items())]
        setup.blend(0.5)
    after = np.concatenate([np.ravel(weight) for weight in setup.average.weights().values()])
    return {"images": drawn, "losses": np.array(losses), "after": after}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
