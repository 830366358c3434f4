"""Facts about the files of a dataset for its manifest, from one pass over the catalogue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset.layout import IMAGE_FOLDERS, MASKS, VOLUMES, is_dataset
from medcurate.datasets_manifest.downloads.same_images import SameImages
from medcurate.errors import NothingUsable, UsageError

UNLABELED, UNKNOWN, NO_SPLIT = "unlabeled", "unknown", "none"
_CELL = ("kind", "tumor", "source", "plane", "split")
_COLUMNS = (
    *_CELL, "image_id", "original_id", "duplicate_of", "path", "license", "origin", "status", "reason", "notes",
    "format", "bit_depth", "height", "width", "modality", "contrast", "patient_group", "patient_group_by", "steps",
)  # fmt: skip
_FEW = 4  # different values of a setting that are listed
_BATCH_ROWS = 8192


class Cell(NamedTuple):
    """Key by which images are counted."""

    kind: str
    tumor: str
    source: str
    plane: str
    split: str


@dataclass(slots=True)
class StepUse:
    """Use of one processing step on the images of one source.

    Attributes
    ----------
    applied, skipped : int
        Images.
    settings : dict of str to set of str
        Setting to its values, as JSON; at most five.
    """

    applied: int = 0
    skipped: int = 0
    settings: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """Counts from the catalogue of a dataset.

    Attributes
    ----------
    rows : int
        All rows: kept plus dropped.
    cells : Counter of Cell
        Rows that are kept.
    dropped : Counter of str
        Reason to rows.
    values : dict of str to Counter
        ``format``, ``bit_depth``, ``modality``, ``contrast``, ``origin``, ``patient_group_by``, ``size`` (height x
        width), ``notes``: value to rows that are kept.
    licenses : Counter of (source, license or None)
        Rows that are kept.
    any_license : dict of str to set
        Source to the licenses that its rows state.
    groups : int
        Number of patient groups.
    steps : dict of str to dict of str to StepUse
        Source to its recorded steps, in order.
    generated : set of str
        Sources with generated images.
    same : dict of tuple of str to int
        Sources to the number of images in all of them.
    """

    rows: int = 0
    cells: Counter[Cell] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    dropped_by_source: Counter[str] = field(default_factory=Counter)
    values: dict[str, Counter[str]] = field(default_factory=dict)
    licenses: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    any_license: dict[str, set[str]] = field(default_factory=dict)
    groups: int = 0
    steps: dict[str, dict[str, StepUse]] = field(default_factory=dict)
    generated: set[str] = field(default_factory=set)
    same: dict[tuple[str, ...], int] = field(default_factory=dict)

    def count(self, **chosen: str) -> int:
        """Return the number of kept rows with these values: ``count(kind="image", split="train")``."""
        return sum(count for cell, count in self.cells.items() if all(getattr(cell, k) == v for k, v in chosen.items()))

    def by(self, name: str, *, masks: bool = False) -> dict[str, int]:
        """Map values to numbers of kept images and volumes, sorted by value."""
        counts: Counter[str] = Counter()
        for cell, count in self.cells.items():
            if masks or cell.kind != "mask":
                counts[getattr(cell, name)] += count
        return dict(sorted(counts.items()))

    @property
    def kept(self) -> int:
        """Number of kept rows, including masks."""
        return self.cells.total()

    @property
    def pictures(self) -> int:
        """Number of kept images and volumes."""
        return self.kept - self.count(kind="mask")

    @property
    def sources(self) -> list[str]:
        """Sources with kept rows."""
        return sorted({cell.source for cell in self.cells})

    @property
    def all_sources(self) -> list[str]:
        """All sources in the catalogue."""
        return sorted({*self.sources, *self.dropped_by_source})

    @property
    def synthetic(self) -> bool:
        """Whether any image was generated."""
        return bool(self.generated)


def gather(folder: Path) -> Facts:
    """Read the catalogue of a dataset folder in batches.

    Raises
    ------
    UsageError
        If it is not a dataset folder, its counts are inconsistent, or its files do not match its catalogue.
    NothingUsable
        If no row is kept.
    """
    catalogue = _catalogue(folder)
    facts = Facts()
    facts.values = {
        name: Counter()
        for name in ("format", "bit_depth", "modality", "contrast", "origin", "patient_group_by", "size", "notes")
    }
    same = SameImages()
    groups: set[str] = set()
    for batch in catalogue.batches(_COLUMNS, rows=_BATCH_ROWS):
        _add(facts, batch, same, groups)
    facts.groups = len(groups)
    facts.same = same.found()
    if facts.kept + facts.dropped.total() != facts.rows:
        lost = facts.rows - facts.kept - facts.dropped.total()
        raise UsageError(
            f"the rows of {FILE_NAME} do not add up: {facts.rows:,} rows, {facts.kept:,} kept, "
            f"{facts.dropped.total():,} dropped, {lost:,} neither. Make the dataset again with medcurate homogenize"
        )
    if not facts.pictures:
        raise NothingUsable(
            f"{folder} holds no image: all {facts.rows:,} rows are dropped. Homogenize with other filters"
        )
    _check_files(folder, facts)
    return facts


def _catalogue(folder: Path) -> Catalogue:
    if not folder.is_dir():
        raise UsageError(f"no dataset at {folder}: expected a folder that medcurate homogenize wrote")
    what = "it has no catalogue.parquet" if not (folder / FILE_NAME).exists() else ""
    if not what and not is_dataset(folder):
        what = "it holds a scan, and no images"
    if what:
        raise UsageError(
            f"{folder} is not a dataset folder: {what}. Make one first: medcurate sort-planes INPUT --out sorted, "
            "then medcurate homogenize sorted --out DATASET"
        )
    return Catalogue.open(folder)


def _add(facts: Facts, batch: pa.RecordBatch, same: SameImages, groups: set[str]) -> None:
    facts.rows += batch.num_rows
    same.add(batch)
    rows = pa.Table.from_batches([batch]).to_pydict()
    for number, status in enumerate(rows["status"]):
        row = {name: values[number] for name, values in rows.items()}
        source = row["source"] or UNKNOWN
        if row["license"] is not None:
            facts.any_license.setdefault(source, set()).add(row["license"])
        if status == "dropped":
            facts.dropped[row["reason"] or "not told"] += 1
            facts.dropped_by_source[source] += 1
        elif status == "kept":
            _keep(facts, row, source)
            if row["patient_group"]:
                groups.add(row["patient_group"])


def _keep(facts: Facts, row: Mapping[str, Any], source: str) -> None:
    kind = row["kind"] or "image"
    facts.cells[Cell(kind, row["tumor"] or UNLABELED, source, row["plane"] or UNKNOWN, row["split"] or NO_SPLIT)] += 1
    facts.licenses[source, row["license"]] += 1
    values = facts.values
    values["origin"][row["origin"] or "real"] += 1
    if row["origin"] == "synthetic":
        facts.generated.add(source)
    values["format"][row["format"] or UNKNOWN] += 1
    if kind != "mask":
        for name in ("bit_depth", "modality", "contrast", "patient_group_by"):
            values[name][UNKNOWN if row[name] is None else str(row[name])] += 1
        values["size"][f"{row['height']} x {row['width']}"] += 1
        values["notes"].update((row["notes"] or "").split())
        if row["steps"]:
            _count_steps(facts.steps.setdefault(source, {}), row["steps"])


def _count_steps(uses: dict[str, StepUse], steps: str) -> None:
    for step in json.loads(steps):
        use = uses.setdefault(str(step["step"]), StepUse())
        if "skipped" in step:
            use.skipped += 1
            continue
        use.applied += 1
        for name, value in step.get("settings", {}).items():
            values = use.settings.setdefault(name, set())
            if len(values) <= _FEW:
                values.add(json.dumps(value))


def _check_files(folder: Path, facts: Facts) -> None:
    """Compare the number of files with the number of rows; missing files cannot be shared."""
    there = sum(1 for name in (*IMAGE_FOLDERS, MASKS, VOLUMES) for _ in _files(folder / name))
    if there != facts.kept:
        raise UsageError(
            f"{folder} is incomplete: its catalogue has {facts.kept:,} images, volumes and masks, and its folders hold "
            f"{there:,} files. Run medcurate homogenize again"
        )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
