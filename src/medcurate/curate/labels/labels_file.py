"""What a user says of images in a table: their planes (``labels.csv``), or their tumor types."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from medcurate.errors import UsageError

PLANES = ("axial", "coronal", "sagittal")
MEANING = {
    **{name: name for name in PLANES},
    **dict.fromkeys(("ax", "tra", "transverse", "transversal"), "axial"),
    "cor": "coronal",
    "sag": "sagittal",
    **dict.fromkeys(("unknown", "none", "other"), "other"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a table of labels says, and in which words.

    Attributes
    ----------
    column : str
        Name of the column, and of what it holds.
    meaning : mapping of str to str
        Word (lower case) to the value that it stands for.
    expected : str
        The words that a message proposes.
    option : str
        The command's option that names the file.
    where : str
        Where a user finds paths as they must be written.
    """

    column: str
    meaning: Mapping[str, str]
    expected: str
    option: str = "--labels"
    where: str = "planes.csv"


PLANE_WORDS = Vocabulary("plane", MEANING, "axial, coronal, sagittal, or unknown for what is none of them")
TUMOR_TYPES = ("glioma", "meningioma", "pituitary", "none")
TUMOR_WORDS = Vocabulary(
    "tumor",
    {
        **{name: name for name in TUMOR_TYPES},
        **dict.fromkeys(("no", "no_tumor", "notumor", "no tumor", "healthy", "normal"), "none"),
    },
    "glioma, meningioma, pituitary or none",
    option="--tumor-labels",
    where="the column path of the catalogue",
)


class ImageLabels(Protocol):
    """Labels that are looked up by image."""

    def __len__(self) -> int: ...

    def find(self, source: str, path: str, frame: int | None, image_id: str) -> str | None:
        """Return the value given to one image, None where there is none."""


MAX_BYTES = 256 * 2**20
NEAR = 3
COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Label:
    """One row of a table of labels.

    Attributes
    ----------
    line : int
        Where it stands in the file, 1-based.
    source : str or None
        Name of the input root; None where the file does not say.
    path : str
        As in ``planes.csv`` and in the catalogue.
    frame : int or None
        None labels all frames of the file.
    value : str
        A plane (``other``: none of a brain), or a tumor type; empty where a decision was taken back.
    """

    line: int
    source: str | None
    path: str
    frame: int | None
    value: str


class LabelBook:
    """Labels, looked up by image; it remembers which of them were found.

    Parameters
    ----------
    file : str
        Name of the file they come from, for messages.
    words : Vocabulary
        What they say, for messages.
    """

    def __init__(
        self, labels: Iterable[Label] = (), *, file: str = "labels.csv", words: Vocabulary = PLANE_WORDS
    ) -> None:
        self.file = file
        self._words = words
        self._labels: dict[tuple[str, int | None, str | None], Label] = {}
        self._found: dict[Label, tuple[str, str]] = {}
        for label in labels:
            known = self._labels.setdefault((label.path, label.frame, label.source), label)
            if known.value != label.value:
                raise UsageError(
                    f"{file}: lines {known.line} and {label.line} give {label.path} two {words.column}s, "
                    f"{known.value} and {label.value}; expected one. Remove the wrong line."
                )

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._labels.values())

    def find(self, source: str, path: str, frame: int | None, image_id: str) -> str | None:
        """Return the value given to one image, None where there is none.

        The row that names the most wins: source before none, frame before none.

        Raises
        ------
        UsageError
            One row without a source matches different images in two sources.
        """
        keys = ((path, frame, source), (path, frame, None), (path, None, source), (path, None, None))
        matching = [self._labels[key] for key in keys if key in self._labels]
        if not matching:
            return None
        label = self._choose(matching)
        if not label.value:  # taken back
            return None
        self._remember(label, source, image_id)
        return label.value

    def _choose(self, matching: Sequence[Label]) -> Label:
        """Return which of the labels of one image counts, of one or more; the first names the most."""
        return matching[0]

    def _remember(self, label: Label, source: str, image_id: str) -> None:
        first, known = self._found.setdefault(label, (source, image_id))
        if first != source and known != image_id:
            raise UsageError(
                f"{self.file}, line {label.line}: {label.path} is in the sources {first} and {source}, with different "
                "images; expected one match. Add a column 'source' that says which is meant."
            )

    def missing(self) -> list[Label]:
        """Return the labels that no image was found for, in file order."""
        missing = (label for label in self._labels.values() if label.value and label not in self._found)
        return sorted(missing, key=lambda label: label.line)

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
        hint = f"Near matches: {', '.join(near)}." if near else f"Write paths as they stand in {self._words.where}."
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


def read_labels(file: Path, *, may_be_empty: bool = False, words: Vocabulary = PLANE_WORDS) -> LabelBook:
    """Read a table of labels that a user gives.

    Parameters
    ----------
    file : Path
        CSV with the columns ``path`` and ``plane`` (or what `words` says) and, where they are needed, ``frame`` and
        ``source``; others are ignored. Separated by comma, semicolon or tab. Rows without a plane are ignored: they
        wait to be filled in.
    may_be_empty : bool
        Accept a table in which no row has a plane.
    words : Vocabulary
        The column that holds the labels, and the words that may stand there.

    Raises
    ------
    UsageError
        The file cannot be read, lacks a column, holds a plane or a frame that does not exist, gives one image two
        planes, or has rows and no plane in any of them.
    """
    text = _read_text(file, words.option)
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in ("path", words.column) if name not in header]
        if missing:
            raise UsageError(
                f"{file.name}: expected the columns path, {words.column}; the first line has no "
                f"{' and no '.join(missing)}. Write 'path,{words.column}' as its first line."
            )
        labels, empty = [], 0
        for cells in rows:
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            if row.get("path") and row.get(words.column):
                labels.append(_label(row, rows.line_num, file.name, words))
            else:
                empty += 1
    except csv.Error as error:
        raise UsageError(f"{file.name}, line {rows.line_num}: expected a CSV table; {error}.") from error
    if empty and not labels and not may_be_empty:
        raise UsageError(
            f"{file.name}: no row has a {words.column}. Fill in the column '{words.column}' with {words.expected}."
        )
    return LabelBook(labels, file=file.name, words=words)


def _read_text(file: Path, option: str) -> str:
    """Return the whole file as text."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{option}: cannot read {file}: {error.strerror or error}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{file.name}: larger than {MAX_BYTES >> 20} MiB; expected a table of paths and labels.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file.name}: expected UTF-8 text; byte {error.start} is not. Save it as 'CSV UTF-8'."
        ) from error


def _label(row: dict[str, str], line: int, file: str, words: Vocabulary) -> Label:
    """Return one checked row."""
    said = row[words.column]
    value = words.meaning.get(said.lower())
    if value is None:
        raise UsageError(f"{file}, line {line}: {said!r} is no {words.column}; expected {words.expected}.")
    frame = row.get("frame") or None
    if frame is not None and not (frame.isascii() and frame.isdigit()):
        raise UsageError(f"{file}, line {line}: frame {frame!r}; expected a number from 0 on, or nothing.")
    path = row["path"].removeprefix("./")
    return Label(line, row.get("source") or None, path, None if frame is None else int(frame), value)
