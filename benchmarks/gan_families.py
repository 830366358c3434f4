"""The model families on one plane and tumor type of real data, with equal computing time.

``python -m benchmarks.gan_families``.

Sagittal slices with a pituitary tumor of ``sartaj`` at 64 px, as `homogenize` makes them. The comparison is that of
`medcurate compare`: each training gets the same processor time (of all threads together, so that other work on the
machine has no influence), in a process of its own that is kept, and then generates as many images as were held out:
validation and test split, with patients separated as far as known.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table
from medcurate.compare.comparison import compare
from medcurate.compare.rows import CompareResult, Summary
from medcurate.compare.settings import CompareSettings
from medcurate.dataset.files import read_image

SIZE, BATCH, SEEDS, CPU_SECONDS, CORES = 64, 16, 3, 300.0, 2
LIMIT = 3.0  # of the ratio
AUGMENTED = ("color", "translation", "cutout")
SMALL_DCGAN = {"width": 32, "loss": "hinge", "spectral_norm": True, "learning_rate": 1e-3}
RUNS: Mapping[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "dcgan (reference)": ("dcgan", {}, ()),
    "dcgan (reference), augmented": ("dcgan", {}, AUGMENTED),
    "dcgan, width 32, hinge, spectral norm, augmented": ("dcgan", SMALL_DCGAN, AUGMENTED),
    "wgan-gp": ("wgan-gp", {}, ()),
    "wgan-gp, augmented": ("wgan-gp", {}, AUGMENTED),
    "fastgan": ("fastgan", {}, ()),
    "fastgan, augmented": ("fastgan", {}, AUGMENTED),
}
MEASURES = {
    "ratio": "ratio",
    "frechet_distance": "frechet distance",
    "kernel_distance": "kernel distance",
    "density": "density",
    "coverage": "coverage",
    "told_apart_linear": "told apart, linear",
    "told_apart_trees": "told apart, trees",
    "nearer_to_training": "nearer to training",
}
SHOWN = 8  # images of each family in the picture


def make_dataset(data: Path, folder: Path) -> Path:
    """Sort, deduplicate and homogenize the set, as a user would."""
    from medcurate.curate import HomogenizeSettings, homogenize, sort_planes
    from medcurate.curate.filters.settings import Filters

    if not (folder / "dataset" / "catalogue.parquet").exists():
        sort_planes([data / "sartaj"], folder / "sorted", progress=False)
        filters = Filters(plane=("sagittal",), tumor=("pituitary",))
        homogenize(folder / "sorted", folder / "dataset", settings=HomogenizeSettings(filters=filters, size=128))
    return folder / "dataset"


def run(dataset: Path, folder: Path, *, cpu_seconds: float, seeds: int, names: Sequence[str]) -> CompareResult:
    """Train and measure what an earlier call did not."""
    models = tuple(dict.fromkeys(RUNS[name][0] for name in names))
    settings = CompareSettings(models=models, budget=cpu_seconds, seeds=seeds, size=SIZE, batch=BATCH)
    trainings = {
        name: replace(settings.training(model), options=options, augment=augment)
        for name, (model, options, augment) in RUNS.items()
        if name in names
    }
    return compare(dataset, folder / "comparison", settings, trainings=trainings)


def figures(summary: Summary) -> list[Figure]:
    """Give mean and interval over the seeds of each measure."""
    found = []
    for measure, column in MEASURES.items():
        mean = summary.means.get(measure)
        if mean is None:
            continue
        limit = LIMIT if measure == "ratio" and summary.kind == "model" else None
        found.append(
            Figure(
                name=summary.model,
                value=mean.value,
                low=mean.low,
                high=mean.high,
                n=mean.n,
                unit="",
                column=column,
                at_most=limit,
            )
        )
    return found


def draw_samples(result: CompareResult, names: Sequence[str]) -> None:
    """Put samples of the first seed of each family under one another, for the docs."""
    strips = []
    for name in names:
        row = next((row for row in result.rows if row.model == name and row.images is not None), None)
        if row is None or row.images is None:
            continue
        drawn = np.hstack([read_image(path) for path in sorted(row.images.glob("*.png"))[:SHOWN]])
        head = np.full((18, drawn.shape[1]), 255, np.uint8)
        cv2.putText(head, name, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
        strips += [head, drawn]
    cv2.imwrite(str(ROOT / "docs" / "images" / "gan_families.jpg"), np.vstack(strips), [cv2.IMWRITE_JPEG_QUALITY, 88])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was not run yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", "../shared/data")))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "medcurate-gan-families")
    parser.add_argument("--dataset", type=Path, help="one that was made before")
    parser.add_argument("--cpu-seconds", type=float, default=CPU_SECONDS)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--only", action="append", choices=list(RUNS), help="some rows; the picture is then left alone")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    dataset = given.dataset or make_dataset(given.data, given.folder)
    names = given.only or list(RUNS)
    result = run(dataset, given.folder, cpu_seconds=given.cpu_seconds, seeds=given.seeds, names=names)
    report(result, given.cpu_seconds)
    if given.only is None:
        draw_samples(result, names)


def report(result: CompareResult, cpu_seconds: float) -> None:
    """Write the table."""
    steps = {
        name: [f"{row.values['steps']:.0f}" for row in result.rows if row.model == name]
        for name in dict.fromkeys(row.model for row in result.rows if "steps" in row.values)
    }
    train, held_out = (result.facts["dataset"][side] for side in ("train", "held_out"))
    counts = "; ".join(f"{name} {', '.join(numbers)}" for name, numbers in steps.items())
    notes = [
        f"{train} training images; {held_out} generated against {held_out} held out, classical encoder.",
        f"Each training had {cpu_seconds:.0f} s of processor time, {cpu_seconds / CORES:.0f} s of {CORES} busy cores.",
        f"Steps done, by seed: {counts}.",
        "The ratio is the Fréchet distance over that of real images against real ones.",
        "Density and coverage: higher is better. Told apart and nearer to training: one half is best.",
        "Options and learning rates of fastgan and of the small dcgan were chosen with this set in view.",
        *result.notes,
    ]
    table = Table(
        title="Families with equal computing time, sagittal pituitary slices of sartaj at 64 px",
        counts="seeds",
        interval="95 %, Student's t over seeds",
        figures=[figure for summary in result.summaries for figure in figures(summary)],
        notes=notes,
    )
    Result(name="gan-families", tables=[table], settings={"cpu_seconds": cpu_seconds, "batch": BATCH}).write()


if __name__ == "__main__":
    main()
