"""The reference DCGAN's training step as `train-gan` does it; run by `benchmarks.gan_step`.

``python -m benchmarks.loops.our_dcgan SIZE BATCH STEPS THREADS`` prints the seconds of each step, one a line, after two
that compile; then, after the word ``feed``, those of the input pipeline alone for ten times as many. Augmentation and
averaged weights are off, as the peer has neither; input through ``tf.data`` is on.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

WARM_UP = 2


def main(size: int, batch: int, steps: int, threads: int) -> None:
    """Train, and print the time of each step."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    from medcurate.dataset.samples import SampleSet
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.generate.training.setup import set_up
    from medcurate.learning.engines import make_engine
    from medcurate.learning.feed import Feed

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (512, size, size, 1), dtype=np.uint8)
    data = SampleSet({"target": images, "labels": np.zeros((512, 0), np.float32)})
    settings = TrainSettings(model="dcgan", size=size, batch=batch, augment=())
    engine = make_engine()
    setup = set_up(engine, settings, data)
    if size == 128 and setup.trained.parameters() != {"generator": 27_265_281, "discriminator": 582_785}:
        raise SystemExit(f"another network: {setup.trained.parameters()}")
    feed = Feed(data, setup.trained, batch=batch, seed=0)
    source = iter(engine.feed(lambda: feed.steps(0, WARM_UP + steps), feed.turns(0)))
    for step in range(WARM_UP + steps):
        began = time.perf_counter()
        for name, turn in zip(setup.trained.schedule, next(source), strict=True):
            logged = engine.update(name, turn)
        _ = [float(value) for value in logged.values()]
        if step >= WARM_UP:
            print(time.perf_counter() - began, flush=True)
    print("feed")
    source = iter(engine.feed(lambda: feed.steps(0, WARM_UP + 10 * steps), feed.turns(0)))
    for step in range(WARM_UP + 10 * steps):
        began = time.perf_counter()
        next(source)
        if step >= WARM_UP:
            print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]))
