"""Whether the weights that a training chooses are at least as good as its last, on images that no choice has seen.

``python -m benchmarks.chosen_weights``.

The dataset of `benchmarks.gan_families`: sagittal slices with a pituitary tumor of ``sartaj`` at 32 px. Each training
has the same processor time and measures the distance to the validation split every so many steps. Then three sets of
images are compared with the test split, which neither training nor choice has read: those of the last weights, those of
the chosen weights, and those of the step with the smallest single measurement, which an earlier version kept.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Result, Table
from benchmarks.gan_families import AUGMENTED, make_dataset
from medcurate.generate.callbacks.early_stopping import ComparingMeasure
from medcurate.learning.callback import Callback, StepResult

FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "dcgan": ("dcgan", {"width": 16, "loss": "hinge", "spectral_norm": True, "learning_rate": 1e-3}),
    "fastgan": ("fastgan", {"width": 8}),
}
SEEDS = (0, 1)
SIZE = 32
KINDS = ("last", "chosen", "smallest single measurement")
MEASURES = ("frechet distance", "coverage")

Images = NDArray[np.uint8]


class Remembered:
    """A measure that keeps the images of the smallest single measurement."""

    def __init__(self, measure: ComparingMeasure) -> None:
        self.measure, self.smallest, self.step = measure, np.inf, 0
        self.images: Images = np.zeros((0, SIZE, SIZE, 1), np.uint8)
        self.looks = 0

    @property
    def floor(self) -> float:
        """The floor of the measure."""
        return self.measure.floor

    def __call__(self, generated: Images, /) -> dict[str, float]:
        """Measure, and keep the images if none were nearer."""
        found = dict(self.measure(generated))
        self.looks += 1
        if found["val_frechet_distance"] < self.smallest:
            self.smallest, self.images, self.step = found["val_frechet_distance"], generated.copy(), self.looks
        return found

    def compare(self, first: Images, second: Images, /) -> Any:
        """Compare as the measure does."""
        return self.measure.compare(first, second)


class Budget(Callback):
    """Ends a training when its processor time is over."""

    def __init__(self, cpu_seconds: float) -> None:
        self._limit, self._began = cpu_seconds, time.process_time()

    def begin(self, step: int) -> None:
        """Start the clock."""
        self._began = time.process_time()

    def after(self, result: StepResult) -> str | None:
        """Look at it."""
        return "the time is over" if time.process_time() - self._began > self._limit else None


def one_run(family: str, seed: int, dataset: Path, out: Path, cpu_seconds: float, every: int) -> dict[str, Any]:
    """Train, and compare the three sets with the test split."""
    from medcurate.cli.training_metric import distance_to_validation
    from medcurate.dataset import Dataset
    from medcurate.evaluate.fidelity.validation import ValidationDistance
    from medcurate.generate import Generator, TrainSettings, train

    model, options = FAMILIES[family]
    settings = TrainSettings(
        model=model, options=options, augment=AUGMENTED, size=SIZE, seed=seed, steps=10**6, metric_every=every,
        sample_every=10**6, checkpoint_minutes=10**6,
    )  # fmt: skip
    opened = Dataset.open(dataset)
    measure = distance_to_validation(opened, settings)
    if measure is None:
        raise ValueError("the validation split is too small")
    remembered = Remembered(measure)
    budget = Budget(cpu_seconds)
    result = train(opened, out, settings, measure=remembered, watchers=(budget,), progress=False)

    def read(split: str) -> Images:
        return np.concatenate([batch.images for batch in opened.select(split=split).batches(64, size=SIZE)])

    test = ValidationDistance(read("test"), read("train"))
    n = len(remembered.images)
    drawn = {
        "chosen": Generator.load(out).sample(0, n)[..., 0],
        "last": Generator.load(out, "last").sample(0, n)[..., 0],
    }
    drawn["smallest single measurement"] = remembered.images[..., 0]
    found = {kind: test(drawn[kind]) for kind in KINDS}
    return {
        "choice": result.choice.record(), "steps": result.steps, "single": every * remembered.step,
        "floor": test.floor, "images": n, "test": len(read("test")),
        **{kind: {"frechet distance": one["val_frechet_distance"], "coverage": one["val_coverage"]}
           for kind, one in found.items()},
    }  # fmt: skip


def report(done: dict[tuple[str, int], dict[str, Any]], given: argparse.Namespace) -> None:
    """Write the table: mean over seeds of each family."""
    rows, notes = [], []
    for family in given.families:
        runs = [done[family, seed] for seed in given.seeds]
        for kind in KINDS:
            rows += [
                Figure(
                    name=f"{family}: {kind}",
                    value=float(np.mean([run[kind][measure] for run in runs])),
                    n=len(runs),
                    unit="",
                    column=measure,
                )
                for measure in MEASURES
            ]
        for seed, run in zip(given.seeds, runs, strict=True):
            told = run["choice"]
            numbers = "; ".join(
                f"{kind} {run[kind]['frechet distance']:.3g} and {run[kind]['coverage']:.1%}" for kind in KINDS
            )
            notes.append(
                f"{family}, seed {seed}, {run['steps']:,} steps: {told['weights']} ({told['why']}); smallest single "
                f"measurement at step {run['single']:,}. Distance and coverage: {numbers}."
            )
    some = next(iter(done.values()))
    notes.insert(0, f"{some['images']} generated images of each kind against {some['test']} of the test split.")
    notes.insert(1, f"Real training images have a distance of {some['floor']:.3g}.")
    notes.insert(2, f"Each training had {given.cpu_seconds:.0f} s of processor time, measurements included.")
    notes.insert(3, "Two seeds give no interval: the numbers of each are listed.")
    table = Table(
        title="Weights that a training chooses, compared with its last",
        counts="seeds",
        interval="none",
        figures=rows,
        notes=notes,
    )
    settings = {"cpu_seconds": given.cpu_seconds, "metric_every": given.every, "seeds": list(given.seeds), "size": SIZE}
    Result(name="chosen-weights", tables=[table], settings=settings).write()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was not run yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", "../shared/data")))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "medcurate-gan-families")
    parser.add_argument("--cpu-seconds", type=float, default=120.0)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--families", nargs="+", default=tuple(FAMILIES), choices=FAMILIES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    dataset = make_dataset(given.data, given.folder)
    done = {}
    for family in given.families:
        for seed in given.seeds:
            kept = given.folder / f"chosen-{family}-{seed}-{given.cpu_seconds:.0f}.json"
            if not kept.exists():
                out = kept.with_suffix("")
                kept.write_text(json.dumps(one_run(family, seed, dataset, out, given.cpu_seconds, given.every)))
            done[family, seed] = json.loads(kept.read_text())
    report(done, given)


if __name__ == "__main__":
    main()
