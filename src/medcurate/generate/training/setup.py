"""Makes what a training needs of settings and examples: the players, their variables, the averaged copy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import describe
from medcurate.generate.families.augmentation import augmentation
from medcurate.generate.families.registry import family
from medcurate.generate.initial.row_map import Condition, Shares
from medcurate.generate.initial.start import Start
from medcurate.generate.training.examples import LabeledExamples
from medcurate.generate.training.settings import TrainSettings
from medcurate.learning.engine import Engine
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup
from medcurate.learning.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Setup:
    """What is trained.

    Attributes
    ----------
    trained : TrainingSetup
        The players.
    spec : ImageSpec
        Taken from the examples.
    average : Sampler
        With copies of the networks, for averaged weights.
    blend : callable
        ``(decay) -> None`` moves the copies toward the networks of the players.
    architecture : dict
        What the generator is built from.
    """

    trained: TrainingSetup
    spec: ImageSpec
    average: Sampler
    blend: Callable[[float], None]
    architecture: dict[str, Any]


def set_up(
    engine: Engine,
    settings: TrainSettings,
    examples: LabeledExamples,
    start: Start | None = None,
    shares: Shares | None = None,
) -> Setup:
    """Make players with weights drawn by the seed or learned before, and the average of what will draw.

    Parameters
    ----------
    engine, settings, examples
        As of `TrainingSession`.
    start : Start, optional
        First weights; random ones where not given.
    shares : mapping, optional
        Of the values of each condition that is known of the examples, for first weights.

    Raises
    ------
    UsageError
        The family does not draw such images, or the devices cannot share a batch.
    """
    if settings.batch % engine.replicas:
        raise UsageError(f"--batch: expected a multiple of the {engine.replicas} devices, received {settings.batch}")
    spec = ImageSpec.of(examples.columns, augmentation(settings.augment))
    module = family(settings.model)
    if lacking := module.supports(spec):
        raise UsageError(f"--model {settings.model} draws {lacking}; choose another, or other images")
    with _precision(settings.precision), engine.scope(), _first_weights(settings.seed):
        trained = module.build(settings.config, spec)
    for player in trained.players.values():
        _name_layers(player.network)
    if trained.sampler is None:
        raise UsageError(f"--model {settings.model}: expected a setup with a sampler, received one without")
    if start is not None:
        start.apply(trained, Condition(dict(examples.classes), tuple(examples.attributes)), shares or {})
    with _precision(settings.precision), _first_weights(settings.seed):  # one copy, wherever the players are
        average = module.build_sampler(settings.config, spec)
    copies, sources = list(average.weights().values()), list(trained.sampler.weights().values())
    for copy, source in zip(copies, sources, strict=True):
        copy.assign(np.array(np.asarray(source)))  # its own memory: JAX may give away what a drawing was given
    engine.prepare(trained)
    more = {"attributes": tuple(examples.attributes), "contrasts": tuple(settings.contrasts)}
    architecture = describe(settings.model, settings.options, spec, examples.classes, **more)
    return Setup(trained, spec, average, engine.averager(copies, sources), architecture)


def _name_layers(network: Any) -> None:
    """Name layers by their places, not by how many were made before in this process.

    TensorFlow sorts by these names what it adds up: other names round in another way, and a training that is resumed in
    another process would end a rounding apart.
    """
    for place, layer in enumerate(network.layers):
        layer.name = f"layer_{place:04d}"
        if hasattr(layer, "layers"):
            _name_layers(layer)


@contextmanager
def _first_weights(seed: int) -> Iterator[None]:
    """Draw first weights by this seed: Keras takes seeds from Python's ``random``, whose state is restored."""
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
