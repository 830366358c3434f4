"""Runs of families that train nothing: what ``train-gan`` writes for them, and how they are opened again."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.samples import SampleSet, Storage
from medcurate.errors import MedcurateError, UsageError
from medcurate.generate.callbacks.samples import FOLDER, write_sheet
from medcurate.generate.drawing.architecture import describe
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.drawing.quantization import decoded, quantize
from medcurate.generate.drawing.reference_generator import ReferenceGenerator, dataset_of, save_reference
from medcurate.generate.drawing.weights import GeneratorRecord, Weights, read_generator
from medcurate.generate.families.registry import reference_family
from medcurate.generate.references.contract import References, Rows
from medcurate.generate.training.reading import ReadExamples
from medcurate.generate.training.selection import read_training_examples
from medcurate.generate.training.session import TrainResult
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.sheet_labels import sheet_labels
from medcurate.generate.training.weight_choice import WeightChoice
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import GRID, generator_at

_SHOWN = 64


def refer_to(read: ReadExamples, folder: Path, run: Path, settings: TrainSettings) -> TrainResult:
    """Write the generator of a family that trains nothing, and a picture of what it draws.

    Parameters
    ----------
    read : ReadExamples
        The training images.
    folder : Path
        Of their dataset.
    run : Path
        The run folder; hold its lock.
    settings : TrainSettings

    Raises
    ------
    UsageError
        The family does not draw such images, or there are too few.
    OutputError
        `run` cannot be written.
    """
    began = time.monotonic()
    samples = read.samples
    architecture = describe(
        settings.model,
        settings.options,
        ImageSpec.of(samples.columns),
        samples.classes,
        contrasts=tuple(settings.contrasts),
    )
    facts = {"steps": 0, "seconds": 0.0, "images": len(samples), "digest": samples.digest}
    generator = _generator(samples, settings, architecture, {**facts, "settings": settings.to_dict()})
    notice = reference_family(settings.model).NOTICE
    save_reference(run, architecture, generator.facts, dataset=folder, digest=digest_of(samples), notice=notice)
    _draw_sheet(run, generator, samples, settings)
    why = "nothing was trained: images are put together from training images when they are drawn"
    notes = (notice, f"{folder} must stay as it is: generate reads its images again", *read.notes)
    seconds = time.monotonic() - began
    return TrainResult(run, generator, {}, 0, seconds, "", notes, WeightChoice("last", why))


def open_generator(
    run: Path, weights: Weights | None = None, *, dataset: Path | None = None, storage: Storage | None = None
) -> Generator | ReferenceGenerator:
    """Open the generator of a run, whichever family it is of.

    Parameters
    ----------
    run : Path
    weights : {'last', 'best'}, optional
        As in `Generator.load`.
    dataset : Path, optional
        Where the training images are now, for a generator that draws from them; where they were, if not given.
    storage : Storage, optional
        Where images go that outgrow memory.

    Raises
    ------
    UsageError
        There is none; the images are gone or have changed; or a dataset was given and is not needed.
    """
    record = read_generator(run, weights)
    if record.references:
        return _opened(record, dataset, storage)
    check_dataset(record, dataset)
    return Generator.load(run, weights)


def check_dataset(record: GeneratorRecord, dataset: Path | None) -> None:
    """Refuse a dataset for a generator that has weights of its own, and one that is not there; reads no image.

    Raises
    ------
    UsageError
        With what to do.
    """
    if not record.references:
        if dataset is not None:
            raise UsageError("--dataset: this generator has weights and needs no training images; leave the option out")
        return
    folder = dataset or dataset_of(record)[0]
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is not there: this generator keeps no images and draws from those that it was given. Bring the "
            "dataset back, or say where it is now: --dataset FOLDER"
        )


def digest_of(samples: SampleSet) -> str:
    """Return what changes with anything of the images that a drawing depends on: pixels, labels, IDs and patients."""
    return hashlib.sha256(repr((samples.digest, samples.groups)).encode()).hexdigest()


def _opened(record: GeneratorRecord, dataset: Path | None, storage: Storage | None) -> ReferenceGenerator:
    check_dataset(record, dataset)
    there, digest, _ = dataset_of(record)
    folder = dataset or there
    hint = f"{record.run} draws from the images it was given, unchanged. Bring them back, say where they are now "
    hint += "(--dataset FOLDER), or run train-gan anew"
    try:
        settings = TrainSettings.from_dict(record.facts["settings"])
        samples = read_training_examples(Dataset.open(folder), settings, storage=storage).samples
    except (KeyError, TypeError) as error:
        raise UsageError(f"{record.run}: its settings are not complete ({error}); run train-gan anew") from None
    except MedcurateError as error:
        raise UsageError(f"{folder}: {error}. {hint}") from error
    if digest_of(samples) != digest:
        before = record.facts.get("images")
        raise UsageError(
            f"{folder}: expected the {before} training images of the run, received {len(samples):,} with other pixels, "
            f"labels, IDs or patient groups. {hint}"
        )
    return _generator(samples, settings, dict(record.architecture), dict(record.facts))


def _generator(
    samples: SampleSet, settings: TrainSettings, architecture: dict[str, Any], facts: dict[str, Any]
) -> ReferenceGenerator:
    module, spec = reference_family(settings.model), ImageSpec.of(samples.columns)
    if lacking := module.supports(spec):
        raise UsageError(f"--model {settings.model} draws {lacking}; choose another, or other images")
    sampler = module.build_reference_sampler(settings.config, spec, references_of(samples))
    return ReferenceGenerator(sampler, architecture, facts)


def references_of(samples: SampleSet) -> References:
    """Return examples as references; images are decoded when they are read."""
    target = samples.columns["target"]
    labels = np.asarray(samples.columns.get("labels", np.zeros((len(samples), 0))), np.float32)

    def read(rows: Rows) -> NDArray[np.float32]:
        return decoded({"target": np.asarray(target[rows])})["target"]

    ids = tuple(members[0] for members in samples.members) or tuple(f"example {row}" for row in range(len(samples)))
    return References(read, labels, ids, samples.groups or (None,) * len(samples))


def _draw_sheet(run: Path, generator: ReferenceGenerator, samples: SampleSet, settings: TrainSettings) -> None:
    """Draw some images with the labels of random examples."""
    known = np.flatnonzero(references_of(samples).labels.any(axis=1)) if samples.classes else np.arange(len(samples))
    rng = generator_at(settings.seed, GRID, _SHOWN)
    rows = np.asarray(known[rng.integers(len(known), size=min(_SHOWN, 4 * len(samples)))], np.int64)
    labels = samples.columns["labels"][rows] if samples.classes else np.zeros((len(rows), 0), np.float32)
    images = [
        generator.sampler.draw(generator_at(settings.seed, GRID, k), label).image for k, label in enumerate(labels)
    ]
    (run / FOLDER).mkdir(exist_ok=True)
    about = sheet_labels(samples, rows, conditional=bool(samples.classes))
    write_sheet(run / FOLDER / "step-0000000.png", quantize(np.stack(images)), about)
