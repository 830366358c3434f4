"""Checkpoints of a training: each is one file of arrays and JSON, which is whole or not there.

The name of a file carries a digest of its content, so a file that was torn by a power cut or damaged on the disk is
recognized, and the one before it is taken. Nothing in a file can run: no pickles are written or read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from medcurate.errors import UsageError
from medcurate.generate.drawing.plain_arrays import Arrays
from medcurate.generate.drawing.plain_file import DamagedError, PlainFile, read_plain_file
from medcurate.run_folder import atomic_write, output_errors, remove_litter

FOLDER = "checkpoints"
KEPT = 2
"""Number of files that are kept: the newest, and one to fall back to."""

_FILE = re.compile(r"step-(\d{8,18})\.([0-9a-f]{16})\.npz")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state from which a training continues.

    Attributes
    ----------
    step : int
        Number of steps done.
    arrays : mapping of str to ndarray
        Read from the file at each access, so that only one of them need be in memory.
    state : dict
        What `save` was given.
    notes : tuple of str
        One sentence per damaged file that was passed over.
    path : Path
        Of the file.
    """

    step: int
    arrays: Arrays
    state: dict[str, Any]
    notes: tuple[str, ...]
    path: Path


def save(folder: Path, step: int, arrays: Arrays, state: Mapping[str, Any], *, keep: int = KEPT) -> Path:
    """Write a checkpoint durably and atomically, and remove those that it replaces.

    Call it under `run_folder.lock`. The same arrays and state give the same bytes and the same name.

    Parameters
    ----------
    folder : Path
        Of the run.
    step : int
        Number of steps done, from 0.
    arrays : mapping of str to ndarray
        Boolean, integer or floating-point arrays.
    state : mapping
        Anything that JSON gives back unchanged: random states, the place in the data, ...
    keep : int
        Number of checkpoints that are kept, including the new one.

    Returns
    -------
    Path
        ``checkpoints/step-00001234.<first 16 hex digits of the SHA-256 of its content>.npz``

    Raises
    ------
    UsageError
        An array has another type, such as bfloat16; JSON does not give the state back unchanged; or there is a whole
        checkpoint of a later step, from which the training should have continued.
    OutputError
        The disk is full, read-only, or refuses otherwise; no file appears, and the earlier ones stay.
    """
    if not 0 <= step < 10**18 or keep < 1:
        raise UsageError(f"step, keep: expected 0 or more, 1 or more; received {step}, {keep}")
    content = PlainFile(arrays, state, "a checkpoint")
    place = folder / FOLDER
    with output_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    remove_litter(place)
    _remove_damaged_later(place, step)
    path = place / f"step-{step:08d}.{content.sha256[:16]}.npz"
    with atomic_write(path) as stream:
        content.write(stream)
    before = [entry.path for entry in _entries(place) if entry.path != path and entry.step < step]
    same = [entry.path for entry in _entries(place) if entry.path != path and entry.step == step]
    with output_errors(place):
        for old in (*before[: max(len(before) - keep + 1, 0)], *same):
            old.unlink(missing_ok=True)
    return path


def newest(folder: Path) -> Checkpoint | None:
    """Return the newest checkpoint that is whole; None where there is none at all.

    Parameters
    ----------
    folder : Path
        Of the run.

    Raises
    ------
    UsageError
        There are checkpoints, and all are damaged.
    """
    notes: list[str] = []
    for entry in reversed(_entries(folder / FOLDER)):
        try:
            state, arrays, _ = read_plain_file(entry.path, entry.digest)
        except DamagedError as damage:
            notes.append(f"{entry.path.name} is damaged ({damage}) and was passed over")
        else:
            return Checkpoint(entry.step, arrays, state, tuple(notes), entry.path)
    if notes:
        raise UsageError(
            f"{folder / FOLDER}: no checkpoint is whole, so the training cannot continue: {'; '.join(notes)}. "
            "Restore the files from a backup, or start again in another --out folder"
        )
    return None


class _Entry(NamedTuple):
    step: int
    digest: str
    path: Path


def _entries(place: Path) -> list[_Entry]:
    """List the checkpoints, oldest first."""
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    found = [(match, name) for name in names if (match := _FILE.fullmatch(name))]
    return sorted(_Entry(int(match[1]), match[2], place / name) for match, name in found)


def _remove_damaged_later(place: Path, step: int) -> None:
    """Remove damaged files of later steps, so that they do not count among those to keep."""
    for entry in _entries(place):
        if entry.step <= step:
            continue
        try:
            read_plain_file(entry.path, entry.digest)
        except DamagedError:
            with output_errors(place):
                entry.path.unlink(missing_ok=True)
        else:
            raise UsageError(
                f"{place} holds a checkpoint of step {entry.step:,}, later than step {step:,} that should be written: "
                "continue from it, or choose another --out folder"
            )
