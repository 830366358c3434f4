"""Find planted collages, and spare real images of people in no split: ``python -m benchmarks.collages --source NAME``.

The margins of the search were chosen on half of the patients of `sartaj`, axial images. Reported are the other half,
and `slices`, of which nothing was looked at before. In each division, patients are drawn anew: half of them train, a
quarter is held out, and a quarter is in no split. Collages are made of training images at 64 and at 128 pixels.

Images are searched once per division and kind; sets of 100 are then drawn from them again and again, with replacement
(of real images, whole patients), so that sets of one division share images.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.collage_maker import collages
from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from benchmarks.training_copies import homogenized
from medcurate.dataset import Dataset
from medcurate.dataset.files import read_image
from medcurate.encoders.pixels import read_pixels
from medcurate.encoders.resize import resized
from medcurate.evaluate.collages.judged import Real, share_metric
from medcurate.evaluate.collages.repeats import find_repeats
from medcurate.evaluate.collages.verdict import collage_level
from medcurate.evaluate.design.folds import group_numbers, random_share
from medcurate.pictures import fit

RATE = 0.01
SIZES = (64, 128)
CLEAN_DRAWS = 20
OF = (2, 4, 8)
_SAME_HEAD = {"Subj10": "Subj9", "Subj16": "Subj15", "sample1": "IXI012-HH-1211"}

Images = NDArray[np.uint8]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    """Real images of one source at 128 pixels, with their patients."""

    name: str
    images: Images
    patients: NDArray[np.str_]

    def at(self, size: int) -> Images:
        """Return the images at another size."""
        return self.images if size == 128 else np.stack([resized(image, size, size) for image in self.images])


@dataclass(frozen=True, slots=True)
class Division:
    """One division of the patients, with everything that is searched for."""

    source: Source
    train: Rows
    held_out: Rows
    nobody: Rows

    @classmethod
    def draw(cls, source: Source, seed: int) -> Division:
        """Draw patients."""
        rng = np.random.default_rng(seed)
        train = random_share(len(source.images), groups=source.patients.tolist(), share=0.55, seed=rng)
        rest = np.flatnonzero(~train)
        held_out = random_share(len(rest), groups=source.patients[rest].tolist(), seed=rng)
        return cls(source, np.flatnonzero(train), rest[held_out], rest[~held_out])

    def real(self) -> Real:
        """Return what is searched."""
        groups = self.source.patients[np.r_[self.train, self.held_out]].tolist()
        number = group_numbers(groups, len(groups))
        of_training = np.zeros(int(number.max()) + 1, bool)
        of_training[number[: len(self.train)]] = True
        return Real(len(self.train), number, of_training)


def main() -> None:
    """Search, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--dataset", type=Path, help="sartaj, as homogenize wrote it")
    parser.add_argument("--source", choices=("sartaj", "slices"), required=True)
    parser.add_argument("--divisions", type=int, default=1, help="of the patients, for collages")
    parser.add_argument("--clean-divisions", type=int, default=5, help="the same, for real images")
    parser.add_argument("--images", type=int, default=60, help="collages of a kind and division")
    parser.add_argument("--draws", type=int, default=50, help="sets of a kind and division")
    options = parser.parse_args()
    data = options.data.resolve()
    if options.source == "slices":
        source = of_slices(data / "slices")
    else:
        with tempfile.TemporaryDirectory() as folder:
            source = of_sartaj(options.dataset or homogenized(data, Path(folder)))
    clean = [row for seed in range(options.clean_divisions) for row in spared(source, seed, CLEAN_DRAWS)]
    seeds = range(options.divisions)
    found = [row for seed in seeds for row in planted(source, seed, options.images, options.draws)]
    tables = [alarms_table(source, found), clean_table(source, clean), *windows_table(source, found, clean)]
    chosen = ("divisions", "clean_divisions", "images", "draws")
    settings = {"false_alarms": RATE, "clean_draws": CLEAN_DRAWS, **{name: getattr(options, name) for name in chosen}}
    Result(name=f"collages-{options.source}", tables=tables, settings=settings).write()


def of_sartaj(folder: Path) -> Source:
    """Take the half of the patients of axial images that nothing was chosen on."""
    dataset = Dataset.open(folder).select(plane="axial")
    patients = np.array(dataset.rows.column("patient_group").to_pylist(), object).astype(str)
    chosen_on = random_share(len(dataset), groups=patients.tolist(), seed=np.random.default_rng(12))
    return Source("sartaj, second half", read_pixels(dataset, 128)[~chosen_on], patients[~chosen_on])


def of_slices(folder: Path) -> Source:
    """Take the axial images; two names that stand for one head count as one patient."""
    with (folder / "labels.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["plane"] == "axial"]
    names = [row["volume"].rsplit("-", 1)[0] for row in rows]
    images = np.stack([_gray(folder.parent / row["path"]) for row in rows])
    return Source("slices", images, np.array([_SAME_HEAD.get(name, name) for name in names]))


def _gray(path: Path) -> Images:
    image = read_image(path)
    return fit(image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8), 128, pad=True)


