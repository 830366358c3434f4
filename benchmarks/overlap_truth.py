"""Detection limits of overlap, two-sample tests and label agreement for corrupted images.

``python -m benchmarks.overlap_truth --data DIR``. The synthetic images are other real images of the same set, like
those of a perfect generator; then a known fraction of them is corrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.figures import Figure, Result, Table
from medcurate.dataset import Dataset
from medcurate.encoders import encoder, fit_scale
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.neighbors import nearest
from medcurate.evaluate.overlap.cluster_coverage import cluster_coverage
from medcurate.evaluate.overlap.density_overlap import density_overlap
from medcurate.evaluate.overlap.embedding import embed
from medcurate.evaluate.overlap.neighbor_lists import NeighborLists, list_length, neighbor_shares
from medcurate.evaluate.overlap.settings import OverlapSettings
from medcurate.evaluate.two_sample.judged_labels import Labeled, label_agreement
from medcurate.evaluate.two_sample.told_apart import told_apart
from medcurate.results import Metric

SEED, SIZE = 0, 64
SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
MISSING = "pituitary_tumor"
COLUMNS = {
    "overlap/density_overlap": "density overlap",
    "overlap/synthetic_neighbors[of_real]": "synthetic neighbors of real",
    "overlap/synthetic_neighbors[of_synthetic]": "synthetic neighbors of synthetic",
    "overlap/cluster_coverage": "cluster coverage",
    "two_sample/accuracy[linear]": "told apart, linear",
    "two_sample/accuracy[trees]": "told apart, trees",
    "two_sample/label_agreement": "label agreement",
}


class Images(NamedTuple):
    pixels: np.ndarray
    names: np.ndarray

    def take(self, rows: np.ndarray) -> Images:
        return Images(self.pixels[rows], self.names[rows])


class Ground(NamedTuple):
    """Real images to train with, held out, and to spoil; and others that may stand in for a class."""

    train: Images
    test: Images
    base: Images
    spare: Images


Spoil = Callable[[Ground, np.ndarray, np.random.Generator], Images]


def noise(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    pixels = ground.base.pixels.copy()
    pixels[rows] = rng.integers(0, 256, (len(rows), SIZE, SIZE), np.uint8)
    return Images(pixels, ground.base.names)


def blurred(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    pixels = ground.base.pixels.copy()
    for row in rows.tolist():
        pixels[row] = cv2.GaussianBlur(pixels[row], (0, 0), 1.0)
    return Images(pixels, ground.base.names)


def noisy(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    pixels = ground.base.pixels.copy()
    pixels[rows] = np.clip(pixels[rows] + rng.normal(0, 8, (len(rows), SIZE, SIZE)), 0, 255).astype(np.uint8)
    return Images(pixels, ground.base.names)


def missing(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    """Replace a share of one class's images by such of other classes."""
    own = np.flatnonzero(ground.base.names == MISSING)
    gone = own[: round(len(own) * len(rows) / len(ground.base.names))]
    others = np.flatnonzero(ground.spare.names != MISSING)[: len(gone)]
    pixels, names = ground.base.pixels.copy(), ground.base.names.copy()
    pixels[gone], names[gone] = ground.spare.pixels[others], ground.spare.names[others]
    return Images(pixels, names)


