"""From the results of all jobs to the tables of the dataset; rows stream through twice, and no pixels."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, SCHEMA
from medcurate.curate.homogenizing.journal import Journal
from medcurate.curate.homogenizing.plan import Plan
from medcurate.curate.homogenizing.privacy import told_flags
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.homogenizing.staging import WAITING, put_in_place
from medcurate.curate.patients.splits import assign_splits, check_leaks, keep_splits
from medcurate.curate.scans.output import REJECT_COLUMNS
from medcurate.dataset.layout import IMAGE_FOLDERS, MASKS, REJECTS, VOLUMES, image_path, mask_path
from medcurate.dataset.metadata import write_metadata
from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS
from medcurate.run_folder import atomic_write, output_errors, remove_tree, write_catalogue

_OURS = {
    **dict.fromkeys((*IMAGE_FOLDERS, MASKS), re.compile(r"[0-9a-f]{16}(-\d+)?\.png")),
    VOLUMES: re.compile(r".+\.nii\.gz"),
}
_LITTER = re.compile(r"\.[0-9a-f]{8}\.tmp")
_KEPT, _TWIN, _CONFLICT = 0, 1, 2
_STRATA = ("tumor", "plane", "source")

Row = dict[str, Any]


@dataclass(slots=True)
class Written:
    """What is in the dataset.

    Attributes
    ----------
    written : int
        Images and volumes.
    masks : int
    rejected : int
        Files.
    dropped : Counter
        Reason to rows.
    splits : Counter
        Split to images and volumes.
    flagged : Counter
        Note to images and volumes that have it.
    notes : tuple of str
    """

    written: int = 0
    masks: int = 0
    rejected: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()


def merged(plan: Plan, journal: Journal) -> Iterator[list[Row]]:
    """Yield the rows of the dataset's catalogue, a batch of the source's at a time, before twins and splits.

    A row with ``message`` has one that belongs into the rejects. The place of a kept mask is behind its image.
    """
    results = journal.results()
    row, line = next(results, (-1, {}))
    first = 0
    for batch in plan.batches():
        rows: list[Row] = []
        for number, base in enumerate(batch.to_pylist(), first):
            if row != number:
                rows.append(_left(base, plan, number))
                continue
            while row == number:
                if line["status"] != "used":
                    rows.append(_joined(base, line))
                row, line = next(results, (-1, {}))
        first += batch.num_rows
        yield rows


def _left(base: Row, plan: Plan, number: int) -> Row:
    """Return a row that no job has read."""
    if base["status"] == "kept":  # a mask of an image that is not wanted
        return {**base, "status": "dropped", "reason": plan.unused(number).value}
    return base


def _joined(base: Row, line: dict[str, Any]) -> Row:
    about = {name: value for name, value in line.items() if name not in ("row", "message")}
    if line["status"] == "dropped":
        frame = about.pop("original_frame", base["frame"])
        return {**base, **about, "frame": frame, "message": line["message"]}
    return {
        **base,
        "frame": None,
        "depth": None,
        "mask_of": None,
        "mask_area": None,
        "reason": None,
        "perceptual_hash": None,
        "original_frame": base["frame"],
        "original_path": base["path"],
        "original_id": base["image_id"],
        "format": "nifti" if line["path"].startswith(VOLUMES) else "png",
        **about,
    }


def write_output(plan: Plan, journal: Journal, dataset: Path, settings: HomogenizeSettings) -> Written:
    """Resolve twins, split, put images into place, and write the tables of the dataset.

    These are ``catalogue.parquet``, ``metadata.csv`` and ``rejects.csv``.
    Files of no row, such as those
    of an earlier run or of the older layout, are removed at the end.

    Raises
    ------
    UsageError
        The splits of the input are to be kept, and it names none, or they leak.
    LeakError
        The splits leak: a bug.
    OutputError
        Something cannot be written.
    """
    kept = _gather(plan, journal)
    fate = _fate(kept, keep_twins=settings.keep_duplicates)
    split, fold, notes = _split(kept, fate == _KEPT, settings)
    result = Written(notes=notes)
    places = _Places(kept, fate, split, fold)
    if not (fate == _KEPT).any():
        for rows in merged(plan, journal):
            for row in map(places.resolve, rows):
                result.dropped[row["reason"]] += row["status"] == "dropped"
        return result
    paths: set[bytes] = set()
    with atomic_write(dataset / REJECTS) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        rejects = csv.writer(text, lineterminator="\n")
        rejects.writerow(REJECT_COLUMNS)
        write_catalogue(dataset / FILE_NAME, _tables(plan, journal, places, dataset, (result, paths, rejects)))
        text.flush()
        text.detach()
    write_metadata(dataset)
    _remove_strays(dataset, paths)
    result.notes += told_flags(result.flagged)
    return result


def _tables(
    plan: Plan, journal: Journal, places: _Places, dataset: Path, into: tuple[Written, set[bytes], Any]
) -> Iterator[pa.Table]:
    result, paths, rejects = into
    told: tuple[str, str] | None = None
    for rows in merged(plan, journal):
        final = []
        for row in map(places.resolve, rows):
            if row["status"] == "dropped":
                result.dropped[row["reason"]] += 1
                if row.get("message") and told != (row["source"], row["path"]):
                    told = (row["source"], row["path"])
                    rejects.writerow(_reject(row))
                    result.rejected += 1
            else:
                put_in_place(dataset, row)
                paths.add(_short(row["path"]))
                result.masks += row["kind"] == "mask"
                result.written += row["kind"] != "mask"
                result.splits[row["split"]] += row["kind"] != "mask"
                if row["kind"] != "mask":
                    result.flagged.update((row["notes"] or "").split())
            final.append({name: row[name] for name in SCHEMA.names})
        yield pa.Table.from_pylist(final, schema=SCHEMA)


@dataclass(slots=True)
class _Kept:
    """What splits and twins need to know of the images and volumes that were written, in order."""

    image: list[int] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    cluster: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    is_volume: list[bool] = field(default_factory=list)
    strata: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in _STRATA})


def _gather(plan: Plan, journal: Journal) -> _Kept:
    kept = _Kept()
    names: dict[str | None, Any] = {}
    for rows in merged(plan, journal):
        for row in rows:
            if row["status"] != "kept" or row["kind"] == "mask":
                continue
            group = str(row["patient_group"] or row["original_id"])
            kept.image.append(int(row["image_id"], 16))
            kept.group.append(names.setdefault(group, group))
            kept.cluster.append(row["duplicate_of"] or row["original_id"])
            kept.path.append(row["original_path"])
            kept.is_volume.append(row["kind"] == "volume")
            for name in _STRATA:
                kept.strata[name].append(names.setdefault(row[name], row[name]))
    return kept


def _fate(kept: _Kept, *, keep_twins: bool) -> NDArray[np.uint8]:
    """Decide about images that have the same pixels now.

    The first of them is kept. Where their tumor types differ, none is: nobody knows which is right. With `keep_twins`
    all of one patient stay.
    """
    image = np.array(kept.image, np.uint64)
    fate = np.zeros(len(image), np.uint8)
    order = np.argsort(image, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(image[order])) + 1) if len(order) else ():
        if len(members) < 2 or any(kept.is_volume[row] for row in members):
            continue
        if len({kept.strata["tumor"][row] for row in members}) > 1:
            fate[members] = _CONFLICT
            continue
        first = kept.group[members[0]]
        fate[[row for row in members[1:].tolist() if not keep_twins or kept.group[row] != first]] = _TWIN
    return fate


def _split(
    kept: _Kept, chosen: NDArray[np.bool_], settings: HomogenizeSettings
) -> tuple[list[str | None], list[int | None], tuple[str, ...]]:
    """Return split and fold of every written image, None for those that are not kept after all."""
    at = np.flatnonzero(chosen).tolist()
    split: list[str | None] = [None] * len(chosen)
    fold: list[int | None] = [None] * len(chosen)
    if not at:
        return split, fold, ()
    groups, clusters = [kept.group[row] for row in at], [kept.cluster[row] for row in at]
    notes: tuple[str, ...] = ()
    if settings.keep_splits:
        names = keep_splits([kept.path[row] for row in at], groups, clusters)
    else:
        strata = {name: [values[row] for row in at] for name, values in kept.strata.items()}
        given = assign_splits(groups, strata, fractions=settings.split, seed=settings.seed, folds=settings.folds)
        names, notes = given.split_names(), given.notes
        for row, number in zip(at, given.fold.tolist(), strict=True):
            fold[row] = None if number < 0 else number
    check_leaks(names, groups, clusters)
    for row, name in zip(at, names, strict=True):
        split[row] = name
    return split, fold, notes


class _Places:
    """Gives rows their split, or the reason for being a twin, in the order of `merged`; once through."""

    def __init__(self, kept: _Kept, fate: NDArray[np.uint8], split: list[str | None], fold: list[int | None]) -> None:
        self._kept, self._fate, self._split, self._fold = kept, fate, split, fold
        self._at = -1
        self._copies: Counter[str] = Counter()
        self._path = ""
        self._group_split: dict[str, tuple[str | None, int | None]] = {}
        for row in np.flatnonzero(fate == _KEPT).tolist():
            self._group_split[kept.group[row]] = (split[row], fold[row])

    def resolve(self, row: Row) -> Row:
        """Return the row as it goes into the catalogue."""
        if row["status"] != "kept":
            return row
        if row["kind"] != "mask":
            self._at += 1
        fate = int(self._fate[self._at]) if row["kind"] != "mask" or row["mask_of"] is not None else _KEPT
        if fate != _KEPT:
            return self._dropped(row, fate)
        group = str(row["patient_group"] or row["original_id"])
        split, fold = self._group_split[group]
        return {**row, "split": split, "fold": fold, "path": self._place(row, split)}

    def _dropped(self, row: Row, fate: int) -> Row:
        reason = Code.DUPLICATE_AFTER if fate == _TWIN else Code.LABEL_CONFLICT
        twin = row["image_id"] if fate == _TWIN and row["kind"] != "mask" else row["duplicate_of"]
        back = {"path": row["original_path"], "frame": row["original_frame"], "image_id": row["original_id"]}
        cleared = dict.fromkeys(("original_path", "original_frame", "original_id", "steps", "mask_of"))
        return {**row, **cleared, **back, "status": "dropped", "reason": reason.value, "duplicate_of": twin}

    def _place(self, row: Row, split: str | None) -> str:
        """Return the path with the split; twins that are kept get a number, and a mask has the name of its image."""
        if row["kind"] == "mask":
            return mask_path(self._path) if row["mask_of"] is not None else str(row["path"])
        if row["kind"] == "image":
            self._copies[row["path"]] += 1
            copy = self._copies[row["path"]]
            self._path = image_path(row["plane"], split, row["tumor"], row["image_id"], copy=copy)
            return self._path
        return str(row["path"])


def _reject(row: Row) -> Sequence[str]:
    code = Code(row["reason"])
    values = (row["source"], row["path"], row["file_sha256"] or "", "homogenize", code.value, row["message"])
    return (*values, ACTIONS[code].action)


def _short(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()[:12]


def _remove_strays(dataset: Path, paths: set[bytes]) -> None:
    """Remove images and volumes of earlier runs that the catalogue does not have any more, and empty folders."""
    remove_tree(dataset / WAITING)
    with output_errors(dataset):
        for name, ours in _OURS.items():
            for path in sorted((dataset / name).rglob("*"), reverse=True):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                elif _LITTER.fullmatch(path.name) or (
                    ours.fullmatch(path.name) and _short(path.relative_to(dataset).as_posix()) not in paths
                ):
                    path.unlink()
            if (dataset / name).is_dir() and not any((dataset / name).iterdir()):
                (dataset / name).rmdir()