@dataclass(frozen=True, slots=True)
class Pool:
    """Images of one kind, from which sets are drawn; with their patients where they are real."""

    kind: str
    size: int
    images: Images
    patients: Sequence[object] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said about the sets of one kind and division."""

    kind: str
    size: int
    alarms: Sequence[bool]
    shares: Sequence[float]
    held_out: float


def planted(source: Source, seed: int, images: int, draws: int) -> Iterator[Answer]:
    """Make collages of every kind, and judge sets of them."""
    division, rng = Division.draw(source, seed), np.random.default_rng((seed, 1))
    patients = source.patients[division.train].tolist()
    pools = []
    for size in SIZES:
        training = source.at(size)[division.train]
        for of, warp, soft in itertools.product(OF, (False, True), (False, True)):
            made = collages(training, patients, images, of, rng, soft=soft, warp=warp)
            kind = f"{of} patients, {'warped' if warp else 'plain'}, {'soft' if soft else 'hard'} borders"
            pools.append(Pool(kind, size, made))
    for size in SIZES:
        yield from judged(division, size, [pool for pool in pools if pool.size == size], draws, seed)


def spared(source: Source, seed: int, draws: int) -> Iterator[Answer]:
    """Judge sets of real images of people in no split: as they are, and blurred."""
    division = Division.draw(source, 1000 + seed)
    real, people = source.at(64)[division.nobody], source.patients[division.nobody].tolist()
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in real])
    made = {"as they are": real, "blurred, sigma 1.5 pixels": blurred}
    yield from judged(division, 64, [Pool(kind, 64, images, people) for kind, images in made.items()], draws, seed)


def judged(division: Division, size: int, pools: Sequence[Pool], draws: int, seed: int) -> Iterator[Answer]:
    """Search all images once, and judge sets of 100 that are drawn from each pool."""
    images, real = division.source.at(size), division.real()
    known = [_small(images[rows]) for rows in (division.train, division.held_out)]
    made = [_small(pool.images) for pool in pools]
    ends = np.cumsum([0, *map(len, made)]).tolist()
    own = np.r_[np.full(ends[-1], -1), real.patients[len(division.train) :]]
    found = find_repeats(np.concatenate([*made, known[1]]), np.concatenate(known), real.patients, own)
    held_out = division.source.patients[division.held_out].tolist()
    for pool, first in zip(pools, ends, strict=False):
        rng, answers = np.random.default_rng((seed, first)), []
        for _ in range(draws):
            rows = np.r_[first + drawn(len(pool.images), pool.patients, rng), np.arange(ends[-1], len(own))]
            some, nobody = found.take(rows), [None] * 100
            answers.append(share_metric(some, real, nobody, held_out, rate=RATE, seed=seed, rounds=200))
        alarms = [collage_level(answer) == "bad" for answer in answers]
        baseline = answers[0].real_vs_real
        shares = [answer.value for answer in answers]
        print(division.source.name, pool.size, pool.kind, np.mean(alarms), f"{np.mean(shares):.4f}", flush=True)
        yield Answer(pool.kind, pool.size, alarms, shares, baseline.value if baseline else float("nan"))


def _small(images: Images) -> Images:
    return np.stack([resized(image, 64, 64) for image in images])


def drawn(n: int, groups: Sequence[object] | None, rng: np.random.Generator) -> Rows:
    """Draw 100 images with replacement; of real ones whole patients, until there are 100."""
    if groups is None:
        return rng.integers(0, n, 100)
    number = group_numbers(groups, n)
    rows: list[int] = []
    while len(rows) < 100:
        rows += np.flatnonzero(number == rng.integers(number.max() + 1)).tolist()
    return np.array(rows[:100])


def alarms_table(source: Source, found: Sequence[Answer]) -> Table:
    """Count the sets of collages that are found."""
    kinds = list(dict.fromkeys((one.kind, one.size) for one in found))
    figures = [
        share(
            kind,
            [alarm for one in found if (one.kind, one.size) == (kind, size) for alarm in one.alarms],
            column=f"{size} pixels",
            at_least=95.0,
        )
        for kind, size in kinds
    ]
    figures.append(
        share("all kinds", [alarm for one in found for alarm in one.alarms], column="both sizes", at_least=95.0)
    )
    return Table(
        title=f"Sets of 100 collages that are found at 1 % false alarms: {source.name}",
        counts="sets",
        interval="Wilson, 95 %; sets of one division share images, so that they are not independent",
        figures=figures,
    )


def clean_table(source: Source, clean: Sequence[Answer]) -> Table:
    """Count the alarms at real images."""
    kinds = dict.fromkeys(one.kind for one in clean)
    figures = [
        share(kind, [alarm for one in clean if one.kind == kind for alarm in one.alarms], at_most=5.0) for kind in kinds
    ]
    return Table(
        title=f"Alarms at sets of 100 real images of people in no split: {source.name}",
        counts=f"sets, {CLEAN_DRAWS} of each division of the patients",
        interval="Wilson, 95 %; sets of one division share images, so that they are not independent",
        figures=figures,
    )


def windows_table(source: Source, found: Sequence[Answer], clean: Sequence[Answer]) -> Iterator[Table]:
    """Show how many windows are repeated."""
    figures = [
        Figure(
            name="held-out real images",
            value=100 * float(np.mean([one.held_out for one in clean])),
            n=len({one.held_out for one in clean}),
        )
    ]
    for group in (clean, found):
        for kind in dict.fromkeys(one.kind for one in group):
            shares = np.concatenate([one.shares for one in group if one.kind == kind])
            low, high = np.quantile(shares, [0.025, 0.975]).tolist()
            name = kind if group is found else f"real images of people in no split, {kind}"
            figures.append(
                Figure(name=name, value=100 * float(shares.mean()), low=100 * low, high=100 * high, n=len(shares))
            )
    yield Table(
        title=f"Windows that repeat a training image: {source.name}",
        counts="sets (of held-out images, divisions)",
        interval="the middle 95 % of the sets; both sizes together",
        figures=figures,
    )


if __name__ == "__main__":
    began = time.process_time()
    main()
    print(f"{time.process_time() - began:.0f} CPU seconds")
