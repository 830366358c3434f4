"""What the verdicts of fidelity and two_sample say of 30 to 300 images: power and false alarms by number of images.

    python -m benchmarks.small_sets [--draws 16] [--sizes 30,60,100,300] [--workers 2]

Real images are divided into held-out images, training images and stand-ins for a generator's images. The stand-ins are
real images of other patients (the right answer: no difference), the same images blurred, images of another source, or
images that lack one class. `sartaj` has no known patients: each image stands alone, and copies are left out. `slices`
has 25 subjects (two that are one head count as one): 8 are held out, 9 are training subjects, and 8 stand in. The scale
of the features is learned on five training subjects, and the other four are the control with the held-out ones.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from medcurate.encoders import encoder, fit_scale
from medcurate.evaluate.fidelity.control import Control, Pool, on_control, redivide
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_value
from medcurate.evaluate.fidelity.manifold import K, manifold_values
from medcurate.evaluate.fidelity.vendi import vendi_value
from medcurate.evaluate.fidelity.verdicts import verdicts_of
from medcurate.evaluate.two_sample.told_apart import told_apart
from medcurate.evaluate.two_sample.verdicts import verdicts as two_sample_verdicts
from medcurate.results import Level, Metric

SIZE = 64
BLUR = 0.8  # pixels
CASES = ("two real halves", "blurred by 0.8 px", "another source", "one class missing")
MISSING = {"sartaj": "glioma_tumor", "slices": "sag"}
VERDICTS = ("as a set", "single images", "variety", "classifier")
QUANTITIES = {"frechet_distance": 1, "kernel_distance": 1, "precision": -1, "density": -1, "recall": -1, "coverage": -1}

_SOURCES: dict[str, Images] = {}  # of a worker

Features = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """All images of a source, as features before scaling; `blurred` are the same images after a blur."""

    plain: Features
    blurred: Features
    classes: NDArray[np.str_]
    patients: NDArray[np.str_]
    known: bool

    def groups(self, rows: Rows) -> list[str | None]:
        """Return the patient of each image, or None where patients are not known."""
        return self.patients[rows].tolist() if self.known else [None] * len(rows)


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of one case in one draw."""

    data: str
    n: int
    case: str
    levels: Mapping[str, Level]
    beyond: Mapping[str, bool]
    width: float


def read(data: Path) -> dict[str, Images]:
    """Read and encode both sources."""
    sartaj = data / "sartaj"
    with (sartaj.parent / "sartaj_copies.csv").open(encoding="utf-8") as stream:
        copies = {row["copy"] for row in csv.DictReader(stream)}
    files = [file for file in sorted(sartaj.rglob("*.jpg")) if file.relative_to(sartaj).as_posix() not in copies]
    slices = sorted((data / "slices").rglob("*.png"))
    named = [re.fullmatch(r"(.+)-(T1|FL)_(axi|cor|sag)_\d+", file.stem) for file in slices]
    found = [one for one in named if one is not None]
    return {
        "sartaj": _encoded(files, [file.parent.name for file in files], [str(file) for file in files], False),
        "slices": _encoded(slices, [one[3] for one in found], [_head(one[1]) for one in found], True),
    }


def _head(subject: str) -> str:
    return {"Subj16": "Subj15"}.get(subject, subject)  # in truth one head


def _encoded(files: Sequence[Path], classes: Sequence[str], patients: Sequence[str], known: bool) -> Images:
    made = encoder("classical")
    images = np.stack([_image(file) for file in files])
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), BLUR) for image in images])
    return Images(made.encode(images), made.encode(blurred), np.array(classes), np.array(patients), known)


def _image(file: Path) -> NDArray[np.uint8]:
    gray = np.asarray(cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
    height, width = (max(1, round(side * SIZE / max(gray.shape))) for side in gray.shape)
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    square = np.zeros((SIZE, SIZE), np.uint8)
    square[top : top + height, left : left + width] = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)
    return square


def draws(sources: Mapping[str, Images], data: str, n: int, seed: int) -> Iterator[Row]:
    """Draw the sets once and judge every case."""
    images = sources[data]
    other = next(source for name, source in sources.items() if name != data)
    rng = np.random.default_rng([seed, n])
    test, scaled_on, control_rows, rest = _division(images, n, rng)
    blocks = encoder("classical").blocks
    scale = fit_scale(images.plain[scaled_on], blocks)
    if scale is None:
        raise ValueError("expected an encoder whose features are scaled")
    both = np.concatenate([test, control_rows])
    lacking = rest[images.classes[rest] != MISSING[data]]
    made = dict(
        zip(
            CASES,
            (
                images.plain[rest[:n]],
                images.blurred[rest[:n]],
                other.plain[rng.permutation(len(other.plain))[:n]],
                images.plain[lacking[:n]],
            ),
            strict=True,
        )
    )
    kinds = np.full(len(both), None) if images.known else images.classes[both].astype(object)  # slices have no tumors
    pool = Pool(scale.apply(images.plain[both]), images.groups(both), kinds, {})
    control = redivide(pool, len(test), k=K, seed=seed)
    held_out, real = pool.features[: len(test)], pool.features[len(test) :]
    baselines = _metrics(held_out, real)
    for case, wide in made.items():
        generated = scale.apply(wide)
        metrics = {
            name: replace(metric.with_baseline(on_control(baselines[name], control)), settings={"n_real": n})
            for name, metric in _metrics(held_out, generated[: len(real)]).items()
        }
        names = ("as a set", "single images", "variety")
        levels = dict(zip(names, (verdict.level for verdict in verdicts_of(metrics)), strict=False))
        levels["classifier"] = _classifier(held_out, generated, images.groups(test), seed)
        yield Row(data, n, case, levels, _beyond(metrics, control), _width(control))


