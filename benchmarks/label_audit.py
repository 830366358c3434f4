"""Findings of `audit-labels` in an unchanged folder, and among planted wrong labels.

``python -m benchmarks.label_audit DIR`` writes ``label-audit.json``. DIR is an output of `sort-planes` and `dedupe` of
images in folders by tumor type. Labels of 5 % and 10 % of the images are changed to another class, drawn evenly: image
by image, or whole groups (a patient's images are labeled together, and so wrong together). The audit is compared with
the simple method: the same model in cross-validation without groups, flagging images for which another class is more
probable, ranked by 1 - p(given).
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.figures import Figure, Result, Table, calibration_error, wilson
from medcurate.catalogue import Catalogue
from medcurate.curate.audit.out_of_sample import predict_held_out
from medcurate.curate.audit.outputs import TABLE
from medcurate.curate.audit.rows import COLUMNS, AuditRows, read_rows
from medcurate.curate.audit.store import FeatureStore
from medcurate.curate.audit.two_models import IMAGES, PATIENTS, LabelEvidence, combine_models, join
from medcurate.curate.label_audit import AuditResult, add_planes, audit_labels
from medcurate.run_folder import lock

RATES = (0.05, 0.10)
SEEDS = (0, 1, 2)  # how the two models are joined was chosen with others
BOOTSTRAPS = 200
OURS, PLAIN = "audit-labels", "plain cross-validation"
UNITS = {"image": "single images", "group": "whole patient groups"}
SCORES = ("average precision", "recall of the flagged", "precision of the flagged")

Run = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Which labels are wrong, which are flagged, and how suspect each is."""


@dataclass(frozen=True, slots=True)
class Images:
    """What is audited: features, tumor types and groups, as `audit_labels` has them."""

    features: NDArray[np.float32]
    rows: AuditRows

    def take(self, chosen: NDArray[np.bool_]) -> Images:
        """Return the chosen images."""
        return Images(self.features[chosen], self.rows.take(chosen))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_audit", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of the planted errors")
    options = parser.parse_args(arguments)
    result = audit_labels(options.folder, progress=False)
    images = load(options.folder)
    sets = {"all images": images, "without glioma": images.take(images.rows.tumor != "glioma")}
    tables = as_it_is(options.folder, result, images)
    for unit in UNITS:
        figures = [
            figure for name, chosen in sets.items() for figure in planted(chosen, unit, name, tuple(options.seeds))
        ]
        tables.append(_planted_table(unit, figures))
    settings = {"rates": RATES, "seeds": list(options.seeds), "bootstraps": BOOTSTRAPS, "images": result.audited}
    Result(name="label-audit", tables=tables, settings=settings).write()
    return 0


def load(folder: Path) -> Images:
    """Return the images that `audit_labels` has audited."""
    rows = read_rows(Catalogue.open(folder).batches(COLUMNS))
    with lock(folder):
        known, components = FeatureStore(folder).components(rows.image_id, 0)
    rows = rows.take(known)
    return Images(add_planes(components, rows), rows)


def as_it_is(folder: Path, result: AuditResult, images: Images) -> list[Table]:
    """Report the flagged images by class and folder, and the calibration of the probabilities."""
    flagged, total = Counter[str](), Counter[str]()
    with (folder / TABLE).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            name = f"{row['tumor']}, in {row['path'].split('/')[0]}"
            total[name] += 1
            flagged[name] += row["flagged"] == "1"
    towards = sorted(result.confusion.items(), key=lambda entry: -entry[1])
    notes = [
        "Towards: " + "; ".join(f"{a} > {b} {count}" for (a, b), count in towards if count) + ".",
        "Nobody has read these images again: a flagged one may be right, and rare.",
    ]
    flags = Table(
        title="Labels of the folder as it is that are flagged",
        counts="images, copies left out",
        interval="Wilson, 95 %",
        figures=[_share(name, flagged[name], total[name]) for name in sorted(total)],
        notes=notes,
    )
    return [flags, _truth(images)]


def _truth(images: Images) -> Table:
    _, given = np.unique(images.rows.tumor, return_inverse=True)
    found = combine_models(images.features, given, images.rows.group, images.rows.copies)
    apart = predict_held_out(images.features, given, images.rows.group)
    beside = predict_held_out(images.features, given, images.rows.copies)
    figures = []
    for name, p in ((PATIENTS, apart), (IMAGES, beside), ("the one in the table", found.probabilities)):
        sure, right = p.max(axis=1), p.argmax(axis=1) == given
        error = 100 * calibration_error(sure, right, np.ones(len(given)))
        low, high = (100 * limit for limit in wilson(int(right.sum()), len(right)))
        figures += [
            Figure(
                name=name, column="agrees with the label", value=100 * right.mean(), low=low, high=high, n=len(given)
            ),
            Figure(name=name, column="calibration error", value=error, n=len(given)),
        ]
    return Table(
        title="How true the probabilities of the audit are, against the labels as they are",
        counts="images, copies left out",
        interval="Wilson, 95 %",
        figures=figures,
        notes=[
            f"{PATIENTS}: learned without any image of the patient. {IMAGES}: learned from all other images.",
            "label_audit.csv states those of the one that speaks more against the label, and so less often agrees.",
        ],
    )


