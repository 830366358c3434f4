"""Train a generator: read the examples, run the players, keep what a resumed run needs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from medcurate.dataset import Dataset
from medcurate.dataset.samples import Storage
from medcurate.datasets_manifest.internal_use import check_use, sources_of
from medcurate.errors import UsageError
from medcurate.generate.callbacks.early_stopping import Measure
from medcurate.generate.families.registry import draws_from_references
from medcurate.generate.initial.row_map import Shares
from medcurate.generate.initial.start import Start, choose_start
from medcurate.generate.training import checkpoints
from medcurate.generate.training.advice import follow_advice
from medcurate.generate.training.checkpoints import Checkpoint
from medcurate.generate.training.concerns import find_concerns
from medcurate.generate.training.examples import LabeledExamples
from medcurate.generate.training.reading import ReadExamples
from medcurate.generate.training.reference_run import refer_to
from medcurate.generate.training.run_record import check_same_run, kept_start, write_record
from medcurate.generate.training.selection import read_training_examples
from medcurate.generate.training.session import TrainingSession, TrainResult
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training_set import record_training_set
from medcurate.learning.callback import Callback
from medcurate.learning.engine import Engine
from medcurate.learning.engines import make_engine
from medcurate.learning.image_spec import ImageSpec
from medcurate.run_folder import PRIVATE, lock


def train(
    dataset: Dataset,
    out: Path,
    settings: TrainSettings,
    *,
    resume: bool = False,
    measure: Measure | None = None,
    strategy: str | None = None,
    backend: str | None = None,
    watchers: tuple[Callback, ...] = (),
    progress: bool | None = None,
) -> TrainResult:
    """Train a generator on a dataset, and write the run folder.

    A family that trains nothing refers to the dataset instead, in seconds: see
    `medcurate.generate.references.contract`.

    Parameters
    ----------
    dataset : Dataset
        Its split ``settings.split`` alone is read.
    out : Path
        The run folder.
    settings : TrainSettings
        With the family and its options.
    resume : bool
        Continue a finished run for more steps. One that was stopped always continues from its newest checkpoint.
    measure : callable, optional
        ``(generated images) -> named numbers``: the weights with the smallest first number are kept, and
        ``settings.patience`` refers to it.
    strategy : {'mirrored', 'multiworker'}, optional
        Train on all devices of this machine, or on several machines (TensorFlow).
    backend : {'tensorflow', 'jax'}, optional
        What Keras runs on; see `medcurate.learning.keras_backend`.
    watchers : tuple of Callback
        Called after every step, such as TensorBoard's.
    progress : bool, optional
        False shows nothing; otherwise warnings and notes are printed before the training, and its progress meanwhile.

    Raises
    ------
    UsageError
        `out` holds another run, the dataset has changed since, or a setting does not fit the dataset.
    NothingUsable
        There is no image to train on.
    PolicyError
        The dataset may not be used any more.
    OutputError
        `out` cannot be written.
    """
    check_use(sources_of(dataset.folder), what="train-gan")
    settings, _ = follow_advice(dataset, settings)
    if draws_from_references(settings.model):
        if strategy is not None:
            raise UsageError(f"--strategy: --model {settings.model} trains nothing; leave the option out")
        return _refer(dataset, out, settings, resume=resume, show=progress is not False)
    engine = make_engine(backend, strategy)
    if engine.workers > 1 and settings.minutes is not None:
        raise UsageError("--minutes: several machines cannot agree on the time; give --steps alone")
    with _home(engine, out) as home:
        read = read_training_examples(dataset, settings, storage=Storage(home / PRIVATE / "samples"))
        found = _newest(engine, read.samples, out, home, settings, resume=resume)
        concerns = find_concerns(dataset, settings, read)
        start = _start(out, settings, read.samples, found)
        notes = (*read.notes, *start.notes)
        if progress is not False:
            print_concerns(concerns, notes)
        write_record(home, settings, read.samples, dataset.folder, concerns, start)
        record_training_set(home, dataset, read)
        session = TrainingSession(engine, home, settings, read.samples, measure, watchers, start, _shares(read))
        return replace(_run(session, found, notes, show=progress is not False), warnings=concerns)


def _refer(dataset: Dataset, out: Path, settings: TrainSettings, *, resume: bool, show: bool) -> TrainResult:
    """Write a run that refers to the dataset; images that outgrow memory are not kept in the run folder."""
    with lock(out):
        read = read_training_examples(dataset, settings)
        check_same_run(out, settings, read.samples, resume=resume)
        concerns = find_concerns(dataset, settings, read)
        if show:
            print_concerns(concerns, read.notes)
        write_record(out, settings, read.samples, dataset.folder, concerns)
        record_training_set(out, dataset, read)
        return replace(refer_to(read, dataset.folder, out, settings), warnings=concerns)


def print_concerns(concerns: Sequence[str], notes: Sequence[str]) -> None:
    """Print, on standard error, what speaks against a training and what was done to its images, before it begins."""
    for kind, texts in (("warning", concerns), ("note", notes)):
        for text in texts:
            sys.stderr.write(f"{kind}: {text}\n")
    sys.stderr.flush()


def train_on(
    examples: LabeledExamples,
    out: Path,
    settings: TrainSettings,
    *,
    resume: bool = False,
    backend: str | None = None,
    watchers: tuple[Callback, ...] = (),
    progress: bool | None = None,
) -> TrainResult:
    """Train a generator on examples that were read already.

    The run folder then tells nothing of a dataset: no ``training_ids.txt`` and no license terms.

    Parameters
    ----------
    examples : LabeledExamples
        With every column that the family reads; the size and the channels are those of ``target``.
    out, settings, resume, backend, watchers, progress
        As in `train`.

    Raises
    ------
    UsageError
        As in `train`, or a column is missing.
    OutputError
        `out` cannot be written.
    """
    if draws_from_references(settings.model):
        raise UsageError(f"--model {settings.model} draws from a dataset folder: give it to `train`, not examples")
    engine = make_engine(backend)
    with lock(out):
        found = _newest(engine, examples, out, out, settings, resume=resume)
        start = _start(out, settings, examples, found)
        write_record(out, settings, examples, out, start=start)
        session = TrainingSession(engine, out, settings, examples, None, watchers, start)
        return _run(session, found, start.notes, show=progress is not False)


def _newest(
    engine: Engine, examples: LabeledExamples, out: Path, home: Path, settings: TrainSettings, *, resume: bool
) -> Checkpoint | None:
    """Return the checkpoint of `out` to continue from, after checking that it belongs to this training."""
    found = checkpoints.newest(out)
    check_same_run(home, settings, examples, resume=resume)
    _check_workers(engine, examples, found.step if found is not None else 0)
    return found


def _start(out: Path, settings: TrainSettings, examples: LabeledExamples, found: Checkpoint | None) -> Start:
    """Return the first weights: those that a run was started with, where it continues."""
    if found is not None:
        return kept_start(out, settings)
    return choose_start(settings.init, settings.model, settings.options, ImageSpec.of(examples.columns))


def _shares(read: ReadExamples) -> Shares:
    """Count the values of what is known of the training images, whether the generator is told of it or not."""
    return {name: Counter(read.rows.column(name).to_pylist()) for name in ("plane", "tumor", "contrast")}


def _run(session: TrainingSession, found: Checkpoint | None, notes: tuple[str, ...], *, show: bool) -> TrainResult:
    if found is None:
        return session.run(0, notes, show=show)
    session.resume(found)
    return session.run(found.step, (*notes, *found.notes), show=show)


def _check_workers(engine: Engine, examples: LabeledExamples, first: int) -> None:
    """Refuse machines that start from another step or have other images: each would wait for the others."""
    for what, number in (("images", int(examples.digest[:12], 16)), ("checkpoints", first)):
        if len(set(engine.of_all_workers(number))) > 1:
            raise UsageError(
                f"--strategy multiworker: expected the same {what} on every machine, received others. DATASET and RUN "
                "must lie where all machines see them"
            )


@contextmanager
def _home(engine: Engine, out: Path) -> Iterator[Path]:
    """Yield the folder that this process may write; of several processes only the first one writes the run folder."""
    if engine.worker == 0:
        with lock(out):
            yield out
        return
    with TemporaryDirectory(prefix="medcurate-worker-") as folder:
        yield Path(folder)