def _division(images: Images, n: int, rng: np.random.Generator) -> tuple[Rows, Rows, Rows, Rows]:
    """Return rows of held-out images, of training images for the scale, of the control, and all others."""
    if not images.known:
        order = rng.permutation(len(images.plain))
        return order[:n], order[n : 2 * n], order[2 * n : 3 * n], order[3 * n :]
    names = rng.permutation(np.unique(images.patients))
    parts = [_some(images, part, n, rng) for part in (names[:8], names[8:13], names[13:17])]
    rest = rng.permutation(np.flatnonzero(np.isin(images.patients, names[17:])))
    return parts[0], parts[1], parts[2], rest


def _some(images: Images, names: NDArray[np.str_], n: int, rng: np.random.Generator) -> Rows:
    """Draw n images, or all there are, about equally many of each patient."""
    each = -(-n // len(names))
    rows = [rng.permutation(np.flatnonzero(images.patients == name))[:each] for name in names]
    return rng.permutation(np.concatenate(rows))[:n]


def _metrics(held_out: Features, other: Features) -> dict[str, Metric]:
    values = {
        "frechet_distance": frechet_value(held_out, other),
        "kernel_distance": kernel_value(held_out, other),
        "vendi_score": vendi_value(other),
        "authenticity": 1.0,  # copies are not looked for here
        **manifold_values(held_out, other)._asdict(),
    }
    return {
        f"fidelity/{name}": Metric(f"fidelity/{name}", value, None, len(other), {"n_real": len(held_out)})
        for name, value in values.items()
    }


def _classifier(held_out: Features, generated: Features, groups: Sequence[object], seed: int) -> Level:
    metric = told_apart(held_out, generated, groups=groups, seed=seed, rounds=200, halvings=1)
    return next(iter(two_sample_verdicts([metric]))).level


def _beyond(metrics: Mapping[str, Metric], control: Control | None) -> dict[str, bool]:
    """Return which quantities are beyond what real images give, on the bad side."""
    if control is None:
        return {}
    found = {}
    for name, sign in QUANTITIES.items():
        low, high = control.interval(name)
        value = metrics[f"fidelity/{name}"].value
        found[name] = value > high if sign > 0 else value < low
    return found


def _width(control: Control | None) -> float:
    return float("nan") if control is None else control.mean("coverage") - control.interval("coverage")[0]


def tables(rows: Sequence[Row]) -> list[Table]:
    """Make the tables: verdicts by case and number, quantities by case and number, and the width of the control."""
    cells: dict[tuple[str, int], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        cells[row.data, row.n][row.case].append(row)
    made = []
    for title, wanted in (
        (
            "a difference is found (caution or bad): false alarms of real halves, power of the others",
            ("caution", "bad"),
        ),
        ("too few to tell", ("too_few",)),
        ("good", ("good",)),
    ):
        figures = [
            share(f"{data}, {n} images, {case}", [row.levels[verdict] in wanted for row in found], column=verdict)
            for (data, n), cases in cells.items()
            for case, found in cases.items()
            for verdict in VERDICTS
        ]
        made.append(
            Table(title=f"Small sets, verdicts: {title}", counts="draws", interval="Wilson, 95 %", figures=figures)
        )
    figures = [
        share(f"{data}, {n} images, {case}", [row.beyond[name] for row in found if row.beyond], column=name)
        for (data, n), cases in cells.items()
        for case, found in cases.items()
        for name in QUANTITIES
    ]
    title = "Small sets, quantities: beyond 95 % of the divisions of real images, on the bad side"
    made.append(Table(title=title, counts="draws", interval="Wilson, 95 %", figures=figures))
    made.append(_widths(cells))
    return made


def _widths(cells: Mapping[tuple[str, int], Mapping[str, Sequence[Row]]]) -> Table:
    figures = []
    for (data, n), cases in cells.items():
        widths = np.array([row.width for row in cases[CASES[0]]])
        low, high = np.quantile(widths, [0.025, 0.975])
        for column, factor in (("points", 100.0), ("times the square root of n", float(np.sqrt(n)))):
            figures.append(
                Figure(name=f"{data}, {n} images", column=column, value=factor * float(widths.mean()), unit="",
                       low=factor * float(low), high=factor * float(high), n=len(widths))
            )  # fmt: skip
    return Table(
        title="Small sets, coverage: how far real images fall below their own mean by chance",
        counts="draws",
        interval="95 % of the draws",
        figures=figures,
        notes=["The last column is constant where an interval narrows with the square root of the number of images."],
    )


def _drawn(data: str, n: int, seed: int) -> list[Row]:
    return list(draws(_SOURCES, data, n, seed))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--sizes", default="30,60,100,300")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    sources = read(Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    rows: list[Row] = []
    with ProcessPoolExecutor(given.workers, initializer=_SOURCES.update, initargs=(sources,)) as pool:
        for data in sources:
            for n in sizes:
                for found in pool.map(_drawn, repeat(data), repeat(n), range(given.draws)):
                    rows += found
                print(f"{data}, {n} images: {given.draws} draws", flush=True)
    settings = {"draws": given.draws, "sizes": sizes, "size": SIZE, "encoder": encoder("classical").name, "k": K}
    Result(name="small-sets", tables=tables(rows), settings=settings).write()


if __name__ == "__main__":
    main()
