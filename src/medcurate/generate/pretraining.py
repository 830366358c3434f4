"""Learn first weights from phantoms: make the heads, train on their slices, write the weights in half precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medcurate.dataset.samples import SampleSet, Storage
from medcurate.errors import UsageError
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.families.registry import family
from medcurate.generate.initial.weights_file import InitialWeights, write_initial_weights
from medcurate.generate.training.session import TrainResult
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train_on
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.keras_backend import load_keras
from medcurate.phantom.stream.cache import PhantomCache
from medcurate.phantom.stream.rows import ATTRIBUTES, CLASSES, SIZE
from medcurate.run_folder import PRIVATE

_IN_MEMORY_BYTES = 2**27
"""Larger columns lie in a file, so that memory does not grow with the number of heads."""


@dataclass(frozen=True, slots=True)
class PretrainingPlan:
    """What a pretraining would do.

    Attributes
    ----------
    config : dict
        Every setting with its value.
    parameters : dict of str to int
        Trained parameters of each player.
    heads, there : int
        Phantom heads that it needs, and those that are made already.
    run : Path
        The run folder.
    """

    config: dict[str, Any]
    parameters: dict[str, int]
    heads: int
    there: int
    run: Path


@dataclass(frozen=True, slots=True)
class Pretrained:
    """What was learned from phantoms.

    Attributes
    ----------
    weights : InitialWeights
        As they were written.
    training : TrainResult
    slices : int
        Phantom slices that were learned from.
    """

    weights: InitialWeights
    training: TrainResult
    slices: int


def pretrain(
    cache: PhantomCache,
    heads: int,
    out: Path,
    settings: TrainSettings,
    *,
    workers: int | None = None,
    backend: str | None = None,
    progress: bool | None = None,
) -> Pretrained:
    """Make or complete a cache of phantoms, train a family on it, and write a file of first weights.

    A run that was stopped continues: heads that are there are kept, and the training starts from its newest checkpoint,
    in the folder that `run_of` names. With more steps the same call goes on with a finished training.

    Parameters
    ----------
    cache : PhantomCache
        Its seed chooses the heads.
    heads : int
        How many, 4 or more; one of four kinds of tumor each in turn.
    out : Path
        The file.
    settings : TrainSettings
        Family, options, size, steps, batch, seed. First weights are random.
    workers : int, optional
        Processes that make heads.
    backend, progress
        As in `medcurate.generate.training.training.train`.

    Raises
    ------
    UsageError
        The size is above 128, there are too few heads, the cache is of another seed or version, or the run of another
        training.
    OutputError
        Something cannot be written.
    """
    check_pretraining(heads, settings)
    if out.is_dir():
        raise UsageError(f"--out: expected the name of a file, received the folder {out}")
    settings, run = replace(settings, init="none"), run_of(out)
    cache.make(heads, workers=workers, progress=progress)
    samples = read_phantoms(cache, heads, settings, Storage(run / PRIVATE / "phantoms", _IN_MEMORY_BYTES))
    result = train_on(samples, run, settings, resume=True, backend=backend, progress=progress)
    if result.trained is None or not isinstance(result.generator, Generator):
        raise UsageError(f"{run}: the training kept no players")
    facts = {
        **cache.facts(),
        "heads": heads,
        "slices": len(samples),
        "steps": result.steps,
        "seconds": round(result.seconds, 1),
        "training_seed": settings.seed,
        "batch": settings.batch,
        "share_of_classes": result.generator.facts["share_of_classes"],
        "attribute_means": _means(samples),
        "license": "Apache-2.0; phantoms are made from the MNI152 template, see its notice",
    }
    average, architecture = result.generator.sampler, result.generator.architecture
    weights = write_initial_weights(out, result.trained, average, architecture, facts)
    return Pretrained(weights, result, len(samples))


def run_of(out: Path) -> Path:
    """Return the run folder of a file of first weights: its name with ``.run``."""
    return out.with_name(f"{out.name}.run")


def plan_pretraining(cache: PhantomCache, heads: int, out: Path, settings: TrainSettings) -> PretrainingPlan:
    """Return what `pretrain` would do, and write nothing.

    Raises
    ------
    UsageError
        As `pretrain`, as far as it can be known before.
    """
    check_pretraining(heads, settings)
    load_keras()
    spatial, classes = (settings.size,) * 2, sum(map(len, CLASSES.values()))
    module = family(settings.model)
    spec = ImageSpec(spatial, 1, 0, classes, len(ATTRIBUTES))
    if module.supports(spec):
        spec = ImageSpec(spatial, 1, 0, classes)
    parameters = module.build(settings.config, spec).parameters()
    return PretrainingPlan(settings.to_dict(), parameters, heads, min(heads, cache.count()), run_of(out))


def check_pretraining(heads: int, settings: TrainSettings) -> None:
    """Raise unless phantoms can be of this size and number.

    Raises
    ------
    UsageError
        With what is expected.
    """
    if settings.size > SIZE:
        raise UsageError(f"--size: phantoms have {SIZE} pixels at most, received {settings.size}")
    if heads < 4:
        raise UsageError(f"--heads: expected 4 or more, one of each kind of tumor, received {heads}")


def read_phantoms(
    cache: PhantomCache, heads: int, settings: TrainSettings, storage: Storage | None = None
) -> SampleSet:
    """Return phantom slices with those columns that the family reads: not all are told attributes.

    Raises
    ------
    UsageError
        The family does not draw such images.
    """
    samples = cache.read(heads, size=settings.size, storage=storage)
    module = family(settings.model)
    if not module.supports(ImageSpec.of(samples.columns)):
        return samples
    columns = {name: column for name, column in samples.columns.items() if not name.startswith("attributes")}
    if lacking := module.supports(ImageSpec.of(columns)):
        raise UsageError(f"--model {settings.model} draws {lacking}: it cannot learn from slices of phantoms")
    return SampleSet(columns, samples.classes, groups=samples.groups)


def _means(samples: SampleSet) -> Mapping[str, Any]:
    if not samples.attributes:
        return {}
    values = samples.columns["attributes"]
    return {name: round(float(values[:, place].mean()), 4) for place, name in enumerate(samples.attributes)}
