"""Results of the segmenters of ``evaluate --dice`` for masks that are wrong by a known amount.

Six patients of ``volumes/brats2013`` are cut into axial slices: two to train with, two that stand for synthetic images,
as good as synthetic images can be, and two held out. The masks of the stand-ins are shifted, or left out of a share of
the images. The Dice of what a segmenter trained on real images finds in them, and of a segmenter trained on them alone,
must fall with the amount; without a change the first must be near that of held-out images.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.commands import medcurate, seconds
from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table
from medcurate.dataset import Dataset
from medcurate.evaluate.dice.agreement import agreement_metrics
from medcurate.evaluate.dice.examples import Examples, image_examples
from medcurate.evaluate.dice.mask_files import masked_images
from medcurate.evaluate.dice.regions import NUMBERINGS
from medcurate.evaluate.dice.segmenter import Network, Training
from medcurate.evaluate.dice.training_sets import Trained, Trainer, TrainingSet, image_names
from medcurate.results import Metric

REGIONS = NUMBERINGS["brats2013"]
SIZE = 64
SHIFTS_PX = (0, 4, 8, 16)
DROPPED = (0.5, 1.0)
NOTES = ("There are two patients to learn from: read the whole tumor; smaller regions are hardly found at all.",)


def make_slices(data: Path, work: Path) -> Dataset:
    """Cut the volumes into slices with the commands that a user has."""
    seconds(medcurate("scan", data / "volumes/brats2013", "--out", work / "scan", "-q"))
    how = ["--plane", "axial", "--size", str(SIZE), "--slices", "tumor", "--split", "train=0.5,test=0.5", "-q"]
    seconds(medcurate("homogenize", work / "scan", "--out", work / "slices", *how))
    return Dataset.open(work / "slices")


def of_patients(examples: Examples, patients: set[str]) -> Examples:
    rows = [row for row, group in enumerate(examples.groups) if group in patients]
    spacing = None if examples.spacing_mm is None else examples.spacing_mm[rows]
    groups = tuple(examples.groups[row] for row in rows)
    return Examples(examples.images[rows], examples.bits[rows], groups, True, spacing)


def shifted(examples: Examples, pixels: int) -> Examples:
    """Move the masks to the right, up to the border."""
    bits = np.zeros_like(examples.bits)
    bits[:, :, pixels:] = examples.bits[:, :, : SIZE - pixels]
    return replace(examples, bits=bits)


def dropped(examples: Examples, share: float, seed: int) -> Examples:
    """Leave the masks out of a share of the images."""
    bits = np.array(examples.bits)
    rows = np.random.default_rng(seed).permutation(len(bits))[: round(share * len(bits))]
    bits[rows] = 0
    return replace(examples, bits=bits)


def figures(metrics: tuple[Metric, ...], name: str, column: str) -> list[Figure]:
    """Return the Dice of each region."""
    return [
        Figure(
            name=f"{name}, {metric.name.split('[')[1][:-1].replace('_', ' ')}",
            column=column,
            value=metric.value,
            low=metric.interval[0] if metric.interval else None,
            high=metric.interval[1] if metric.interval else None,
            n=metric.n,
            unit="",
        )
        for metric in metrics
        if metric.name.startswith("dice/x_dice")
    ]


def of_segmenter(trained: Trained, seed: int, column: str, name: str) -> list[Figure]:
    metrics = agreement_metrics(trained.on_patients, "dice/x_{quantity}[{region}]", settings={}, seed=seed)
    return figures(metrics, name, column)


def of_condition(trained: Trained, examples: Examples, seed: int, column: str, *, real: bool) -> list[Figure]:
    patients = dict(zip(image_names(examples), examples.groups, strict=True))
    tallies = trained.on_images if real else trained.on_synthetic
    metrics = agreement_metrics(tallies, "dice/x_{quantity}[{region}]", settings={}, seed=seed, patients=patients)
    return figures(metrics, "found in held-out images" if real else "found in the stand-ins", column)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args(arguments)
    training = Training(steps=options.steps, batch=16, width=16, depth=3, learning_rate=2e-3, seed=0)
    with tempfile.TemporaryDirectory() as name:
        dataset = make_slices(options.data, Path(name))
        every = image_examples(masked_images(dataset), SIZE, REGIONS, Path(name) / "examples")
        patients = sorted(set(every.groups))
        real, made, test = (of_patients(every, set(patients[start::3])) for start in range(3))
        network = Network(real.images.shape[1:], REGIONS, training)
        rows = []
        changes = [(f"shifted by {px} px", shifted(made, px)) for px in SHIFTS_PX]
        changes += [(f"{share:.0%} left out", dropped(made, share, 0)) for share in DROPPED]
        for column, wrong in changes:
            trainer = Trainer(network, test, wrong, options.repeats)
            if not rows:
                judge = trainer.run(TrainingSet("real", ((real, np.arange(len(real))),)))
                rows += of_condition(judge, test, training.seed, column, real=True)
                rows += of_segmenter(judge, training.seed, column, "trained on real")
            rows += _found_again(judge, trainer, wrong, training.seed, column)
            alone = trainer.run(TrainingSet("synthetic", ((wrong, np.arange(len(wrong))),)))
            rows += of_segmenter(alone, training.seed, column, "trained on the stand-ins")
            print(column, [round(row.value, 3) for row in rows if row.column == column], flush=True)
    table = Table(
        title="Masks that are wrong by a known amount: Dice of segmenters",
        counts="patients where a segmenter was trained; images where regions were found in them",
        interval="bootstrap over patients (two of them: read the direction, not the width)",
        figures=rows,
        notes=NOTES,
    )
    settings = {
        "steps": options.steps,
        "repeats": options.repeats,
        "size": SIZE,
        "images": [len(real), len(made), len(test)],
    }
    Result(name="segmenter-truth", tables=[table], settings=settings).write()


def _found_again(judge: Trained, trainer: Trainer, wrong: Examples, seed: int, column: str) -> list[Figure]:
    """Compare what the last segmenter trained on real images finds with other masks; it is not trained again."""
    if judge.last is None:
        return []
    found = replace(judge, on_synthetic=(trainer.tally(judge.last, wrong, image_names(wrong), in_mm=True),))
    return of_condition(found, wrong, seed, column, real=False)


if __name__ == "__main__":
    main()
