"""The model families on one plane and tumor type of real data, with equal computing time.

``python -m benchmarks.gan_families``.

Sagittal slices with a pituitary tumor of ``sartaj`` at 64 px, as `homogenize` makes them. Each training gets the same
processor time (of all threads together, so that other work on the machine has no influence), and then generates as many
images as were held out: validation and test split, with patients separated as far as known. The baseline is the
distance of as many training images from the same held-out ones, which a perfect generator would reach.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table

SIZE, BATCH, SEEDS, CORES = 64, 16, (0, 1, 2), 2
T975 = {2: 4.303}  # Student's t at 97.5 %, by degrees of freedom
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
MEASURES = ("frechet_distance", "kernel_distance", "density", "coverage")


def make_dataset(data: Path, folder: Path) -> Path:
    """Sort, deduplicate and homogenize the set, as a user would."""
    from medcurate.curate import HomogenizeSettings, homogenize, sort_planes
    from medcurate.curate.filters.settings import Filters

    if not (folder / "dataset" / "catalogue.parquet").exists():
        sort_planes([data / "sartaj"], folder / "sorted", progress=False)
        filters = Filters(plane=("sagittal",), tumor=("pituitary",))
        homogenize(folder / "sorted", folder / "dataset", settings=HomogenizeSettings(filters=filters, size=128))
    return folder / "dataset"


def held_out(dataset: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the training images, and those of the other splits."""
    from medcurate.dataset import Dataset

    def read(split: Sequence[str]) -> np.ndarray:
        return np.concatenate([b.images for b in Dataset.open(dataset).select(split=split).batches(64, size=SIZE)])

    return read(["train"]), read(["val", "test"])


def one_run(name: str, seed: int, dataset: Path, out: Path, cpu_seconds: float) -> dict[str, Any]:
    """Train for so much processor time, draw, and measure."""
    from medcurate.dataset import Dataset
    from medcurate.evaluate.fidelity.quick import quick_fidelity
    from medcurate.generate import TrainSettings, train
    from medcurate.generate.callbacks.samples import write_sheet
    from medcurate.learning.callback import Callback, StepResult

    model, options, augment = RUNS[name]

    class Budget(Callback):
        began, steps, wall = 0.0, 0, 0.0

        def begin(self, step: int) -> None:
            self.began, self.wall = time.process_time(), time.monotonic()

        def after(self, result: StepResult) -> str | None:
            self.steps = result.step
            return "the time is over" if time.process_time() - self.began > cpu_seconds else None

    settings = TrainSettings(
        model=model, options=options, augment=augment, size=SIZE, batch=BATCH, seed=seed, steps=10**6,
        sample_every=10**6, checkpoint_minutes=10**6,
    )  # fmt: skip
    budget = Budget()
    result = train(Dataset.open(dataset), out, settings, watchers=(budget,), progress=False)
    _, real = held_out(dataset)
    drawn = result.generator.sample(0, len(real), seed=seed)
    write_sheet(out.parent / f"{out.name}.png", drawn[:24])
    found = quick_fidelity(real, drawn[..., 0])
    return {"steps": budget.steps, "parameters": result.parameters, **{key: found[key] for key in MEASURES}}


def slug(name: str) -> str:
    """Return a name that a file may have."""
    return "".join(c if c.isalnum() else "-" for c in name)