def planted(images: Images, unit: str, name: str, seeds: tuple[int, ...]) -> list[Figure]:
    """Change labels, audit them, and say what is found."""
    classes, labels = np.unique(images.rows.tumor, return_inverse=True)
    groups = np.unique(images.rows.group, return_inverse=True)[1]
    units = groups if unit == "group" else np.arange(len(labels))
    figures = []
    for rate in RATES:
        runs: dict[str, list[Run]] = {OURS: [], PLAIN: []}
        for seed in seeds:
            given = flip(labels, units, rate, len(classes), seed)
            apart = predict_held_out(images.features, given, images.rows.group, seed=seed)
            beside = predict_held_out(images.features, given, images.rows.copies, seed=seed)
            wrong = given != labels
            runs[OURS].append(_ours(wrong, join(given, images.rows.group, apart, beside), images.rows))
            runs[PLAIN].append((wrong, beside.argmax(axis=1) != given, 1 - beside[np.arange(len(given)), given]))
        planted_labels = sum(int(run[0].sum()) for run in runs[OURS])
        for column, found in runs.items():
            for score, (value, low, high) in zip(SCORES, with_intervals(groups, found), strict=True):
                row = f"{rate:.0%} wrong, {name}: {score}"
                figures.append(Figure(name=row, column=column, value=value, low=low, high=high, n=planted_labels))
                print(unit, column, row, round(value, 1), flush=True)
    return figures


def flip(
    labels: NDArray[np.integer], units: NDArray[np.integer], rate: float, classes: int, seed: int
) -> NDArray[np.integer]:
    """Change the labels of that share of images to another class, unit by unit."""
    rng = np.random.default_rng([seed, round(rate * 1000)])
    order = rng.permutation(int(units.max()) + 1)
    sizes = np.bincount(units)[order]
    chosen = order[np.cumsum(sizes) - sizes < rate * len(labels)]
    shift = np.zeros(len(order), np.intp)
    shift[chosen] = rng.integers(1, classes, len(chosen))
    return np.asarray((labels + shift[units]) % classes)


def with_intervals(groups: NDArray[np.integer], runs: Sequence[Run]) -> list[tuple[float, float, float]]:
    """Average each of `SCORES` over the runs, in percent; draw whole groups again for its interval."""
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    rng = np.random.default_rng(0)
    value = _mean_scores(runs, np.arange(len(groups)))
    drawn = [
        _mean_scores(runs, np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))]))
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return list(zip(value.tolist(), low.tolist(), high.tolist(), strict=True))


def _mean_scores(runs: Sequence[Run], rows: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray(100 * np.mean([_scores(*(column[rows] for column in run)) for run in runs], axis=0))


def _scores(wrong: NDArray[Any], flagged: NDArray[Any], rank: NDArray[Any]) -> tuple[float, float, float]:
    hit = float((wrong & flagged).sum())
    precision, recall = hit / max(1, int(flagged.sum())), hit / max(1, int(wrong.sum()))
    return float(average_precision_score(wrong, rank)), recall, precision


def _ours(wrong: NDArray[np.bool_], found: LabelEvidence, rows: AuditRows) -> Run:
    rank = np.empty(len(wrong))
    rank[found.suspicion.order(rows.image_id)] = -np.arange(len(wrong))
    return wrong, found.suspicion.flagged, rank


def _share(name: str, count: int, n: int) -> Figure:
    low, high = wilson(count, n)
    return Figure(name=name, value=100 * count / n, low=100 * low, high=100 * high, n=n)


def _planted_table(unit: str, figures: list[Figure]) -> Table:
    notes = [
        "Only what was planted counts as wrong: labels that were wrong before lower every precision alike.",
        "Plain cross-validation: same features and model, no groups, likeliest other class, ranked by 1 - p(label).",
    ]
    if unit == "group":
        notes.append(
            "The groups are those that dedupe infers, which the audit also knows; real patients differ from them."
        )
    return Table(
        title=f"Wrong labels planted on {UNITS[unit]}",
        counts="planted labels, of all seeds",
        interval="bootstrap over patient groups, 95 %",
        figures=figures,
        notes=notes,
    )


if __name__ == "__main__":
    raise SystemExit(main())
