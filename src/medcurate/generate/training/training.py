"""Train a generator: read the data, let the players play, keep what a resumed run needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.contrast_stacks import stack_contrasts
from medcurate.datasets_manifest.internal_use import check_use, sources_of
from medcurate.errors import UsageError
from medcurate.generate.callbacks.average import Average
from medcurate.generate.callbacks.checkpointing import Checkpointing
from medcurate.generate.callbacks.early_stopping import EarlyStopping, Measure
from medcurate.generate.callbacks.history import History
from medcurate.generate.callbacks.monitors import DiscriminatorWon, Diversity, FiniteNumbers
from medcurate.generate.callbacks.samples import Samples
from medcurate.generate.callbacks.signals import until_signal
from medcurate.generate.callbacks.time_limit import Progress, TimeLimit
from medcurate.generate.drawing.generator import Generator, draw
from medcurate.generate.training import checkpoints
from medcurate.generate.training.curves import write_curves
from medcurate.generate.training.run_record import check_same_run, write_record
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.setup import Setup, set_up
from medcurate.generate.training.state import gather, restore
from medcurate.generate.training.training_data import Feed, TrainingData, read_training_data
from medcurate.generate.training.training_set import record_training_set
from medcurate.learning.callback import Callback
from medcurate.learning.engine import Engine
from medcurate.learning.engines import make_engine
from medcurate.learning.random_inputs import GRID, generator_at
from medcurate.learning.trainer import run
from medcurate.progress import ProgressReport
from medcurate.run_folder import PRIVATE, lock

_GRID_IMAGES = 64
_MEASURED_IMAGES = 256


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training gave.

    Attributes
    ----------
    run : Path
    generator : Generator
    parameters : dict of str to int
        Of each player.
    steps : int
        Done in all.
    seconds : float
        Of training, those before a resume included.
    stopped : str
        Why it ended before its last step; empty if it did not.
    notes : tuple of str
        Warnings and what else a user should know.
    """

    run: Path
    generator: Generator
    parameters: dict[str, int]
    steps: int
    seconds: float
    stopped: str
    notes: tuple[str, ...]


def select_training_images(dataset: Dataset, settings: TrainSettings) -> Dataset:
    """Return the part of a dataset that a training reads.

    A dataset without any split is read as a whole.
    """
    split = settings.split
    if split is not None and all(value is None for value in dataset.rows.column("split").unique().to_pylist()):
        split = None
    return dataset.select(split=split, plane=settings.plane or None, tumor=settings.tumor or None)


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

    Parameters
    ----------
    dataset : Dataset
        Its split ``settings.split`` alone is read.
    out : Path
        The run folder.
    settings : TrainSettings
    resume : bool
        Go on with a finished run, too, for more steps. One that was stopped always goes on from its newest checkpoint.
    measure : callable, optional
        ``(generated images) -> named numbers``, the first to be made small: the weights with the smallest are kept,
        and ``settings.patience`` counts on it.
    strategy : {'mirrored', 'multiworker'}, optional
        Train on all devices of this machine, or on several machines (TensorFlow).
    backend : {'tensorflow', 'jax'}, optional
    watchers : tuple of Callback
        Told of every step, such as TensorBoard's.
    progress : bool, optional
        Show progress; None shows it where it is long.

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
    engine = make_engine(backend, strategy)
    if engine.workers > 1 and settings.minutes is not None:
        raise UsageError("--minutes: several machines cannot agree on the time; give --steps alone")
    stacks = stack_contrasts(select_training_images(dataset, settings), settings.contrasts)
    with _home(engine, out) as home:
        data = read_training_data(
            stacks.dataset,
            size=settings.size,
            condition=settings.condition,
            channels=stacks.channels,
            cache=home / PRIVATE / "images.raw",
        )
        found = checkpoints.newest(out)
        check_same_run(home, settings, data, resume=resume)
        _check_workers(engine, data, found.step if found is not None else 0)
        write_record(home, settings, data, dataset.folder)
        record_training_set(home, stacks.dataset)
        training = _Training(engine, home, settings, data, measure, watchers)
        if found is not None:
            restore(training.setup.game, training.kept, found.arrays, found.state)
        notes = (*stacks.notes, *(found.notes if found is not None else ()))
        return training.run(found.step if found is not None else 0, notes, show=progress is not False)


def _check_workers(engine: Engine, data: TrainingData, first: int) -> None:
    """Refuse machines that would train along from another place or on other images: each would wait for the others."""
    for what, number in (("images", int(data.digest[:12], 16)), ("checkpoints", first)):
        if len(set(engine.of_all_workers(number))) > 1:
            raise UsageError(
                f"--strategy multiworker: expected the same {what} on every machine, received others. DATASET and RUN "
                "must lie where all machines see them"
            )


@contextmanager
def _home(engine: Engine, out: Path) -> Iterator[Path]:
    """Give the folder that this process may write: of several that train together only the first one's is kept."""
    if engine.worker == 0:
        with lock(out):
            yield out
        return
    with TemporaryDirectory(prefix="medcurate-worker-") as folder:
        yield Path(folder)


