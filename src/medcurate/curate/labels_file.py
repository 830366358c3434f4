"""The planes that a user gives: ``labels.csv``."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from medcurate.errors import UsageError

PLANES = ("axial", "coronal", "sagittal")
MEANING = {
    **{name: name for name in PLANES},
    **dict.fromkeys(("ax", "tra", "transverse", "transversal"), "axial"),
    "cor": "coronal",
    "sag": "sagittal",
    **dict.fromkeys(("unknown", "none", "other"), "other"),
}
MAX_BYTES = 256 * 2**20
NEAR = 3
COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Label:
    """One row of ``labels.csv``.

    Attributes
    ----------
    line : int
        Where it stands in the file, 1-based.
    source : str or None
        Name of the input root; None where the file does not say.
    path : str
        As in ``planes.csv``.
    frame : int or None
        None labels all frames of the file.
    plane : {'axial', 'coronal', 'sagittal', 'other'}
        ``other``: no plane of a brain.
    """

    line: int
    source: str | None
    path: str
    frame: int | None
    plane: str


class LabelBook:
    """Labels, looked up by image; it remembers which of them were found.

    Parameters
    ----------
    labels : iterable of Label
    file : str
        Name of the file they come from, for messages.
    """

    def __init__(self, labels: Iterable[Label] = (), *, file: str = "labels.csv") -> None:
        self.file = file
        self._labels: dict[tuple[str, int | None, str | None], Label] = {}
        self._found: dict[Label, tuple[str, str]] = {}
        for label in labels:
            known = self._labels.setdefault((label.path, label.frame, label.source), label)
            if known.plane != label.plane:
                raise UsageError(
                    f"{file}: lines {known.line} and {label.line} give {label.path} two planes, "
                    f"{known.plane} and {label.plane}; expected one. Remove the wrong line."
                )

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._labels.values())

    def find(self, source: str, path: str, frame: int | None, image_id: str) -> str | None:
        """Return the plane given to one image, None where there is none.

        The row that names the most wins: source before none, frame before none.

        Raises
        ------
        UsageError
            One row without a source matches different images in two sources.
        """
        for key in ((path, frame, source), (path, frame, None), (path, None, source), (path, None, None)):
            label = self._labels.get(key)
            if label is not None:
                self._remember(label, source, image_id)
                return label.plane
        return None

    def _remember(self, label: Label, source: str, image_id: str) -> None:
        first, known = self._found.setdefault(label, (source, image_id))
        if first != source and known != image_id:
            raise UsageError(
                f"{self.file}, line {label.line}: {label.path} is in the sources {first} and {source}, with different "
                "images; expected one match. Add a column 'source' that says which is meant."
            )

    def missing(self) -> list[Label]:
        """Return the labels that no image was found for, in file order."""
        return sorted(set(self._labels.values()) - set(self._found), key=lambda label: label.line)

    def check_found(self, paths: Iterable[str]) -> None:
        """Raise if a label matched nothing.

        Parameters
        ----------
        paths : iterable of str
            All paths of the input, for the near matches that the message proposes; read only if it is needed.

        Raises
        ------
        UsageError
            Names the first label without an image, and near matches.
        """
        missing = self.missing()
        if not missing:
            return
        label = missing[0]
        near = near_matches(label.path, paths)
        frame = "" if label.frame is None else f" (frame {label.frame})"
        source = "" if label.source is None else f" of source {label.source}"
        more = f" ({len(missing) - 1} more lines match nothing)" if len(missing) > 1 else ""
        hint = f"Near matches: {', '.join(near)}." if near else "Write paths as they stand in planes.csv."
        raise UsageError(
            f"{self.file}, line {label.line}: {label.path}{frame}{source} matches no image of the input{more}. {hint}"
        )


def near_matches(path: str, paths: Iterable[str]) -> list[str]:
    """Return up to three of `paths` that may have been meant: same file name first, then similar spelling."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    same: list[str] = []
    others: list[str] = []
    for candidate in dict.fromkeys(paths):
        if candidate.rsplit("/", 1)[-1] == name or candidate.rsplit("!", 1)[-1] == name:
            same.append(candidate)
            if len(same) == NEAR:
                return same
        elif len(others) < COMPARED:
            others.append(candidate)
    return (same + difflib.get_close_matches(path, others, n=NEAR, cutoff=0.6))[:NEAR]


def shown_plane(plane: str) -> str:
    """Return the name of a label's plane in files: ``unknown`` for ``other``."""
    return plane if plane in PLANES else "unknown"


def read_labels(file: Path, *, may_be_empty: bool = False) -> LabelBook:
    """Read a table of planes that a user gives.

    Parameters
    ----------
    file : Path
        CSV with the columns ``path`` and ``plane`` and, where they are needed, ``frame`` and ``source``; others are
        ignored. Separated by comma, semicolon or tab. Rows without a plane are ignored: they wait to be filled in.
    may_be_empty : bool
        Accept a table in which no row has a plane.

    Returns
    -------
    LabelBook

    Raises
    ------
    UsageError
        The file cannot be read, lacks a column, holds a plane or a frame that does not exist, gives one image two
        planes, or has rows and no plane in any of them.
    """
    text = _read_text(file)
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in ("path", "plane") if name not in header]
        if missing:
            raise UsageError(
                f"{file.name}: expected the columns path, plane; the first line has no {' and no '.join(missing)}. "
                "Write 'path,plane' as its first line."
            )
        labels, empty = [], 0
        for cells in rows:
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            if row.get("path") and row.get("plane"):
                labels.append(_label(row, rows.line_num, file.name))
            else:
                empty += 1
    except csv.Error as error:
        raise UsageError(f"{file.name}, line {rows.line_num}: expected a CSV table; {error}.") from error
    if empty and not labels and not may_be_empty:
        raise UsageError(
            f"{file.name}: no row has a plane. Fill in the column 'plane' with axial, coronal, sagittal or unknown."
        )
    return LabelBook(labels, file=file.name)


def _read_text(file: Path) -> str:
    """Return the whole file as text."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--labels: cannot read {file}: {error.strerror or error}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{file.name}: larger than {MAX_BYTES >> 20} MiB; expected a table of paths and planes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file.name}: expected UTF-8 text; byte {error.start} is not. Save it as 'CSV UTF-8'."
        ) from error


def _label(row: dict[str, str], line: int, file: str) -> Label:
    """Return one checked row."""
    plane = MEANING.get(row["plane"].lower())
    if plane is None:
        raise UsageError(
            f"{file}, line {line}: {row['plane']!r} is no plane; expected axial, coronal, sagittal, "
            "or unknown for what is none of them."
        )
    frame = row.get("frame") or None
    if frame is not None and not (frame.isascii() and frame.isdigit()):
        raise UsageError(f"{file}, line {line}: frame {frame!r}; expected a number from 0 on, or nothing.")
    path = row["path"].removeprefix("./")
    return Label(line, row.get("source") or None, path, None if frame is None else int(frame), plane)
