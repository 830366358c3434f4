"""Choose the held-out real images: no patient, no copy and no image that the generator saw is on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import half_of_each

TEST = "test"
_TRAINING = ("train", "val")

Divided = tuple[Dataset, Dataset, tuple[str, ...]]


def divide(real: Dataset, generator_ids: frozenset[str] | None, seed: int) -> Divided:
    """Divide real images into those that a training may use and those that are held out.

    Parameters
    ----------
    generator_ids : frozenset of str or None
        ``image_id`` of each image that the generator was trained on.
    seed : int
        Decides which half is held out where there are no splits.

    Returns
    -------
    tuple of (Dataset, Dataset, tuple of str)
        Images for training, held-out images, and notes for the report.

    Raises
    ------
    UsageError
        A side is empty, a patient is on both, or the generator was trained on a held-out image.
    """
    tables = (real.rows, real.volume_rows)
    splits = [_column(table, "split") for table in tables]
    groups = [_image_groups(real), _volume_groups(real.volume_rows)]
    known = {split for found in splits for split in found}
    if TEST in known:
        train, test, notes = _by_split(real, splits, groups)
    elif generator_ids and not generator_ids.isdisjoint(real.ids):
        train, test, notes = _by_generator(real, groups, generator_ids)
    else:
        train, test, notes = _halved(real, groups, seed)
    if not len(test) and not test.volume_rows.num_rows:
        raise UsageError(
            f"{real.folder}: nothing is left to hold out. Every comparison needs real images that the generator has "
            "not seen: add some, or make a dataset with splits (medcurate homogenize)"
        )
    seen = sorted(set(test.ids) & (generator_ids or frozenset()))
    if seen:
        by_name = (
            " (by file name: if these are other images of the same names, make datasets of both folders with medcurate "
            "homogenize, which names images by their pixels)"
        )
        raise UsageError(
            f"{real.folder}: the generator was trained on {len(seen):,} of the {len(test):,} held-out images, such as "
            f"{seen[0]}{by_name if _is_path(seen[0]) else ''}. Expected images it has not seen: train it with the "
            "split train, or give other real images"
        )
    return train, test, notes


def comparable(real: Dataset, generator_ids: frozenset[str] | None) -> bool:
    """Return whether ids can show that the generator has seen an image.

    Images of a dataset folder are named by their pixels, those of a plain folder by their files: a generator that was
    trained on one and images of the other share no name, also if they are the same images.
    """
    if not generator_ids or not len(real):
        return generator_ids is not None
    return _is_path(min(generator_ids)) == _is_path(real.ids[0])


def _is_path(image: str) -> bool:
    return "." in image or "/" in image


def _by_split(real: Dataset, splits: list[list[str | None]], groups: list[list[str]]) -> Divided:
    train = [np.array([split in _TRAINING for split in found], bool) for found in splits]
    test = [np.array([split == TEST for split in found], bool) for found in splits]
    patients = [_column(table, "patient_group") for table in (real.rows, real.volume_rows)]
    both = _chosen(patients, train) & _chosen(patients, test)
    if both:
        raise UsageError(
            f"{real.folder}: {len(both):,} patient groups are in the split test and in train or val, such as "
            f"{min(both)}. Split by patient: medcurate homogenize does"
        )
    notes = ["held out: the split test"]
    lost = sum(split not in (TEST, *_TRAINING) for found in splits for split in found)
    if lost:
        notes.append(f"{lost:,} images are in none of the splits train, val and test: left out")
    copied = _chosen(groups, train)
    kept = [
        np.array([chosen and group not in copied for chosen, group in zip(mask.tolist(), found, strict=True)], bool)
        for mask, found in zip(test, groups, strict=True)
    ]
    copies = sum(int(before.sum() - after.sum()) for before, after in zip(test, kept, strict=True))
    if copies:
        notes.append(f"{copies:,} images of the split test are copies of training images: left out")
    return _take(real, train), _take(real, kept), tuple(notes)


def _by_generator(real: Dataset, groups: list[list[str]], generator_ids: frozenset[str]) -> Divided:
    used = {group for group, image in zip(groups[0], real.ids, strict=True) if image in generator_ids}
    train = [np.array([group in used for group in found], bool) for found in groups]
    notes = ("held out: the patients whose images the generator was not trained on",)
    return _take(real, train), _take(real, [~chosen for chosen in train]), notes


def _halved(real: Dataset, groups: list[list[str]], seed: int) -> Divided:
    """Hold out half of the groups of each tumor type; a group with several types counts under the first."""
    tumor_of: dict[str, str] = {}
    for found, table in zip(groups, (real.rows, real.volume_rows), strict=True):
        for group, tumor in zip(found, _column(table, "tumor"), strict=True):
            tumor_of.setdefault(group, tumor or "")
    held = half_of_each(tumor_of, seed=seed)
    test = [np.array([group in held for group in found], bool) for found in groups]
    unit = "patients" if any(v for v in _column(real.rows, "patient_group")) else "images (patients are not known)"
    notes = (f"held out: half of the {unit}, drawn with seed {seed}, as REAL has no split named test",)
    return _take(real, [~chosen for chosen in test]), _take(real, test), notes


def _take(real: Dataset, chosen: Sequence[NDArray[np.bool_]]) -> Dataset:
    images, volumes = (pa.array(mask, pa.bool_()) for mask in chosen)
    return replace(real, rows=real.rows.filter(images), volume_rows=real.volume_rows.filter(volumes))


def _chosen(values: Sequence[Sequence[str | None]], masks: Sequence[NDArray[np.bool_]]) -> set[str]:
    """Return the values of the chosen rows."""
    found = (
        pair for column, mask in zip(values, masks, strict=True) for pair in zip(column, mask.tolist(), strict=True)
    )
    return {value for value, chosen in found if chosen and value is not None}


def _image_groups(real: Dataset) -> list[str]:
    """Return what must stay together: the patient, or the content of the file where the patient is not known."""
    patients, paths = _column(real.rows, "patient_group"), _column(real.rows, "path")
    return [
        patient or (f"file {_content(real, path)}" if image == path else f"image {image}")
        for patient, image, path in zip(patients, real.ids, paths, strict=True)
    ]


def _content(real: Dataset, path: str) -> str:
    try:
        with (real.folder / path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{real.folder / path} cannot be read ({type(error).__name__})") from error


def _volume_groups(rows: pa.Table) -> list[str]:
    places = [str(PurePosixPath(path).parent) for path in _column(rows, "path") if path]
    return [group or place for group, place in zip(_column(rows, "patient_group"), places, strict=True)]


def _column(table: pa.Table, name: str) -> list[str | None]:
    return list(table.column(name).to_pylist())
