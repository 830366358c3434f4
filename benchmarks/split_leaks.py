"""Inflation of accuracy by a split by slice, and the remaining inflation with known or inferred patients.

``python -m benchmarks.split_leaks --data DIR``. Each patient of a set gets a random label: there is nothing to learn,
so a valid test gives 50 %. The images have no header and uninformative names, in one folder.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.figures import Figure, Result, Table, bootstrap
from medcurate.catalogue import Catalogue
from medcurate.curate.measures.image_digest import digest_images
from medcurate.curate.patients.patient_groups import COLUMNS, infer_groups
from medcurate.curate.patients.slice_likeness import likeness_of
from medcurate.curate.patients.splits import assign_splits
from medcurate.curate.plane_sorting import sort_planes
from medcurate.curate.review.thumbnails import displayable
from medcurate.parallel import Workers

SEED, DRAWS, SIDE = 0, 40, 32
PARTS = {"train": 0.7, "test": 0.3}
INFLATION_NOTE = (
    "Nearest neighbor on thumbnails of 32 x 32 pixels. Others found 29 to 55 points (doi 10.1038/s41598-021-01681-w)."
)
AGREEMENT_NOTE = (
    "Pairs of slices of one plane: precision is the share of pairs in one group that are of one patient, recall the "
    "share of pairs of one patient that are in one group. Neighbors: the share of slices in one group with the next of "
    "their stack. Largest group: its share of the slices."
)


class Slice(NamedTuple):
    pixels: np.ndarray
    patient: str
    plane: str
    stack: str
    place_mm: float


def nichart_slices(data: Path) -> Iterator[Slice]:
    """Yield the slices without headers; ``sample1`` is IXI012 under another name, as its equal pixels show."""
    with (data / "slices" / "labels.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            pixels = cv2.imdecode(np.fromfile(data / row["path"], np.uint8), cv2.IMREAD_GRAYSCALE)
            patient = row["volume"].removesuffix("-T1").removesuffix("-FL").replace("sample1", "IXI012-HH-1211")
            yield Slice(pixels, patient, row["plane"], row["volume"], float(row["path"].rpartition("_")[2][:-4]))


def volume_slices(step_mm: float) -> Callable[[Path], Iterator[Slice]]:
    """Return what cuts all volumes in three planes, without the ends of the head."""

    def cut(data: Path) -> Iterator[Slice]:
        import nibabel

        root = data / "volumes"
        patterns = ("nichart/*/*.nii.gz", "mixed/**/*.nii.gz", "brats2013/*/*/*Div*.gz")
        for file in sorted(file for pattern in patterns for file in root.glob(pattern)):
            image = nibabel.as_closest_canonical(nibabel.load(file))
            voxels, zooms = np.asarray(image.dataobj, np.float32), image.header.get_zooms()
            stem = file.name.split("_")[0]
            patient = file.parent.name if "brats2013" in file.parts else stem
            for axis, plane in enumerate(("sagittal", "coronal", "axial")):
                n, step = voxels.shape[axis], max(1, round(step_mm / float(zooms[axis])))
                for index in range(int(0.25 * n), int(0.8 * n), step):
                    pixels = displayable(np.ascontiguousarray(np.rot90(np.take(voxels, index, axis))), as_is=False)
                    if pixels.std():
                        yield Slice(pixels, patient, plane, str(file), index * float(zooms[axis]))

    return cut


def phantom_slices(data: Path) -> Iterator[Slice]:
    """Yield slices of generated heads, every 4 mm."""
    from medcurate.phantom import random_head, render, slices

    for number in range(12):
        rng = np.random.default_rng([SEED, number])
        head = random_head(rng, spacing_mm=2.0)
        volume = render(head, str(rng.choice(["T1", "T2", "FLAIR"])), rng)
        for plane in ("axial", "coronal", "sagittal"):
            stack = slices(volume, plane)
            for index in range(len(stack) // 4, len(stack) * 4 // 5, 2):
                yield Slice(displayable(stack[index], as_is=False), f"head {number}", plane, f"{number}", 2.0 * index)


SETS = {
    "slices/nichart, 11 mm and more apart": nichart_slices,
    "volumes, every 4 mm": volume_slices(4.0),
    "volumes, every 2 mm": volume_slices(2.0),
    "phantom heads, every 4 mm": phantom_slices,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.split_leaks", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDCURATE_DATA"), help="folder of the real data")
    parser.add_argument("--only", action="append", help="part of the name of a set; may be given again")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args(arguments)
    if options.data is None:
        print("error: --data or MEDCURATE_DATA: expected the folder of real data", file=sys.stderr)
        return 2
    tables = [[], []]
    for name, read in SETS.items():
        if not options.only or any(part in name for part in options.only):
            shown = list(read(options.data))
            inferred = inferred_groups(shown, options.workers)
            tables[0] += inflation(name, shown, inferred)
            tables[1] += agreement(name, shown, inferred)
    Result(
        name="split-leaks",
        tables=[
            Table(
                title="Accuracy on random labels, one a patient: what is above 50 % is leaked",
                counts="random draws of labels and splits, 70 % of the slices in train",
                interval="95 %, bootstrapped over draws",
                figures=tables[0],
                notes=[INFLATION_NOTE],
            ),
            Table(
                title="Groups inferred from likeness alone, beside the real patients",
                counts="patients (precision, recall), slices next to each other (neighbors), slices (largest)",
                interval="95 %, bootstrapped over patients",
                figures=tables[1],
                notes=[AGREEMENT_NOTE],
            ),
        ],
        settings={"seed": SEED, "draws": DRAWS, "classifier": "1-NN", "side": SIDE},
    ).write()
    return 0


def inferred_groups(shown: Sequence[Slice], workers: int | None) -> np.ndarray:
    """Return the group that medcurate gives each slice when nothing but its pixels is known."""
    order = np.random.default_rng(SEED).permutation(len(shown))
    with tempfile.TemporaryDirectory() as folder:
        pictures, out = Path(folder) / "pictures", Path(folder) / "out"
        pictures.mkdir()
        for place, number in enumerate(order.tolist()):
            cv2.imwrite(str(pictures / f"{place:06d}.png"), shown[number].pixels)
        sort_planes([pictures], out, materialize="none", workers=workers)
        likeness = likeness_of(digest_images(out, Workers(workers)), Catalogue.open(out))
        groups = infer_groups(Catalogue.open(out).batches(COLUMNS), likeness=likeness)
        names = Catalogue.open(out).to_table(["path"]).column(0).to_pylist()
    found = np.empty(len(shown), groups.ids.dtype)
    found[order[[int(Path(name).stem) for name in names]]] = groups.ids[groups.number]
    return found


def inflation(name: str, shown: Sequence[Slice], inferred: np.ndarray) -> list[Figure]:
    """Return the accuracies on random labels under each kind of split."""
    patients, owner = np.unique([one.patient for one in shown], return_inverse=True)
    plane = [one.plane for one in shown]
    small = [cv2.resize(one.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel() for one in shown]
    features = np.stack(small).astype(np.float32)
    ways = {
        "by slice": [str(number) for number in range(len(shown))],
        "patients known": patients[owner],
        "patients inferred": inferred,
    }
    figures = []
    for way, groups in ways.items():
        accuracy = []
        for draw in range(DRAWS):
            label = np.random.default_rng([SEED, draw]).permutation(len(patients))[owner] % 2
            train = assign_splits(groups, {"plane": plane}, fractions=PARTS, seed=draw).code == 0
            model = KNeighborsClassifier(1).fit(features[train], label[train])
            accuracy.append(100 * float((model.predict(features[~train]) == label[~train]).mean()))
        low, high = bootstrap([np.array(accuracy)], lambda rows: float(rows[0].mean()), seed=SEED)
        figures.append(Figure(name=name, value=float(np.mean(accuracy)), low=low, high=high, n=DRAWS, column=way))
    return figures


def agreement(name: str, shown: Sequence[Slice], inferred: np.ndarray) -> list[Figure]:
    """Return how the inferred groups agree with the patients."""
    patients, owner = np.unique([one.patient for one in shown], return_inverse=True)
    plane = np.array([one.plane for one in shown])
    counts = np.zeros((len(patients), 3))  # pairs that are of one patient and group, of one group, of one patient
    for name_of_plane in np.unique(plane):
        at = np.flatnonzero(plane == name_of_plane)
        same = owner[at][:, None] == owner[at]
        grouped = inferred[at][:, None] == inferred[at]
        for column, pairs in enumerate((same & grouped, grouped, same)):
            np.add.at(counts[:, column], owner[at], pairs.sum(axis=1) - 1)
    neighbors = _neighbors(shown, inferred)
    sizes = np.unique(inferred, return_counts=True)[1]
    ratio = {"precision": (0, 1), "recall": (0, 2)}
    figures = [_ratio(name, counts, *columns, column=way) for way, columns in ratio.items()]
    low, high = bootstrap([neighbors], lambda rows: 100 * float(rows[0].mean()), seed=SEED)
    share = 100 * float(neighbors.mean())
    next_ = Figure(name=name, value=share, low=low, high=high, n=len(neighbors), column="neighbors")
    largest = Figure(name=name, value=100 * float(sizes.max()) / len(shown), n=len(shown), column="largest group")
    return [*figures, next_, largest]


def _ratio(name: str, counts: np.ndarray, over: int, under: int, *, column: str) -> Figure:
    def share(rows: Sequence[np.ndarray]) -> float:
        total = rows[0].sum(axis=0)
        return 100 * float(total[over] / total[under]) if total[under] else 100.0

    low, high = bootstrap([counts], share, seed=SEED)
    return Figure(name=name, value=share([counts]), low=low, high=high, n=len(counts), column=column)


def _neighbors(shown: Sequence[Slice], inferred: np.ndarray) -> np.ndarray:
    """Say of each slice but the last of its stack whether the next one is in its group."""
    order = sorted(range(len(shown)), key=lambda row: (shown[row].stack, shown[row].plane, shown[row].place_mm))
    pairs = [(a, b) for a, b in pairwise(order) if (shown[a].stack, shown[a].plane) == (shown[b].stack, shown[b].plane)]
    return np.array([inferred[a] == inferred[b] for a, b in pairs])


if __name__ == "__main__":
    sys.exit(main())