def copied(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    """Replace a share by held-out images."""
    pixels, names = ground.base.pixels.copy(), ground.base.names.copy()
    chosen = rng.permutation(len(ground.test.names))[: len(rows)]
    pixels[rows[: len(chosen)]], names[rows[: len(chosen)]] = ground.test.pixels[chosen], ground.test.names[chosen]
    return Images(pixels, names)


def collapsed(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    """Replace a share by ten images, over and over."""
    few = rng.permutation(len(ground.base.names))[:10]
    chosen = few[rng.integers(0, 10, len(rows))]
    pixels, names = ground.base.pixels.copy(), ground.base.names.copy()
    pixels[rows], names[rows] = pixels[chosen], names[chosen]
    return Images(pixels, names)


def mislabeled(ground: Ground, rows: np.ndarray, rng: np.random.Generator) -> Images:
    names = ground.base.names.copy()
    classes = np.unique(names)
    for row in rows.tolist():
        names[row] = rng.choice(classes[classes != names[row]])
    return Images(ground.base.pixels, names)


SPOILERS: dict[str, tuple[str, Spoil]] = {
    "noise": ("Images of noise", noise),
    "noisy": ("Images with noise of 8 gray levels added", noisy),
    "blurred": ("Images blurred by 1 pixel", blurred),
    "missing": (f"Images of {MISSING} replaced by other classes (share of the class)", missing),
    "copied": ("Copies of held-out images", copied),
    "collapsed": ("Ten images over and over", collapsed),
    "mislabeled": ("Wrong labels", mislabeled),
}


def read_ground(folder: Path, n: int) -> Ground:
    dataset = Dataset.open(folder)
    pixels = read_pixels(dataset, SIZE)
    names = np.array(dataset.rows.column("tumor").to_pylist(), object)
    _, first = np.unique([hashlib.sha256(image.tobytes()).hexdigest() for image in pixels], return_index=True)
    order = np.random.default_rng(SEED).permutation(np.sort(first))
    test, base, rest = order[:n], order[n : 2 * n], order[2 * n :]
    train, spare = rest[len(rest) // 3 :], rest[: len(rest) // 3]
    return Ground(*(Images(pixels[rows], names[rows]) for rows in (train, test, base, spare)))


class Judge:
    """Measures a set of synthetic images as the parts do."""

    def __init__(self, ground: Ground, draws: int) -> None:
        self._ground = ground
        self._encoder = encoder("classical")
        raw = self._encoder.encode(ground.train.pixels)
        scale = fit_scale(raw[::2], self._encoder.blocks)
        assert scale is not None
        self._scale = scale
        self._train, self._test = scale.apply(raw), scale.apply(self._encoder.encode(ground.test.pixels))
        self._settings = OverlapSettings(draws=draws)

    def __call__(self, made: Images, halvings: int = 0) -> dict[str, Metric]:
        real, synthetic = self._test, self._scale.apply(self._encoder.encode(made.pixels))
        both = np.concatenate([real, synthetic])
        near = nearest(both, both, list_length(self._settings.k), skip_self=True)
        lists = NeighborLists.among(near[1], self._settings.k)
        places = embed(both, near, neighbors=15, min_distance=0.1, seed=SEED)
        drawn = {"draws": self._settings.draws, "seed": SEED}
        named = (
            Labeled(self._train, self._ground.train.names.tolist()),
            Labeled(real, self._ground.test.names.tolist()),
            Labeled(synthetic, made.names.tolist()),
        )
        found = [
            density_overlap(places[: len(real)], places[len(real) :], **drawn),
            *neighbor_shares(real, synthetic, lists=lists, **drawn),
            cluster_coverage(real, synthetic, lists=lists, **drawn),
            *(
                told_apart(real, synthetic, classifier=name, halvings=halvings, seed=SEED)
                for name in ("linear", "trees")
            ),
            label_agreement(*named, seed=SEED)[0],
        ]
        return {metric.name: metric for metric in found}


def noticed(metric: Metric) -> bool:
    """Say whether a metric differs from real against real by more than chance."""
    if "gap_interval" in metric.settings:
        low, high = metric.settings["gap_interval"]
        return not low <= 0 <= high
    if metric.interval is None:
        return False
    if "accuracy" in metric.name or metric.real_vs_real is None:
        return not metric.interval[0] <= 0.5 <= metric.interval[1]
    halves = [(end[1] - end[0]) / 2 for end in (metric.interval, metric.real_vs_real.interval) if end is not None]
    return abs(metric.value - metric.real_vs_real.value) > math.hypot(*halves)


def figures(row: str, found: dict[str, Metric]) -> Iterator[Figure]:
    for name, column in COLUMNS.items():
        metric = found[name]
        low, high = (None, None) if metric.interval is None else (round(100 * end, 3) for end in metric.interval)
        yield Figure(name=row, column=column, value=round(100 * metric.value, 3), low=low, high=high, n=metric.n)


def floors(found: dict[str, Metric]) -> Iterator[Figure]:
    beside = {name: metric.real_vs_real for name, metric in found.items()}
    yield from figures("real against real", {name: metric for name, metric in beside.items() if metric is not None})


def remarks(curve: dict[float, dict[str, Metric]]) -> list[str]:
    """Say from which share on each figure differs from real against real, at this share and all larger ones."""
    told = []
    for name, column in COLUMNS.items():
        shares = sorted(curve, reverse=True)
        from_here = next((at for at, share in enumerate(shares) if not noticed(curve[share][name])), len(shares))
        smallest = shares[from_here - 1] if from_here else None
        told.append(f"{column}: " + ("not noticed" if smallest is None else f"noticed from {100 * smallest:g} % on"))
    return ["; ".join(told) + "."]


def main(arguments: Sequence[str] | None = None) -> int:
    given = os.environ.get("MEDCURATE_DATA")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=given, help="folder of real data; default: MEDCURATE_DATA")
    parser.add_argument("--n", type=int, default=800, help="images a side (800)")
    parser.add_argument("--draws", type=int, default=200, help="halves (200)")
    parser.add_argument("--only", choices=SPOILERS, action="append", help="what is done to the images (all)")
    options = parser.parse_args(arguments)
    if options.data is None:
        print("error: --data or MEDCURATE_DATA: expected the folder of real data", file=sys.stderr)
        return 2
    ground = read_ground(options.data / "sartaj", options.n)
    judge = Judge(ground, options.draws)
    perfect = judge(ground.base, halvings=2)
    print({name: (round(metric.value, 3), noticed(metric)) for name, metric in perfect.items()}, flush=True)
    tables: list[Table] = []
    settings = {
        "n": options.n,
        "size": SIZE,
        "encoder": encoder("classical").name,
        "seed": SEED,
        "draws": options.draws,
    }
    for kind in options.only or SPOILERS:
        title, spoil = SPOILERS[kind]
        curve = {}
        for share in SHARES:
            rng = np.random.default_rng(SEED)
            rows = rng.permutation(options.n)[: round(share * options.n)]
            curve[share] = judge(spoil(ground, rows, rng))
            print(kind, share, {name: round(m.value, 3) for name, m in curve[share].items()}, flush=True)
        rows_of = [*floors(perfect), *figures("0 %", perfect)]
        rows_of += [figure for share, found in curve.items() for figure in figures(f"{100 * share:g} %", found)]
        tables.append(
            Table(
                title=title,
                counts="real and synthetic images",
                interval="halves drawn without replacement; told apart and label agreement: bootstrap",
                figures=rows_of,
                notes=remarks(curve),
            )
        )
        Result(name="overlap-truth", tables=tables, settings=settings).write()  # each as soon as it is known
    return 0


if __name__ == "__main__":
    sys.exit(main())
