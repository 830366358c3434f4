"""Take the messy folder from raw files to a report, and read what each command wrote.

The input is stored, not made anew: what a phantom looks like may differ by a gray value from one processor to another.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq

from tests.pins.commands import run

INPUT = Path(__file__).with_name("messy.tar.xz")
_SALT = bytes(32)

_NUMBERS = {"confidence", "obliquity_deg", "score"}
_ENCODED = ("path", "file_sha256")  # the layout has a pin of its own, and zlib is free to pack pixels otherwise
_METRIC = ("value", "interval", "n", "unit", "better", "settings", "real_vs_real")


def curate(folder: Path, *, workers: int = 0) -> None:
    """Sort, dedupe, homogenize, describe and evaluate the messy folder, all below `folder`."""
    with tarfile.open(INPUT) as archive:
        # Python 3.11.0 to 3.11.3 have no filters; the archive is ours.
        archive.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    salt = folder / "salt"
    salt.write_bytes(_SALT)
    secret = {"MEDCURATE_SALT_FILE": str(salt)}  # pseudonyms are else those of the user who runs the tests
    how = ["--workers", workers, "--quiet"]
    dataset = ["homogenize", "scan", "--out", "dataset", "--size", 32, "--slices", "every:3", "--drop-unknown"]
    run(
        folder,
        [
            ["sort-planes", "messy", "--out", "scan", *how],
            ["dedupe", "scan", *how],
            [*dataset, "--split", "train=0.6,test=0.4", *how],
            ["manifest", "dataset", "--quiet"],
        ],
        secret,
    )
    write_changed(folder / "dataset", folder / "changed")
    parts = ["--fidelity", "--paired", "--privacy"]
    run(folder, [["evaluate", "dataset", "changed", "--out", "report", *parts, "--quiet"]], secret)


def write_changed(dataset: Path, out: Path) -> None:
    """Write a blurred mirror image of every image, in integers: it stands for a synthetic dataset."""
    for row in pq.read_table(dataset / "catalogue.parquet", columns=["path", "kind", "status", "plane"]).to_pylist():
        if row["status"] != "kept" or row["kind"] != "image":
            continue
        image = cv2.imread(str(dataset / row["path"]), cv2.IMREAD_UNCHANGED).astype(np.int64)
        blurred = sum(np.roll(image, shift, axis) for shift, axis in ((0, 0), (1, 0), (1, 1), (2, 1))) // 4
        path = out / row["plane"] / Path(row["path"]).name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(path), blurred[:, ::-1].astype(np.uint8)):
            raise OSError(f"{path} cannot be written")


def read_csv(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a table, with the columns of measured numbers as numbers."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [{name: float(v) if v and name in _NUMBERS else v for name, v in row.items()} for row in rows]


def read_catalogue(file: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a catalogue by source, path, frame and kind; columns without a value are left out."""
    return _by_key(pq.read_table(file).to_pylist(), ("source", "path", "frame", "kind"))


def read_dataset(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a dataset by where they come from, each with a digest of its pixels."""
    rows = pq.read_table(folder / "catalogue.parquet").to_pylist()
    for row in rows:
        if row["status"] == "kept":
            row["pixels"] = _pixels(folder / row["path"])
            row.update(dict.fromkeys(_ENCODED))
        row["steps"] = None if row["steps"] is None else [_measured(step) for step in json.loads(row["steps"])]
    return _by_key(rows, ("original_path", "original_frame", "path", "frame", "plane", "kind"))


def read_paths(folder: Path) -> list[str]:
    """Return the paths of all files of a dataset but those that are for no one else to read."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not path.parts[0].startswith("."))


def read_metrics(report: Path) -> dict[str, Any]:
    """Return the numbers of a ``metrics.json``, and which parts and verdicts there are; no prose."""
    found = json.loads((report / "metrics.json").read_text())
    return {
        "real": _numbers(found["real"]),
        "synthetic": _numbers(found["synthetic"]),
        "parts": {name: part["status"] for name, part in found["settings"]["parts"].items()},
        "verdicts": [f"{verdict['part']}: {verdict['level']}" for verdict in found["verdicts"]],
        "metrics": {metric["name"]: _metric(metric) for metric in found["metrics"]},
    }


def _metric(found: dict[str, Any]) -> dict[str, Any]:
    kept = {name: found[name] for name in _METRIC}
    kept["settings"] = _numbers(kept["settings"])
    if kept["real_vs_real"] is not None:
        kept["real_vs_real"] = _metric(kept["real_vs_real"])
    return kept


def _numbers(value: Any) -> Any:
    """Return a mapping without its texts, which may be worded anew."""
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items() if not isinstance(item, str)}
    if isinstance(value, list):
        return [_numbers(item) for item in value if not isinstance(item, str)]
    return value


def _measured(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step of the processing without the sentence that says why it was skipped."""
    return {**step, "skipped": bool(step.get("skipped"))}


def _pixels(file: Path) -> str:
    image = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    return hashlib.sha256(f"{image.dtype} {image.shape} ".encode() + image.tobytes()).hexdigest()[:16]


def _by_key(rows: list[dict[str, Any]], names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    found = {}
    for row in rows:
        key = " | ".join("" if row[name] is None else str(row[name]) for name in names)
        if key in found:
            raise ValueError(f"two rows are {key}")
        found[key] = {name: value for name, value in row.items() if value is not None}
    return dict(sorted(found.items()))
