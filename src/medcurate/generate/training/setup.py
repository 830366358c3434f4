"""Makes what a training needs of settings and data: the players, their variables, the averaged copy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from medcurate.errors import UsageError
from medcurate.generate.families.augmentation import augmentation
from medcurate.generate.families.registry import family
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training_data import TrainingData
from medcurate.learning.engine import Engine
from medcurate.learning.players import Game, Task


@dataclass(frozen=True, slots=True)
class Setup:
    """What is trained.

    Attributes
    ----------
    game : Game
    average : keras.Model
        A copy of the generator for averaged weights.
    blend : callable
        ``(decay) -> None`` moves the copy toward the generator.
    architecture : dict
        What the generator is built from.
    """

    game: Game
    average: Any
    blend: Callable[[float], None]
    architecture: dict[str, Any]


def set_up(engine: Engine, settings: TrainSettings, data: TrainingData) -> Setup:
    """Make players with weights drawn by the seed, and what surrounds them."""
    if settings.batch % engine.replicas:
        raise UsageError(f"--batch: expected a multiple of the {engine.replicas} devices, received {settings.batch}")
    classes = sum(len(values) for values in data.classes.values())
    channels = data.images.shape[-1]
    task = Task(settings.size, channels, classes, augmentation(settings.augment))
    module = family(settings.model)
    with _precision(settings.precision), engine.scope(), _first_weights(settings.seed):
        game = module.build(settings.config, task)
    with _precision(settings.precision), _first_weights(settings.seed):  # one copy, wherever the players are
        average = module.build_generator(settings.config, task)
    average.set_weights(game.generator.get_weights())
    engine.prepare(game)
    blend = engine.averager(average.weights, game.generator.weights)
    architecture = {
        "family": settings.model,
        "config": dict(settings.options),
        "size": settings.size,
        "channels": channels,
        "contrasts": list(settings.contrasts),
        "classes": {name: list(values) for name, values in data.classes.items()},
    }
    return Setup(game, average, blend, architecture)


@contextmanager
def _first_weights(seed: int) -> Iterator[None]:
    """Draw first weights by this seed: Keras takes seeds from Python's own random numbers, which stay as found."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def _precision(name: str) -> Iterator[None]:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
