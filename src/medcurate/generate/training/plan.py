"""``--dry-run``: settings, time and memory of a training, from a few real steps of it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from medcurate.dataset import Dataset
from medcurate.datasets_manifest.internal_use import check_use, sources_of
from medcurate.generate.families.registry import draws_from_references, reference_family
from medcurate.generate.initial.start import choose_start
from medcurate.generate.training import defaults
from medcurate.generate.training.concerns import find_concerns
from medcurate.generate.training.selection import read_training_examples
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.setup import set_up
from medcurate.learning.engines import make_engine
from medcurate.learning.feed import Feed

_WARM_UP = 2
_MEASURED = 5
_ENOUGH_S = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings and costs of a training.

    Attributes
    ----------
    config : dict
        Every setting with its value.
    parameters : dict of str to int
        Trained parameters of each player.
    images : int
        Training images.
    classes : dict of str to tuple of str
        Condition to its values.
    step_seconds : float
        Median of a few steps, after those that compile; 0 of a family that trains nothing.
    seconds : float
        Of the whole training at that pace.
    memory_mib : float or None
        Peak memory of this process, or of the accelerator where there is one; None where the system does not tell.
    notes : tuple of str
        Which images would be left out, and what would be done to images of other shapes and ranges.
    warnings : tuple of str
        What speaks against the training, see `medcurate.generate.training.concerns`.
    """

    config: dict[str, Any]
    parameters: dict[str, int]
    images: int
    classes: dict[str, tuple[str, ...]]
    step_seconds: float
    seconds: float
    memory_mib: float | None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def plan_training(
    dataset: Dataset, settings: TrainSettings, *, strategy: str | None = None, backend: str | None = None
) -> Plan:
    """Do a few steps of a training, and write nothing.

    Raises
    ------
    UsageError, NothingUsable, PolicyError
        As `medcurate.generate.train`.
    """
    check_use(sources_of(dataset.folder), what="train-gan")
    if draws_from_references(settings.model):
        return _without_training(dataset, settings)
    engine = make_engine(backend, strategy)
    read = read_training_examples(dataset, settings)
    data = read.samples
    setup = set_up(engine, settings, data)
    feed = Feed(data, setup.trained, batch=settings.batch, seed=settings.seed)
    seconds = []
    steps = engine.feed(lambda: feed.steps(0, _WARM_UP + _MEASURED), feed.turns(0))
    for number, turns in enumerate(steps):
        began = time.monotonic()
        for name, batch in zip(setup.trained.schedule, turns, strict=True):
            logged = engine.update(name, batch)
        setup.blend(defaults.AVERAGE)
        _ = [float(np.asarray(value)) for value in logged.values()]  # waits until the device is done
        if number >= _WARM_UP:
            seconds.append(time.monotonic() - began)
        if sum(seconds) > _ENOUGH_S:
            break
    pace = float(np.median(seconds))
    return Plan(
        settings.to_dict(),
        setup.trained.parameters(),
        len(data),
        dict(data.classes),
        pace,
        min(pace * settings.steps, 60 * settings.minutes if settings.minutes else np.inf),
        engine.memory_mib() or _peak_mib(),
        (*read.notes, *choose_start(settings.init, settings.model, settings.options, setup.spec).notes),
        find_concerns(dataset, settings, read),
    )


def _without_training(dataset: Dataset, settings: TrainSettings) -> Plan:
    read = read_training_examples(dataset, settings)
    notes = (reference_family(settings.model).NOTICE, *read.notes)
    concerns = find_concerns(dataset, settings, read)
    classes = dict(read.samples.classes)
    return Plan(settings.to_dict(), {}, len(read.samples), classes, 0.0, 0.0, _peak_mib(), notes, concerns)


def _peak_mib() -> float | None:
    """Return the peak memory of this process; Linux counts in KiB, macOS in bytes, and Windows has no such count."""
    if sys.platform == "win32":
        return None
    else:  # noqa: RET505 - mypy reads one branch per platform
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
