"""One training: its setup, its callbacks in their order, and the weights that are kept at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.callbacks.average import Average, exponential
from medcurate.generate.callbacks.checkpointing import Checkpointing
from medcurate.generate.callbacks.early_stopping import EarlyStopping, Measure
from medcurate.generate.callbacks.history import History
from medcurate.generate.callbacks.monitors import FiniteNumbers, Monitor, Surroundings
from medcurate.generate.callbacks.samples import Samples
from medcurate.generate.callbacks.signals import until_signal
from medcurate.generate.callbacks.ticks import Ticks
from medcurate.generate.callbacks.time_limit import TimeLimit
from medcurate.generate.drawing.drawing import Drawing
from medcurate.generate.drawing.generator import Generator
from medcurate.generate.drawing.quantization import quantize
from medcurate.generate.drawing.reference_generator import ReferenceGenerator
from medcurate.generate.drawing.weights import BEST
from medcurate.generate.initial.row_map import Shares
from medcurate.generate.initial.start import NONE, Start, choose_start
from medcurate.generate.training import checkpoints, defaults
from medcurate.generate.training.curves import write_curves
from medcurate.generate.training.examples import LabeledExamples
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.setup import Setup, set_up
from medcurate.generate.training.sheet_labels import as_gray, sheet_labels
from medcurate.generate.training.state import gather, restore
from medcurate.generate.training.weight_choice import WeightChoice, choose_weights
from medcurate.learning.callback import Callback, DrawingCallback
from medcurate.learning.engine import Engine
from medcurate.learning.feed import Feed
from medcurate.learning.players import TrainingSetup
from medcurate.learning.random_inputs import CHOICE, GRID, draw, generator_at
from medcurate.learning.trainer import run
from medcurate.progress import ProgressReport

_REAL_IMAGES = 64
_HINTS = {
    "not-a-number": "Try a lower learning rate (--set learning_rate=0.0001), a larger batch, or --precision float32",
    "lost-diversity": "Try more data, augmentation, a larger batch, or a lower learning rate",
}
"""Advice where a family gives none."""


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The result of a training.

    Attributes
    ----------
    run : Path
        The run folder.
    generator : Generator or ReferenceGenerator
        With averaged weights, those that `choice` names; or, of a family that trains nothing, with the images.
    parameters : dict of str to int
        Trained parameters of each player.
    steps : int
        Including those before a resume.
    seconds : float
        Of training, including those before a resume.
    stopped : str
        Why it ended before its last step; empty if it did not.
    notes : tuple of str
        Warnings, images that were left out, damaged files.
    choice : WeightChoice
        Which of its weights the generator draws with, and why.
    warnings : tuple of str
        What spoke against the training before it began, see `medcurate.generate.training.concerns`.
    trained : TrainingSetup or None
        The players, with their last weights.
    """

    run: Path
    generator: Generator | ReferenceGenerator
    parameters: dict[str, int]
    steps: int
    seconds: float
    stopped: str
    notes: tuple[str, ...]
    choice: WeightChoice
    warnings: tuple[str, ...] = ()
    trained: TrainingSetup | None = None


