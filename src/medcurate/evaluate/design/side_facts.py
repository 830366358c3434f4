"""Facts about the compared data for the report: counts, classes, license and digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from medcurate.catalogue import FILE_NAME as CATALOGUE
from medcurate.catalogue import Catalogue
from medcurate.dataset import Dataset
from medcurate.dataset.layout import GENERATED
from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import CANNOT_TELL, TRAINING_IDS, Sides

VERDICT = "verdict.json"


def facts_of(sides: Sides, real: Path, synthetic: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entries ``real`` and ``synthetic`` of the report.

    Parameters
    ----------
    real, synthetic : Path
        Their folders. Only the last name of each is recorded, because the rest may name a person.

    Raises
    ------
    UsageError
        A file cannot be read.
    """
    given: dict[str, Any] = {
        **_facts(real),
        "train": len(sides.train),
        "held_out": len(sides.test),
        "held_out_masks": int(sides.test.has_mask().sum()),
        "classes": _counts(sides.train, "tumor"),
        "held_out_classes": _counts(sides.test, "tumor"),
        "volumes": sides.train.volume_rows.num_rows + sides.test.volume_rows.num_rows,
    }
    made: dict[str, Any] = {
        **_facts(synthetic),
        "images": len(sides.synthetic),
        "masks": int(sides.synthetic.has_mask().sum()),
        "classes": _counts(sides.synthetic, "tumor"),
        "volumes": sides.synthetic.volume_rows.num_rows,
        "generator": _json(synthetic / GENERATED),
        "generator_images": None if sides.generator_ids is None else len(sides.generator_ids),
        "saw_held_out": None if sides.generator_ids is None or CANNOT_TELL in sides.notes else False,
    }
    return given, made


def digest_of(folder: Path) -> str:
    """Return a SHA-256 of a dataset, as hexadecimal digits: it changes with any image, label, split or mask.

    For a dataset folder, the catalogue is read, which has a digest per image; for a plain folder, all files.
    """
    total = hashlib.sha256()
    catalogue = folder / CATALOGUE
    if catalogue.exists():
        files = sorted(path for path in (catalogue.rglob("*") if catalogue.is_dir() else [catalogue]) if path.is_file())
    else:
        files = [folder / path for path in Dataset.open(folder).rows.column("path").to_pylist()]
    for path in [*files, folder / TRAINING_IDS]:
        if path in files or path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + _digest(path))
    return total.hexdigest()


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}); was it moved?") from error


def _facts(folder: Path) -> dict[str, Any]:
    plain = not (folder / CATALOGUE).exists()
    return {
        "name": folder.resolve().name,
        "kind": "plain folder" if plain else "dataset folder",
        "digest": digest_of(folder),
        "license": _license(folder, plain=plain),
    }


def _license(folder: Path, *, plain: bool) -> dict[str, Any]:
    """Return the verdict of `medcurate manifest` if there is one, and otherwise what the catalogue states."""
    verdict = _json(folder / VERDICT)
    if verdict is not None and isinstance(verdict.get("outcome"), str):
        return {"outcome": verdict["outcome"], "license": verdict.get("license"), "from": VERDICT}
    stated: list[str] = []
    if not plain:
        column = Catalogue.open(folder).filter(status="kept").to_table(["license"]).column("license")
        stated = sorted(value for value in pc.unique(column).to_pylist() if value)
    return {"outcome": None, "license": " AND ".join(stated) or None, "from": "catalogue" if stated else None}


def _counts(dataset: Dataset, column: str) -> dict[str, int]:
    found = pc.value_counts(dataset.rows.column(column)).to_pylist()
    return dict(sorted((entry["values"] or "unlabeled", entry["counts"]) for entry in found))


def _json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
