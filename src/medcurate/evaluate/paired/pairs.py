"""Which synthetic image stands for which real one: by a list of the user's, by path, by file name or by image id."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from medcurate.dataset import Dataset
from medcurate.dataset.layout import without_split
from medcurate.errors import UsageError

COLUMNS = ("real", "synthetic")


@dataclass(frozen=True, slots=True)
class ImagePair:
    """Rows of two images in their datasets."""

    real: int
    synthetic: int
    group: str | None


@dataclass(frozen=True, slots=True)
class VolumePair:
    """Files of two volumes, and of the mask that belongs to the real one."""

    real: Path
    synthetic: Path
    mask: Path | None
    group: str | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs that were found.

    Attributes
    ----------
    rule : str
        How they were found, in words.
    passed_over : int
        Listed pairs whose real image is not held out.
    """

    images: tuple[ImagePair, ...]
    volumes: tuple[VolumePair, ...]
    rule: str
    passed_over: int = 0

    def __len__(self) -> int:
        return len(self.images) + len(self.volumes)


def find_pairs(
    real: Dataset, synthetic: Dataset, listed: Path | None = None, *, not_held_out: Dataset | None = None
) -> Pairs:
    """Find the pairs of two datasets.

    Without a list, the first of these rules that gives a pair decides: the same path within the dataset, not counting
    the folder of the split, or the same file name (both without suffix, and where it occurs once on either side), or
    the same ``image_id``. Volumes pair by path.

    Parameters
    ----------
    listed : Path, optional
        CSV with the columns ``real`` and ``synthetic``: paths relative to the folders of the datasets.
    not_held_out : Dataset, optional
        Other real images that the list may name: their pairs are passed over and counted.

    Raises
    ------
    UsageError
        The list cannot be read, names a file that is not in its dataset, or has one twice.
    """
    if listed is not None:
        return _from_list(real, synthetic, listed, not_held_out)
    groups = real.rows.column("patient_group").to_pylist()
    images, rule = _by_name(real, synthetic)
    volumes = _volume_pairs(real, synthetic, {path: path for path in _volumes(real)})
    return Pairs(
        tuple(ImagePair(one, other, groups[one]) for one, other in images),
        volumes,
        rule if images else "same path of the volume",
    )


def _by_name(real: Dataset, synthetic: Dataset) -> tuple[list[tuple[int, int]], str]:
    sides = [[PurePosixPath(path) for path in dataset.rows.column("path").to_pylist()] for dataset in (real, synthetic)]
    places = [[without_split(str(path.with_suffix(""))) for path in paths] for paths in sides]
    stems = [[path.stem for path in paths] for paths in sides]
    rules: list[tuple[str, list[str], list[str]]] = [
        ("same path", places[0], places[1]),
        ("same file name", stems[0], stems[1]),
        ("same image_id", list(real.ids), list(synthetic.ids)),
    ]
    for rule, keys, other_keys in rules:
        found = _matched(keys, other_keys)
        if found:
            return found, rule
    return [], "none"


def _matched(keys: list[str], other_keys: list[str]) -> list[tuple[int, int]]:
    """Return the places of the keys that occur once on either side."""
    places = _once(other_keys)
    return [(one, places[key]) for key, one in _once(keys).items() if key in places]


def _once(keys: Iterable[str]) -> dict[str, int]:
    keys = list(keys)
    times = Counter(keys)
    return {key: place for place, key in enumerate(keys) if times[key] == 1}


def _volumes(dataset: Dataset) -> dict[str, tuple[Path, Path | None, str | None]]:
    """Return the volumes of a dataset by path: file, mask and patient."""
    found: dict[str, tuple[Path, Path | None, str | None]] = {}
    for one in dataset.volumes():
        for file in one.contrasts.values():
            found[file.relative_to(dataset.folder).as_posix()] = (file, one.mask, one.patient_group or one.name)
    return found


def _volume_pairs(real: Dataset, synthetic: Dataset, chosen: Mapping[str, str]) -> tuple[VolumePair, ...]:
    ours, theirs = _volumes(real), _volumes(synthetic)
    return tuple(
        VolumePair(ours[one][0], theirs[other][0], ours[one][1], ours[one][2])
        for one, other in chosen.items()
        if one in ours and other in theirs
    )


def _from_list(real: Dataset, synthetic: Dataset, listed: Path, not_held_out: Dataset | None) -> Pairs:
    rows = _read(listed)
    known = [_paths(real) | (set() if not_held_out is None else _paths(not_held_out)), _paths(synthetic)]
    for column, dataset, paths in zip(COLUMNS, (real, synthetic), known, strict=True):
        for line, row in enumerate(rows, 2):
            if row[column] not in paths:
                raise UsageError(
                    f"{listed}, line {line}: there is no {column} image {row[column]!r}; paths are relative to "
                    f"{dataset.folder}"
                )
    repeated = [name for name, times in Counter(row["real"] for row in rows).items() if times > 1]
    if repeated:
        raise UsageError(f"{listed}: a real image may stand in one pair; {repeated[0]!r} stands in several")
    held_out = _paths(real)
    chosen = {row["real"]: row["synthetic"] for row in rows if row["real"] in held_out}
    images, volumes = _listed_images(real, synthetic, chosen), _volume_pairs(real, synthetic, chosen)
    if len(images) + len(volumes) < len(chosen):
        raise UsageError(f"{listed}: expected a picture for a picture and a volume for a volume")
    return Pairs(images, volumes, "list of the user", len(rows) - len(chosen))


def _paths(dataset: Dataset) -> set[str]:
    return {*dataset.rows.column("path").to_pylist(), *_volumes(dataset)}


def _listed_images(real: Dataset, synthetic: Dataset, chosen: Mapping[str, str]) -> tuple[ImagePair, ...]:
    ours, theirs = (
        {path: row for row, path in enumerate(dataset.rows.column("path").to_pylist())} for dataset in (real, synthetic)
    )
    groups = real.rows.column("patient_group").to_pylist()
    return tuple(
        ImagePair(ours[one], theirs[other], groups[ours[one]])
        for one, other in chosen.items()
        if one in ours and other in theirs
    )


def _read(listed: Path) -> list[dict[str, str]]:
    try:
        with listed.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{listed} cannot be read as CSV ({type(error).__name__})") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise UsageError(f"{listed}: expected the columns real and synthetic and a row a pair")
    return [{column: (row[column] or "").strip() for column in COLUMNS} for row in rows]