class _Training:
    """One run: what was set up, and the callbacks in their order."""

    def __init__(
        self,
        engine: Engine,
        out: Path,
        settings: TrainSettings,
        data: TrainingData,
        measure: Measure | None,
        watchers: tuple[Callback, ...],
    ) -> None:
        self._engine, self._out, self._settings, self._data = engine, out, settings, data
        self._watchers = watchers
        self._notes: list[str] = []
        self.setup: Setup = set_up(engine, settings, data)
        self._grid = _fixed_draw(self.setup, data, settings.seed, min(_GRID_IMAGES, 4 * len(data)))
        self._history = History(out, settings.log_every)
        self._time = TimeLimit(settings.minutes)
        self._finite = FiniteNumbers(self._warn, settings.log_every)
        self._diversity = Diversity(self._warn, self._history.write, _some(data))
        self._stopping = None if measure is None else self._early_stopping(measure)
        won = DiscriminatorWon(self._warn, self.setup.game.even_loss, settings.log_every)
        self.kept: dict[str, Callback] = {
            "average": Average(self.setup.average, self.setup.blend, settings.average),
            "won": won,
            "diversity": self._diversity,
            "time": self._time,
        }
        if self._stopping is not None:
            self.kept["stopping"] = self._stopping

    def run(self, first: int, notes: tuple[str, ...], *, show: bool) -> TrainResult:
        """Train from step `first` on."""
        settings = self._settings
        feed = Feed(self._data, self.setup.game, batch=settings.batch, seed=settings.seed)
        images = settings.batch * max(
            1, sum(self.setup.game.players[name].reads_images for name in self.setup.game.turns)
        )
        self._notes = list(notes)
        with (
            ProgressReport("train-gan, images", total=images * (settings.steps - first), show=show) as report,
            until_signal() as signals,
        ):
            callbacks = [
                self.kept["average"],
                self._history,
                self._finite,
                self.kept["won"],
                Samples(self._out, self._grid, settings.sample_every, (self._diversity.watch,)),
                *([self._stopping] if self._stopping is not None else []),
                *self._watchers,
                self._time,
                Progress(report, images),
                signals,
                Checkpointing(self._save, settings.checkpoint_minutes),
            ]
            steps, reasons = run(
                self.setup.game,
                self._engine,
                self._engine.feed(lambda: feed.steps(first, settings.steps), feed.turns(first)),
                first=first,
                callbacks=callbacks,
            )
        if signals.received:
            raise KeyboardInterrupt
        return self._finish(steps, reasons)

    def _finish(self, steps: int, reasons: tuple[str, ...]) -> TrainResult:
        """Choose the weights to keep and write the generator."""
        if self._finite.broken or not _are_finite(self.setup.average.get_weights()):
            steps = self._fall_back()
        if self._stopping is not None and self._stopping.best_weights:
            self.setup.average.set_weights(self._stopping.best_weights)
            self._notes.append(f"the weights of step {self._stopping.best_step:,}, the best by the metric, were kept")
        game, settings = self.setup.game, self._settings
        facts = {
            "steps": steps,
            "seconds": round(self._time.seconds, 1),
            "images": len(self._data),
            "digest": self._data.digest,
            "settings": settings.to_dict(),
            "share_of_classes": _shares(self._data),
        }
        generator = Generator(self.setup.average, self.setup.architecture, facts)
        generator.save(self._out)
        write_curves(self._out)
        return TrainResult(
            self._out, generator, game.parameters(), steps, self._time.seconds, "; ".join(reasons), tuple(self._notes)
        )

    def _fall_back(self) -> int:
        """Take the weights of the last whole checkpoint, after numbers were lost."""
        found = checkpoints.newest(self._out)
        if found is None:
            raise UsageError(f"{self._out}: {'; '.join(self._notes)}. No checkpoint had been written")
        restore(self.setup.game, self.kept, found.arrays, found.state)
        self._notes += [*found.notes, f"the weights of step {found.step:,}, of the last whole checkpoint, were kept"]
        return found.step

    def _save(self, step: int) -> bool:
        arrays, state = gather(self.setup.game, self.kept)
        if not _are_finite(arrays.values()):
            return False
        checkpoints.save(self._out, step, arrays, state)
        return True

    def _warn(self, step: int, kind: str, text: str) -> None:
        self._history.write(step, {"warning": kind, "text": text})
        self._notes.append(f"step {step:,}: {text}")

    def _early_stopping(self, measure: Measure) -> EarlyStopping:
        return EarlyStopping(
            measure,
            draw=_fixed_draw(self.setup, self._data, self._settings.seed, _MEASURED_IMAGES),
            weights=self.setup.average.get_weights,
            write=self._history.write,
            every=self._settings.metric_every,
            patience=self._settings.patience,
        )


def _fixed_draw(setup: Setup, data: TrainingData, seed: int, n: int) -> Callable[[], NDArray[np.uint8]]:
    """Return a function that draws always from the same latents, labels as often as in the data."""
    rng = generator_at(seed, GRID, n)
    numbers = rng.standard_normal((n, setup.game.latent), dtype=np.float32)
    labels = data.labels[rng.integers(len(data), size=n)]
    return lambda: draw(setup.average, numbers, labels)


def _are_finite(arrays: Iterable[NDArray[Any]]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _some(data: TrainingData) -> NDArray[Any]:
    """Return some real images as 8 bits, spread over the data."""
    places = np.unique(np.linspace(0, len(data) - 1, _GRID_IMAGES).astype(int))
    images = data.images[places]
    small: NDArray[np.uint8] = images if images.dtype == np.uint8 else (images >> 8).astype(np.uint8)
    return small


def _shares(data: TrainingData) -> dict[str, dict[str, int]]:
    """Count the images of each value of each condition."""
    counts, at = data.labels.sum(axis=0).astype(int).tolist(), 0
    found = {}
    for name, values in data.classes.items():
        found[name] = dict(zip(values, counts[at : at + len(values)], strict=True))
        at += len(values)
    return found
