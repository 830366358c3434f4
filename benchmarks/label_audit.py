"""What `audit-labels` finds: on a folder as it is, and among labels that are wrong on purpose.

    python -m benchmarks.label_audit DIR

DIR is an output of `sort-planes` (and `dedupe`, for the patients) of images in folders by tumor type. Labels of 5 % and
10 % of the images are changed to another class, drawn evenly, with several seeds: image by image, or whole groups (a
patient's images are labeled together, and so wrong together). Precision and recall of what is
flagged and average precision of the ranking count only those as wrong: labels that were wrong before lower the
precision, so that it is a lower bound. Beside it stands the plain way: the same model in cross-validation that knows
no groups, ranked by 1 - p(given), flagged where another class is likelier. Intervals (95 %) are of a bootstrap over
groups.
Writes ``benchmarks/results/label_audit.json``.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from medcurate.catalogue import Catalogue
from medcurate.curate.audit_outputs import TABLE
from medcurate.curate.audit_rows import COLUMNS, AuditRows, read_rows
from medcurate.curate.audit_store import FeatureStore
from medcurate.curate.confident_learning import suspect
from medcurate.curate.label_audit import add_planes, audit_labels
from medcurate.curate.out_of_sample import predict_held_out
from medcurate.run_folder import lock

RATES = (0.05, 0.10)
SEEDS = (0, 1)
BOOTSTRAPS = 200
RESULT = Path(__file__).parent / "results" / "label_audit.json"


def flip(labels: np.ndarray, units: np.ndarray, rate: float, classes: int, seed: int) -> np.ndarray:
    """Change the labels of that share of images to another class, unit by unit."""
    rng = np.random.default_rng([seed, round(rate * 1000)])
    order = rng.permutation(int(units.max()) + 1)
    sizes = np.bincount(units)[order]
    chosen = order[np.cumsum(sizes) - sizes < rate * len(labels)]
    shift = np.zeros(len(order), np.intp)
    shift[chosen] = rng.integers(1, classes, len(chosen))
    return (labels + shift[units]) % classes


def scores(wrong: np.ndarray, flagged: np.ndarray, rank: np.ndarray) -> dict[str, float]:
    hit = float((wrong & flagged).sum())
    return {
        "precision": hit / max(1, int(flagged.sum())),
        "recall": hit / max(1, int(wrong.sum())),
        "average_precision": float(average_precision_score(wrong, rank)),
    }


def with_intervals(groups: np.ndarray, runs: list[tuple[np.ndarray, ...]]) -> dict[str, dict[str, object]]:
    """Average the scores of several seeds; resample whole groups."""
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    rng = np.random.default_rng(0)

    def mean(rows: np.ndarray) -> dict[str, float]:
        found = [scores(*(column[rows] for column in run)) for run in runs]
        return {name: float(np.mean([one[name] for one in found])) for name in found[0]}

    value = mean(np.arange(len(groups)))
    drawn = [
        mean(np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))]))
        for _ in range(BOOTSTRAPS)
    ]
    return {
        name: {
            "value": round(value[name], 4),
            "interval": [round(float(np.percentile([one[name] for one in drawn], q)), 4) for q in (2.5, 97.5)],
        }
        for name in value
    }


def planted(features: np.ndarray, rows: AuditRows, unit: str) -> dict[str, object]:
    names, labels = np.unique(rows.tumor, return_inverse=True)
    groups = np.unique(rows.group, return_inverse=True)[1]
    single = np.arange(len(labels))
    found: dict[str, object] = {"images": len(labels), "groups": int(groups.max()) + 1, "classes": names.tolist()}
    for rate in RATES:
        ours, by_margin, plain = [], [], []
        for seed in SEEDS:
            given = flip(labels, groups if unit == "group" else single, rate, len(names), seed)
            wrong = given != labels
            suspicion = suspect(given, predict_held_out(features, given, groups, seed=seed))
            rank = np.empty(len(given))
            rank[suspicion.order(rows.image_id)] = -np.arange(len(given))
            ours.append((wrong, suspicion.flagged, rank))
            by_margin.append((wrong, suspicion.flagged, -suspicion.margin))
            p = predict_held_out(features, given, single, seed=seed)
            plain.append((wrong, p.argmax(axis=1) != given, 1 - p[single, given]))
        found[f"wrong_{rate:.2f}"] = entry = {
            "wrong": [int(run[0].sum()) for run in ours],
            "flagged": [int(run[1].sum()) for run in ours],
            "audit": with_intervals(groups, ours),
            "average_precision_by_margin_alone": with_intervals(groups, by_margin)["average_precision"],
            "plain": {**with_intervals(groups, plain), "flagged": [int(run[1].sum()) for run in plain]},
        }
        print(unit, rate, json.dumps(entry), flush=True)
    return found


def main(folder: Path) -> None:
    result = audit_labels(folder, progress=False)
    rows = read_rows(Catalogue.open(folder).batches(COLUMNS))
    with lock(folder):
        known, components = FeatureStore(folder).components(rows.image_id, 0)
    rows = rows.take(known)
    features = add_planes(components, rows)
    clean = rows.tumor != "glioma"
    _, given = np.unique(rows.tumor, return_inverse=True)
    p = predict_held_out(features, given, rows.group)
    report = {
        "settings": {"rates": RATES, "seeds": SEEDS, "bootstraps": BOOTSTRAPS, "folds": 5, "resampled": "groups"},
        "as_it_is": {
            "audited": result.audited,
            "given": result.given,
            "flagged": result.flagged,
            "towards": {f"{a} > {b}": n for (a, b), n in result.confusion.items() if n},
            "by_folder": by_folder(folder),
            "estimated_wrong": {f"{a} > {b}": n for (a, b), n in result.estimated.items() if n},
            "accuracy_held_out": round(float((p.argmax(axis=1) == given).mean()), 4),
            "calibration_error": round(_calibration_error(p, given), 4),
        },
    }
    print(json.dumps(report["as_it_is"], indent=1), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    sets = {"all": np.ones(len(clean), bool), "without_glioma": clean}
    for unit in ("image", "group"):
        for name, chosen in sets.items():
            report[f"{name}_wrong_by_{unit}"] = planted(features[chosen], rows.take(chosen), unit)
            RESULT.write_text(json.dumps(report, indent=1) + "\n")  # what is measured so far


def by_folder(folder: Path) -> dict[str, dict[str, int]]:
    """Count images and flags by the outermost folder and the label."""
    found: dict[str, dict[str, int]] = {}
    with (folder / TABLE).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            entry = found.setdefault(f"{row['path'].split('/')[0]}, {row['tumor']}", {"images": 0, "flagged": 0})
            entry["images"] += 1
            entry["flagged"] += row["flagged"] == "1"
    return dict(sorted(found.items()))


def _calibration_error(p: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error of the likeliest class."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    at = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(sure[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in np.unique(at)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
