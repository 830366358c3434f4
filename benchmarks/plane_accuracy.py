"""Accuracy on one source against the number of labels per plane, compared with three peers with the same labels.

``python -m benchmarks.plane_accuracy --data DIR``. The source is sartaj, which the bundled model has not seen.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.figures import Figure, Result, Table, share
from benchmarks.plane_answers import Answers, as_stored, raw_features
from benchmarks.plane_slices import PLANES, gray, labeled
from medcurate.curate import sort_planes
from medcurate.curate.measures.plane_features import normalize
from medcurate.curate.planes import model as plane_model
from medcurate.curate.planes.model import PlaneModel, adapt
from medcurate.curate.planes.sorter import PlaneSorter

LABELS = (0, 1, 3, 5, 10, 20, 40)
TARGETS = {0: 99.0, 10: 99.5}
PROGRAM = "PlaneSorter, bundled model"


@dataclass(frozen=True, slots=True)
class Source:
    """All images of the input; `rows` are those whose plane is known, `group` is equal for copies of one image."""

    normalized: NDArray[np.uint8]
    raw: NDArray[np.float32]
    X: NDArray[np.float32]
    rows: NDArray[np.int64]
    planes: NDArray[np.int64]
    group: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Draw:
    """Labels that were drawn, and the rows to score: known ones that are neither labeled nor copies of these."""

    rows: NDArray[np.int64]
    planes: NDArray[np.int64]
    scored: NDArray[np.int64]
    truth: NDArray[np.int64]
    seed: int


Method = Callable[[Source, Draw], NDArray[np.bool_]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; returns its exit code."""
    options = _parser().parse_args(arguments)
    if options.data is None:
        print("error: --data or MEDCURATE_DATA: expected the folder of real data", file=sys.stderr)
        return 2
    model = plane_model.load(options.model) if options.model else plane_model.load_bundled()
    source = read(options.data)
    figures = [_command(options.data, options.model)]
    methods: dict[str, tuple[Method, int]] = {
        PROGRAM: (_with_prior(model), options.draws),
        "PlaneSorter without prior": (_without_prior, options.draws),
        "supervised only": (_supervised, options.draws),
    }
    if options.cnn_draws:
        methods["small CNN"] = (_cnn(options.cnn_steps), options.cnn_draws)
    for name, (method, draws) in methods.items():
        for count in LABELS[1:] if name != PROGRAM else LABELS:
            figures.append(_curve_point(name, method, source, count, draws))
            print(figures[-1].column, figures[-1].name, f"{figures[-1].value:.2f}", file=sys.stderr)
    settings = {"draws": options.draws, "CNN draws": options.cnn_draws, "CNN steps": options.cnn_steps}
    Result(name="plane-accuracy", settings=settings, tables=[_table(figures, source, options)]).write(options.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plane_accuracy", description=__doc__)
    data = os.environ.get("MEDCURATE_DATA")
    data = Path(data) if data else None
    parser.add_argument("--data", type=Path, default=data, help="folder of real data; default: MEDCURATE_DATA")
    parser.add_argument("--out", type=Path, help="result; default: benchmarks/results/plane-accuracy.json")
    parser.add_argument("--model", type=Path, help="instead of the bundled model")
    parser.add_argument("--draws", type=int, default=20, help="random draws of labels (default: %(default)s)")
    parser.add_argument("--cnn-draws", type=int, default=5, help="of these, for the CNN (default: %(default)s)")
    parser.add_argument("--cnn-steps", type=int, default=1200, help="training steps of the CNN (default: %(default)s)")
    return parser


def read(data: Path) -> Source:
    """Decode and describe all images of sartaj."""
    folder = data / "sartaj"
    paths = sorted(folder.rglob("*.jpg"))
    place = {path.relative_to(folder).as_posix(): row for row, path in enumerate(paths)}
    known = labeled(data / "sartaj_planes.csv")
    images = [gray(path) for path in paths]
    raw = raw_features(images)
    return Source(
        np.stack([normalize(image) for image in images]),
        raw,
        as_stored(raw),
        np.array([place[path] for path, _ in known]),
        np.array([plane for _, plane in known]),
        _copies(paths, place, data / "sartaj_copies.csv"),
    )


def _copies(paths: Sequence[Path], place: dict[str, int], table: Path) -> NDArray[np.int64]:
    """Number the images so that copies have one number: equal bytes, and resized copies as the table lists them."""
    group = np.unique([sha256(path.read_bytes()).hexdigest() for path in paths], return_inverse=True)[1]
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            one, other = group[place[row["path"]]], group[place[row["copy"]]]
            group[group == other] = one
    return np.asarray(group, np.int64)


def draws(source: Source, count: int, times: int) -> Iterator[Draw]:
    """Draw `count` labels per plane, `times` times; reproducible for the same arguments."""
    for seed in range(times):
        rng = np.random.default_rng((count, seed))
        of_plane = [np.flatnonzero(source.planes == plane) for plane in range(len(PLANES))]
        drawn = np.concatenate([rng.choice(rows, count, replace=False) for rows in of_plane])
        rest = ~np.isin(source.group[source.rows], source.group[source.rows[drawn]])
        yield Draw(source.rows[drawn], source.planes[drawn], source.rows[rest], source.planes[rest], seed)


def _with_prior(model: PlaneModel) -> Method:
    def method(source: Source, draw: Draw) -> NDArray[np.bool_]:
        others = np.setdiff1d(np.arange(len(source.X)), draw.rows)
        sorter = adapt(model, source.X[others], source.X[draw.rows], draw.planes, draw.seed)
        return Answers(np.asarray(sorter.predict_proba(source.X[draw.scored])), draw.truth).right()

    return method


def _without_prior(source: Source, draw: Draw) -> NDArray[np.bool_]:
    y = np.full(len(source.X), -1)
    y[draw.rows] = draw.planes
    return np.asarray(PlaneSorter().fit(source.X, y).predict(source.X[draw.scored]) == draw.truth)


def _supervised(source: Source, draw: Draw) -> NDArray[np.bool_]:
    line = LogisticRegression(C=10.0, max_iter=2000).fit(source.raw[draw.rows], draw.planes)
    return np.asarray(line.predict(source.raw[draw.scored]) == draw.truth)


def _cnn(steps: int) -> Method:
    from benchmarks.small_cnn import fit_and_predict

    def method(source: Source, draw: Draw) -> NDArray[np.bool_]:
        images = source.normalized
        said = fit_and_predict(images[draw.rows], draw.planes, images[draw.scored], seed=draw.seed, steps=steps)
        return np.asarray(said == draw.truth)

    return method


def _curve_point(name: str, method: Method, source: Source, count: int, times: int) -> Figure:
    target = {"at_least": TARGETS[count]} if name == PROGRAM and count in TARGETS else {}
    label = f"{count} label{'s' * (count != 1)} a plane"
    right = [method(source, draw) for draw in draws(source, count, times if count else 1)]
    if not count:
        return share(label, right[0], column=name, **target)
    accuracy = 100 * np.array([each.mean() for each in right])
    low, high = np.quantile(accuracy, [0.025, 0.975])
    mean = float(accuracy.mean())
    return Figure(name=label, column=name, value=mean, low=float(low), high=float(high), n=len(accuracy), **target)


def _command(data: Path, model: Path | None) -> Figure:
    """Run the whole of `sort_planes` on the folder, without labels, and score its ``planes.csv``."""
    known = labeled(data / "sartaj_planes.csv")
    with tempfile.TemporaryDirectory() as folder:
        sort_planes([data / "sartaj"], Path(folder) / "out", materialize="none", model=model, progress=False)
        with (Path(folder) / "out" / "planes.csv").open(encoding="utf-8", newline="") as stream:
            said = {row["path"]: row["plane"] for row in csv.DictReader(stream)}
    right = [said.get(path) == PLANES[plane] for path, plane in known]
    return share("0 labels a plane", right, column="`medcurate sort-planes`", at_least=TARGETS[0])


def _table(figures: Sequence[Figure], source: Source, options: argparse.Namespace) -> Table:
    input_note = (
        f"All {len(source.X):,} images of sartaj are the input; {len(source.rows)} have a known plane. The labels are "
        "drawn from these; the others are scored, but not copies of labeled images. `unknown` counts as wrong."
    )
    peers_note = (
        "*PlaneSorter without prior* is semi-supervised on the same images. *Supervised only* is logistic regression "
        "on the same description (gradient histograms at two scales, gray values, silhouette) without the principal "
        "components. The *small CNN* has four blocks of convolution and is trained on the labels alone, from the same "
        "cropped and stretched images of 64 x 64 pixels, with mirroring, turns, shifts and zoom as augmentation, "
        f"in {options.cnn_steps} steps of 32 images; {options.cnn_draws} draws."
    )
    return Table(
        title="Accuracy against labels, on sartaj",
        counts="draws of labels; with 0 labels: images",
        interval="2.5 % to 97.5 % of the draws; with 0 labels: Wilson, 95 %",
        figures=figures,
        notes=[input_note, peers_note],
    )


if __name__ == "__main__":
    sys.exit(main())