class TrainingSession:
    """One training, from its start or from a checkpoint to its end.

    Parameters
    ----------
    engine : Engine
        Trains on the devices of a backend.
    out : Path
        The run folder; hold its lock.
    settings : TrainSettings
        With the family and its options.
    examples : LabeledExamples
        With every column that the family reads.
    measure : callable or None
        See `medcurate.generate.callbacks.early_stopping.Measure`.
    watchers : tuple of Callback
        Called after every step. Their state is kept by their places, so a resumed training needs the same ones.
    start : Start, optional
        First weights; random ones where not given.
    shares : mapping, optional
        Of the values of each condition that is known of the examples, for first weights.

    Raises
    ------
    UsageError
        The family does not fit the examples.
    """

    def __init__(
        self,
        engine: Engine,
        out: Path,
        settings: TrainSettings,
        examples: LabeledExamples,
        measure: Measure | None,
        watchers: tuple[Callback, ...],
        start: Start | None = None,
        shares: Shares | None = None,
    ) -> None:
        self._engine, self._out, self._settings, self._examples = engine, out, settings, examples
        self._watchers = watchers
        self._notes: list[str] = []
        self.setup: Setup = set_up(engine, settings, examples, start, shares)
        self._start = start or choose_start(NONE, settings.model, settings.options, self.setup.spec)
        self._drawing = Drawing(self.setup.average, self.setup.spec)
        self._history = History(out, settings.log_every)
        self._time = TimeLimit(settings.minutes)
        surroundings = Surroundings(self._warn, self._history.write, settings.log_every, _some(examples))
        self._finite = FiniteNumbers(surroundings)
        self._monitors = {name: make(surroundings) for name, make in self.setup.trained.monitors.items()}
        self._average = Average(self.setup.average, self.setup.blend, _decay(settings, self.setup))
        self._stopping = None if measure is None else self._early_stopping(measure)
        self.kept: dict[str, Callback] = {"average": self._average, **self._monitors, "time": self._time}
        if self._stopping is not None:
            self.kept["stopping"] = self._stopping
        self.kept |= {f"watcher-{number}": watcher for number, watcher in enumerate(watchers)}
        for watcher in watchers:
            if isinstance(watcher, DrawingCallback):
                watcher.can_draw(Generator(self.setup.average, self.setup.architecture, {}))

    def resume(self, found: checkpoints.Checkpoint) -> None:
        """Set the state of a checkpoint."""
        restore(self.setup.trained, self.kept, found.arrays, found.state)

    def run(self, first: int, notes: tuple[str, ...], *, show: bool) -> TrainResult:
        """Train from step `first` on, and write the generator.

        Raises
        ------
        KeyboardInterrupt
            A signal stopped the training; a checkpoint was written.
        """
        settings, trained = self._settings, self.setup.trained
        feed = Feed(self._examples, trained, batch=settings.batch, seed=settings.seed)
        images = max(settings.batch, trained.examples_per_step(settings.batch))
        self._notes = list(notes)
        # A time limit decides when it ends, not the steps: a bar would run to another end than the lines say.
        total = images * (settings.steps - first) if settings.minutes is None else None
        with (
            ProgressReport("images", total=total, show=show, lines=False) as report,
            until_signal() as signals,
        ):
            callbacks = [
                self._average,
                self._history,
                self._finite,
                *self._monitors.values(),
                self._samples(),
                *([self._stopping] if self._stopping is not None else []),
                *self._watchers,
                self._time,
                self._ticks(report, images),
                signals,
                Checkpointing(self._save, settings.checkpoint_minutes),
            ]
            steps, reasons = run(
                trained,
                self._engine,
                self._engine.feed(lambda: feed.steps(first, settings.steps), feed.turns(first)),
                first=first,
                callbacks=callbacks,
            )
        if signals.received:
            raise KeyboardInterrupt
        return self._finish(steps, reasons)

    def _ticks(self, report: ProgressReport, images: int) -> Ticks:
        settings = self._settings
        limit_s = None if settings.minutes is None else 60 * settings.minutes
        return Ticks(
            report,
            steps=settings.steps,
            seconds=lambda: self._time.seconds,
            limit_s=limit_s,
            images=images,
            stopping=self._stopping,
        )

    def _finish(self, steps: int, reasons: tuple[str, ...]) -> TrainResult:
        """Choose the weights to keep and write the generator."""
        if self._finite.broken or not _are_finite(self._average.weights()):
            steps = self._fall_back()
        choice = choose_weights(self._stopping, self._draw_with)
        facts = {
            "steps": steps,
            "seconds": round(self._time.seconds, 1),
            "images": len(self._examples),
            "digest": self._examples.digest,
            "settings": self._settings.to_dict(),
            "share_of_classes": _shares(self._examples),
            "init": self._start.record(),
        }
        generator = Generator(self.setup.average, self.setup.architecture, facts)
        best = None if self._stopping is None else self._stopping.best_weights or None
        generator.save(self._out, best=best, choice=choice.record())
        if best is not None and choice.weights == BEST:
            self._average.set_weights(best)
        write_curves(self._out, self.setup.trained.curves)
        parameters, seconds = self.setup.trained.parameters(), self._time.seconds
        stopped, notes = "; ".join(reasons), tuple(self._notes)
        trained = self.setup.trained
        return TrainResult(self._out, generator, parameters, steps, seconds, stopped, notes, choice, trained=trained)

    def _draw_with(self, weights: list[NDArray[Any]] | None) -> NDArray[np.uint8]:
        """Draw images of random numbers that no measurement used, with other weights than the last where given."""
        last = self._average.weights()
        try:
            if weights is not None:
                self._average.set_weights(weights)
            return self._fixed_draw(self.setup.trained.measured_images, CHOICE)()
        finally:
            self._average.set_weights(last)

    def _fall_back(self) -> int:
        """Take the weights of the last whole checkpoint, after weights became NaN."""
        found = checkpoints.newest(self._out)
        if found is None:
            raise UsageError(f"{self._out}: {'; '.join(self._notes)}. No checkpoint had been written")
        self.resume(found)
        self._notes += [*found.notes, f"the weights of step {found.step:,}, of the last whole checkpoint, were kept"]
        return found.step

    def _save(self, step: int) -> bool:
        arrays, state = gather(self.setup.trained, self.kept)
        if not _are_finite(arrays.values()):
            return False
        checkpoints.save(self._out, step, arrays, state)
        return True

    def _warn(self, step: int, kind: str, text: str) -> None:
        hint = self.setup.trained.hints.get(kind, _HINTS.get(kind, ""))
        text = f"{text}. {hint}".removesuffix(". ")
        self._history.write(step, {"warning": kind, "text": text})
        self._notes.append(f"step {step:,}: {text}")

    def _samples(self) -> Samples:
        n = min(self.setup.trained.grid_images, 4 * len(self._examples))
        watchers = tuple(monitor.watch for monitor in self._monitors.values() if isinstance(monitor, Monitor))
        arrays, rows = self._fixed_arrays(n, GRID)
        conditional = bool(self._examples.classes) and "labels" in self.setup.average.reads
        about = sheet_labels(self._examples, rows, conditional=conditional)
        return Samples(
            self._out, lambda: quantize(self._drawing(arrays, n)), self._settings.sample_every, watchers, about
        )

    def _early_stopping(self, measure: Measure) -> EarlyStopping:
        return EarlyStopping(
            measure,
            draw=self._fixed_draw(self.setup.trained.measured_images),
            weights=self._average.weights,
            write=self._history.write,
            every=self._settings.metric_every,
            patience=self._settings.patience,
        )

    def _fixed_draw(self, n: int, stream: int = GRID) -> Callable[[], NDArray[np.uint8]]:
        """Return a function that draws always from the same random numbers, and from columns of the same examples."""
        arrays, _ = self._fixed_arrays(n, stream)
        return lambda: quantize(self._drawing(arrays, n))

    def _fixed_arrays(self, n: int, stream: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
        """Return what `n` images are drawn from, and the rows of the examples whose columns are in it."""
        rng = generator_at(self._settings.seed, stream, n)
        arrays: dict[str, NDArray[Any]] = dict(draw(rng, self.setup.average.needs, n))
        rows = rng.integers(len(self._examples), size=n)
        arrays |= {name: self._examples.columns[name][rows] for name in sorted(self.setup.average.reads)}
        return arrays, rows


def _decay(settings: TrainSettings, setup: Setup) -> Callable[[int], float]:
    """Return how the weights are averaged: as the user says, else as the family does."""
    own = setup.trained.average
    if settings.average is None and own is not None:
        return own
    return partial(exponential, defaults.AVERAGE if settings.average is None else settings.average)


def _are_finite(arrays: Iterable[NDArray[Any]]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _some(examples: LabeledExamples) -> NDArray[Any]:
    """Return some real images as 8 bits, spread over the data."""
    places = np.unique(np.linspace(0, len(examples) - 1, _REAL_IMAGES).astype(int))
    return as_gray(examples.columns["target"][places])


def _shares(examples: LabeledExamples) -> dict[str, dict[str, int]]:
    """Count the images of each value of each condition."""
    if not examples.classes:
        return {}
    counts, at = examples.columns["labels"].sum(axis=0).astype(int).tolist(), 0
    found = {}
    for name, values in examples.classes.items():
        found[name] = dict(zip(values, counts[at : at + len(values)], strict=True))
        at += len(values)
    return found
