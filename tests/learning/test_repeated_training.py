"""A network that is trained again and again begins anew each time, and learns the same from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import SampleSet
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.repeated_training import Recipe, RepeatedTraining

pytest.importorskip("tensorflow")
STEPS = 100


def line(seed):
    """Build a network with one weight and a bias."""
    import keras

    inputs = keras.Input((1,))
    initializer = keras.initializers.RandomNormal(seed=seed)
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=initializer)(inputs))


def squared(network, batch):
    from keras import ops

    noise = 0.001 * (batch["noise"] - 0.5)
    return ops.mean((network(batch["labels"][:, :1] + noise, training=True) - batch["labels"][:, 1:]) ** 2)


@pytest.fixture(scope="module")
def training():
    recipe = Recipe(
        build=line,
        loss=squared,
        reads=frozenset({"labels"}),
        random={"noise": RandomInput((1,), "uniform")},
        steps=STEPS,
        batch=8,
        learning_rate=0.1,
    )
    return RepeatedTraining(recipe)


def examples(slope):
    x = np.linspace(-1, 1, 24, dtype=np.float32)
    return SampleSet({"labels": np.stack([x, slope * x + 0.5], axis=1)})


def test_it_learns_what_it_is_shown_and_forgets_it(training):
    for slope in (2.0, -1.0):
        losses = training.train(examples(slope), seed=1)
        assert len(losses) == STEPS
        assert losses[-1] < 0.05 * losses[0]
        kernel, bias = (np.asarray(weight).ravel()[0] for weight in training.network.get_weights())
        assert (kernel, bias) == pytest.approx((slope, 0.5), abs=0.1)


def test_the_seed_decides_whatever_was_trained_before(training):
    first = training.train(examples(2.0), seed=1)
    training.train(examples(-1.0), seed=5)
    assert training.train(examples(2.0), seed=1) == first
    assert training.train(examples(2.0), seed=2) != first


def test_progress_is_told_step_by_step(training):
    done = []
    training.train(examples(1.0), seed=0, advance=done.append)
    assert done == [1] * STEPS
