"""What is known of an example besides its images: one-hot labels and continuous attributes, each with presence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, SCHEMA, Catalogue
from medcurate.errors import UsageError

Columns = dict[str, NDArray[np.float32]]


def label_columns(values: Mapping[str, Sequence[str | None]], n: int) -> tuple[Columns, dict[str, tuple[str, ...]]]:
    """Return ``labels`` and ``labels_present``, and the values of each condition.

    Parameters
    ----------
    values : mapping of str to sequence of str or None
        Condition to its value for each example.
    n : int
        How many examples there are.

    Raises
    ------
    UsageError
        A condition has fewer than two values among the examples.
    """
    classes = {name: _classes(name, found) for name, found in values.items()}
    labels = [np.zeros((n, 0), np.float32)]
    present = np.zeros((n, len(values)), np.float32)
    for place, (name, found) in enumerate(values.items()):
        one_hot = np.array([[value == known for known in classes[name]] for value in found], np.float32)
        labels.append(one_hot)
        present[:, place] = one_hot.sum(axis=1)
    return {"labels": np.concatenate(labels, axis=1), "labels_present": present}, classes


def _classes(name: str, values: Sequence[str | None]) -> tuple[str, ...]:
    found = tuple(sorted({value for value in values if value is not None}))
    if len(found) < 2:
        raise UsageError(
            f"--condition {name}: expected images of two {name}s or more, received {', '.join(found) or 'none'}; "
            "leave the option out"
        )
    return found


def attribute_columns(
    folder: Path, members: Sequence[Sequence[str]], names: Sequence[str], table: Path | None = None
) -> Columns:
    """Return ``attributes`` and ``attributes_present``; of an example, the first of its images that has a number.

    Parameters
    ----------
    folder : Path
        The dataset folder, whose catalogue is read where there is no table.
    members : sequence of sequence of str
        ``image_id`` of the images of each example.
    names : sequence of str
    table : Path, optional
        CSV or Parquet with the columns ``image_id`` and `names`.

    Raises
    ------
    UsageError
        A column is missing or holds no numbers.
    """
    known = _of_table(table, names) if table is not None else _of_catalogue(folder, names)
    values = np.zeros((len(members), len(names)), np.float32)
    present = np.zeros_like(values)
    unknown = np.full(len(names), np.nan)
    for row, ids in enumerate(members):
        for one in reversed(ids):
            numbers = known.get(one, unknown)
            there = np.isfinite(numbers)
            values[row][there], present[row][there] = numbers[there], 1
    return {"attributes": values, "attributes_present": present}


def _of_catalogue(folder: Path, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    known = [item.name for item in SCHEMA if _is_number(item.type)]
    for name in names:
        if name not in known:
            raise UsageError(f"attributes: expected numeric columns ({', '.join(known)}), received {name!r}")
    if not (folder / FILE_NAME).exists():
        raise UsageError(f"attributes: {folder} has no {FILE_NAME}; give a table")
    return _by_id(Catalogue.open(folder).filter(status="kept").to_table(["image_id", *names]), names)


def _of_table(path: Path, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    from pyarrow import csv, parquet

    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"{path} cannot be read as a table ({type(error).__name__})") from error
    for name in ("image_id", *names):
        if name not in table.column_names:
            raise UsageError(f"{path}: expected a column {name!r}, received {', '.join(table.column_names)}")
        if name != "image_id" and not _is_number(table.schema.field(name).type):
            raise UsageError(f"{path}: expected numbers in {name!r}, received {table.schema.field(name).type}")
    return _by_id(table, names)


def _by_id(table: pa.Table, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    numbers = [pc.cast(table.column(name), pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    rows = np.stack(numbers, axis=1) if names else np.zeros((table.num_rows, 0))
    return dict(zip(map(str, table.column("image_id").to_pylist()), rows, strict=True))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind))
