"""Evaluation of the generators of this project on real data: ``python -m benchmarks.sartaj_gain``.

Axial slices of ``sartaj`` as `homogenize` makes them, at 64 px, patients apart as far as they can be told. A generator
of each kind learns the four tumor types from the training split, draws as many of each, and `evaluate` compares them
with the held-out images: everything that the command measures, and above all whether a classifier with few real images
gains.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Result, Table
from medcurate.results import Metric, Report

SIZE, DRAWN = 64, 1200
RUNS: Mapping[str, tuple[str, dict[str, Any], int]] = {
    "dcgan": ("dcgan", {"width": 32, "loss": "hinge", "spectral_norm": True, "learning_rate": 1e-3}, 4000),
    "fastgan": ("fastgan", {}, 1000),
}
SHOWN = (
    "fidelity/frechet_distance", "fidelity/kernel_distance", "fidelity/density", "fidelity/coverage",
    "fidelity/authenticity", "overlap/density_overlap", "two_sample/label_agreement",
)  # fmt: skip


def make_dataset(data: Path, folder: Path) -> Path:
    """Sort, deduplicate and homogenize the set, and record its license, as a user would."""
    from medcurate.curate import HomogenizeSettings, homogenize, sort_planes
    from medcurate.curate.filters.settings import Filters
    from medcurate.datasets_manifest import write_manifest

    if not (folder / "dataset" / "verdict.json").exists():
        sort_planes([data / "sartaj"], folder / "sorted", progress=False)
        settings = HomogenizeSettings(filters=Filters(plane=("axial",)), size=128)
        homogenize(folder / "sorted", folder / "dataset", settings=settings)
        write_manifest(folder / "dataset")
    return folder / "dataset"


def one(name: str, dataset: Path, folder: Path) -> Report:
    """Train, generate and evaluate, each step only if it was not done before."""
    from medcurate.dataset import Dataset
    from medcurate.evaluate import evaluate
    from medcurate.generate import GenerateSettings, TrainSettings, generate, train

    model, options, steps = RUNS[name]
    run, drawn = folder / f"run-{name}", folder / f"drawn-{name}"
    settings = TrainSettings(model=model, options=options, size=SIZE, condition=("tumor",), steps=steps)
    train(Dataset.open(dataset), run, settings, resume=True)
    generate(run, drawn, settings=GenerateSettings(n=DRAWN, balanced=True))
    return evaluate(
        dataset, drawn, out=folder / f"report-{name}", size=SIZE, settings={"real_per_class": (25, 50, 100)}
    )


def gains(report: Report) -> Iterator[tuple[str, Metric]]:
    """Yield the gains in balanced accuracy, by what they are over and what was trained on."""
    for metric in report.metrics:
        quantity, _, variant = metric.name.removeprefix("downstream/").removesuffix("]").partition("[")
        if metric.name.startswith("downstream/") and quantity in ("gain", "gain_over_augmentation"):
            yield f"{quantity.replace('_', ' ')}, {variant}", metric


def figure(name: str, column: str, metric: Metric, **more: Any) -> Figure:
    """Take a metric as a figure."""
    low, high = metric.interval or (None, None)
    return Figure(
        name=name, column=column, value=metric.value, low=low, high=high, n=metric.n, unit=metric.unit, **more
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was not run yet, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", "../shared/data")))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "medcurate-sartaj-gain")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    dataset = make_dataset(given.data, given.folder)
    reports = {name: one(name, dataset, given.folder) for name in RUNS}
    gained = [figure(what, name, metric) for name, report in reports.items() for what, metric in gains(report)]
    others = [
        figure(metric.name, column, value)
        for name, report in reports.items()
        for metric in report.metrics
        if metric.name in SHOWN
        for column, value in ((name, metric), (f"{name}: real against real", metric.real_vs_real))
        if value is not None
    ]
    verdicts = [f"*{name}*: {verdict.text}" for name, report in reports.items() for verdict in report.verdicts]
    tables = [
        Table(
            title="Gain in balanced accuracy over the real images alone, axial sartaj at 64 px",
            counts="held-out images",
            interval="95 %, patients and trainings drawn again",
            figures=gained,
            notes=[f"{DRAWN:,} images were generated, as many of each tumor type; steps trained: "
                   + ", ".join(f"{name} {steps:,}" for name, (_, _, steps) in RUNS.items()) + "."],
        ),
        Table(title="The same images, other parts", counts="images", interval="95 %", figures=others, notes=verdicts),
    ]  # fmt: skip
    Result(name="sartaj-gain", tables=tables, settings={"size": SIZE}).write()


if __name__ == "__main__":
    main()