def in_process(name: str, seed: int, dataset: Path, folder: Path, cpu_seconds: float) -> dict[str, Any]:
    """Run one training in a process of its own, or take what an earlier call of this script kept."""
    kept = folder / f"{slug(name)}-{seed}.json"
    if not kept.exists():
        call = [sys.executable, "-m", "benchmarks.gan_families", "--run", name, "--seed", str(seed)]
        call += ["--folder", str(folder), "--cpu-seconds", str(cpu_seconds), "--kept", str(kept)]
        subprocess.run(call, check=True, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    return dict(json.loads(kept.read_text()))


def floor_of(train_images: np.ndarray, real: np.ndarray) -> list[dict[str, float]]:
    """Measure three random draws of training images, as many as were held out."""
    from medcurate.evaluate.fidelity.quick import quick_fidelity

    rng = np.random.default_rng(0)
    draws = [rng.choice(len(train_images), len(real), replace=False) for _ in SEEDS]
    return [quick_fidelity(real, train_images[rows]) for rows in draws]


def figures(name: str, runs: Sequence[Mapping[str, float]], reached: float | None) -> list[Figure]:
    """Give mean and interval over the seeds of each measure."""
    found = []
    for measure in MEASURES:
        values = np.array([run[measure] for run in runs])
        half = T975[len(values) - 1] * values.std(ddof=1) / np.sqrt(len(values))
        limit = reached if measure == "frechet_distance" else None
        mean = float(values.mean())
        column = measure.replace("_", " ")
        found.append(
            Figure(
                name=name,
                value=mean,
                low=mean - half,
                high=mean + half,
                n=len(values),
                unit="",
                column=column,
                at_most=limit,
            )
        )
    return found


def draw_samples(folder: Path) -> None:
    """Put samples of the first seed of each family under one another, for the docs."""
    rows = []
    for name in RUNS:
        drawn = cv2.imread(str(folder / f"{slug(name)}-{SEEDS[0]}.png"), cv2.IMREAD_GRAYSCALE)[:SIZE]
        head = np.full((18, drawn.shape[1]), 255, np.uint8)
        cv2.putText(head, name, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
        rows += [head, drawn]
    cv2.imwrite(str(ROOT / "docs" / "images" / "gan_families.jpg"), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 88])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was not run yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", "../shared/data")))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "medcurate-gan-families")
    parser.add_argument("--cpu-seconds", type=float, default=240.0)
    parser.add_argument("--run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    dataset = make_dataset(given.data, given.folder)
    if given.run:
        found = one_run(given.run, given.seed, dataset, given.kept.with_suffix(""), given.cpu_seconds)
        given.kept.write_text(json.dumps(found))
        return
    order = [(name, seed) for seed in SEEDS for name in RUNS]
    done = {(name, seed): in_process(name, seed, dataset, given.folder, given.cpu_seconds) for name, seed in order}
    report(given, dataset, done)


def report(given: argparse.Namespace, dataset: Path, done: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
    """Write the table."""
    train_images, real = held_out(dataset)
    floors = floor_of(train_images, real)
    base = float(np.mean([floor["frechet_distance"] for floor in floors]))
    rows = figures("real: training images", floors, None)
    for name in RUNS:
        rows += figures(name, [done[name, seed] for seed in SEEDS], 3 * base)
    steps = {name: [done[name, seed]["steps"] for seed in SEEDS] for name in RUNS}
    each, cores = given.cpu_seconds, given.cpu_seconds / CORES
    counts = "; ".join(f"{name} {', '.join(map(str, numbers))}" for name, numbers in steps.items())
    notes = [
        f"{len(train_images)} training images; {len(real)} generated against {len(real)} held out, classical encoder.",
        f"Each training had {each:.0f} s of processor time, as {cores:.0f} s of {CORES} busy cores.",
        f"Steps done, by seed: {counts}.",
        "The limit is three times the distance of real training images. Density and coverage: higher is better.",
        "Options and learning rates of fastgan and of the small dcgan were chosen with this set in view.",
    ]
    table = Table(
        title="Families with equal computing time, sagittal pituitary slices of sartaj at 64 px",
        counts="seeds",
        interval="95 %, Student's t over seeds",
        figures=rows,
        notes=notes,
    )
    draw_samples(given.folder)
    Result(name="gan-families", tables=[table], settings={"cpu_seconds": given.cpu_seconds, "batch": BATCH}).write()


if __name__ == "__main__":
    main()
