"""What a person decided about images: ``decisions.csv``, which is appended to and never rewritten.

It is no cache. No version invalidates it, and no command removes a row. The last row about an image holds; a row with
an empty value takes the decision back. A row is on the disk before `append_decisions` returns. A row that a killed
process left incomplete at the end is not counted, and cut by the next append.

The file is for programs and for people: cells are written as they are, so that they can be read back. Paths come from
`medcurate.curate.sources.path_names.encode_path`, which makes them inert in a spreadsheet; names of persons that a
spreadsheet would take for a formula are refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import lock_descriptor

from medcurate.curate.labels.labels_file import PLANE_WORDS, TUMOR_WORDS, Label, LabelBook, Vocabulary, shown_plane
from medcurate.errors import UsageError
from medcurate.run_folder import PRIVATE, atomic_write, output_errors

FILE = "decisions.csv"
COLUMNS = ("source", "path", "frame", "field", "value", "who", "when")
_HEADER = ",".join(COLUMNS)
_FORMULA = ("=", "+", "-", "@")
_MOST_NAME = 100  # characters

_CONTRASTS = ("T1", "T1ce", "T2", "FLAIR", "PD")
FIELDS: Mapping[str, Vocabulary] = {
    "plane": PLANE_WORDS,
    "tumor": TUMOR_WORDS,
    "contrast": Vocabulary("contrast", {name.lower(): name for name in _CONTRASTS}, ", ".join(_CONTRASTS)),
    "exclude": Vocabulary("exclude", {"yes": "yes"}, "yes"),
    "conflict": TUMOR_WORDS,
}
"""What can be decided, and in which words. ``exclude``: the image, and every other with its pixels, is left out.
``conflict``: the tumor type that is right for an image and all its copies where their labels differ."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one image, or about all frames of a file.

    Attributes
    ----------
    source : str or None
        Name of the input root; None for every source that has the path.
    path : str
        As in ``planes.csv``.
    frame : int or None
        None for all frames of the file.
    field : str
        One of `FIELDS`.
    value : str
        A value of the field's vocabulary (``other`` for a plane that is none); empty to take a decision back.

    Raises
    ------
    UsageError
        Source or path contain a line end: a row is one line.
    """

    source: str | None
    path: str
    frame: int | None
    field: str
    value: str

    def __post_init__(self) -> None:
        for text in (self.source or "", self.path):
            if "\n" in text or "\r" in text:
                raise UsageError(f"{FILE}: expected a source and a path of one line; received {text!a:.200}")


class DecidedLabels(LabelBook):
    """The decisions of one field, looked up by image: of several rows that match an image, the last holds."""

    def _choose(self, matching: Sequence[Label]) -> Label:
        return max(matching, key=lambda label: label.line)


class Decided:
    """The decisions that a folder holds.

    Parameters
    ----------
    rows : iterable of (int, Decision)
        Lines of the file, ascending, and what they say.
    """

    def __init__(self, rows: Iterable[tuple[int, Decision]] = ()) -> None:
        self._last: dict[tuple[str, str | None, str, int | None], tuple[int, str]] = {}
        self._lines = 1
        for line, row in rows:
            self._last[row.field, row.source, row.path, row.frame] = (line, row.value)
            self._lines = line

    def __len__(self) -> int:
        """Return the number of decisions that hold."""
        return sum(value != "" for _, value in self._last.values())

    def __iter__(self) -> Iterator[Decision]:
        """Yield the last decision about each thing, also those that were taken back, in the order of the file."""
        for (field, source, path, frame), (_, value) in sorted(self._last.items(), key=lambda item: item[1][0]):
            yield Decision(source, path, frame, field, value)

    def book(self, field: str) -> DecidedLabels:
        """Return what was decided of one field."""
        labels = [
            Label(line, source, path, frame, value)
            for (name, source, path, frame), (line, value) in self._last.items()
            if name == field
        ]
        return DecidedLabels(labels, file=FILE, words=FIELDS[field])

    def changes(self, given: Iterable[Decision]) -> list[Decision]:
        """Return those of some decisions that say something new: not what the last row about the same thing says."""
        held = dict(self._last)
        new = []
        for row in given:
            key = (row.field, row.source, row.path, row.frame)
            if held.get(key, (0, ""))[1] != row.value:
                new.append(row)
                held[key] = (0, row.value)
        return new

    def extended(self, new: Iterable[Decision]) -> Decided:
        """Return these decisions with others appended."""
        known = [(line, Decision(source, path, frame, field, value))
                 for (field, source, path, frame), (line, value) in self._last.items()]  # fmt: skip
        return Decided([*sorted(known, key=lambda row: row[0]), *enumerate(new, self._lines + 1)])


def read_decisions(folder: Path) -> Decided:
    """Read ``decisions.csv``; a folder without it has no decisions.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote.

    Raises
    ------
    UsageError
        The file cannot be read, or was edited into something that is no decision; the message names line and column.
    """
    return Decided(_rows(_whole_lines(_content(folder / FILE))))


def append_decisions(
    folder: Path, decisions: Iterable[Decision], *, who: str = "", when: dt.datetime | None = None
) -> int:
    """Append those decisions that say something new; they are on the disk when this returns.

    Parameters
    ----------
    who : str
        Who decided. Empty by default: a name is personal data, and only its owner may give it.
    when : datetime, optional
        When it was decided, with a time zone; now if not given.

    Returns
    -------
    int
        Rows that were appended.

    Raises
    ------
    UsageError
        As `read_decisions` does; or `who` is not a name.
    OutputError
        The disk refuses. What had been decided before is still there.
    """
    check_name(who)
    given = list(decisions)
    if not given:
        return 0
    path = folder / FILE
    with _locked(folder):
        content = _content(path)
        whole = _whole_lines(content)
        new = Decided(_rows(whole)).changes(given)
        if new:
            if not whole:
                with atomic_write(path) as stream:
                    stream.write(f"{_HEADER}\n".encode())
                content = whole = path.read_bytes()
            moment = (when or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            with output_errors(path):
                _append(path, content, whole, _lines(new, who, moment))
    return len(new)


def check_name(who: str) -> None:
    """Raise if a text is no name that a table can hold.

    Raises
    ------
    UsageError
        It has control characters, is longer than 100 characters, or a spreadsheet would take it for a formula.
    """
    if len(who) > _MOST_NAME or not who.isprintable() or who.startswith(_FORMULA):
        raise UsageError(
            f"--as: expected a name of at most {_MOST_NAME} characters that does not begin with "
            f"{' '.join(_FORMULA)}; received {who[:_MOST_NAME]!a}"
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Wait for other processes that append, and keep them out for the block."""
    path = folder / PRIVATE / "decisions.lock"
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab")
    with stream:
        with output_errors(path):
            lock_descriptor(stream.fileno())
        yield


def _append(path: Path, content: bytes, whole: bytes, new: bytes) -> None:
    """Write rows behind the whole lines of a file, all or none."""
    size = len(whole)
    end = b"" if whole.endswith(b"\n") else b"\n"
    with path.open("r+b", buffering=0) as stream:
        try:
            if len(content) > size:  # the beginning of a row that nobody was told is kept
                stream.truncate(size)
            stream.seek(size)
            rest = memoryview(end + new)
            while rest:
                rest = rest[stream.write(rest) :]
            os.fsync(stream.fileno())
        except BaseException:
            stream.truncate(size)
            raise


def _lines(decisions: Iterable[Decision], who: str, when: str) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    for row in decisions:
        frame = "" if row.frame is None else row.frame
        value = shown_plane(row.value) if row.field == "plane" and row.value else row.value
        writer.writerow((row.source or "", row.path, frame, row.field, value, who, when))
    return stream.getvalue().encode()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _whole_lines(content: bytes) -> bytes:
    """Return the file without a last row that is not complete; a last row that only lacks its line end is."""
    stop = content.rfind(b"\n") + 1
    tail = content[stop:]
    if not stop and _HEADER.encode().startswith(content):
        return b""
    try:
        cells = next(csv.reader([tail.decode()], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        cells = []
    return content if len(cells) == len(COLUMNS) else content[:stop]


def _rows(content: bytes) -> Iterator[tuple[int, Decision]]:
    """Yield line and decision of each row."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{FILE}: expected UTF-8 text; byte {error.start} is not. Save it as 'CSV UTF-8'") from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, list(COLUMNS))
        if header != list(COLUMNS):
            raise UsageError(f"{FILE}, line 1: expected {_HEADER}; received {','.join(header)!a:.200}")
        for cells in rows:
            if any(cells):
                yield rows.line_num, _decision(cells, rows.line_num)
    except csv.Error as error:
        raise UsageError(f"{FILE}, line {rows.line_num}: expected a CSV table; {error}") from error


def _decision(cells: Sequence[str], line: int) -> Decision:
    """Return one checked row."""
    if len(cells) != len(COLUMNS):
        raise UsageError(f"{FILE}, line {line}: expected {len(COLUMNS)} columns ({_HEADER}); received {len(cells)}")
    source, path, frame, field, value, _, _ = (cell.strip() for cell in cells)
    if not path:
        raise _wrong(line, "path", "a path as in planes.csv", path)
    if frame and not (frame.isascii() and frame.isdigit()):
        raise _wrong(line, "frame", "a number from 0 on, or nothing", frame)
    words = FIELDS.get(field)
    if words is None:
        raise _wrong(line, "field", f"one of {', '.join(FIELDS)}", field)
    meaning = words.meaning.get(value.lower()) if value else ""
    if meaning is None:
        raise _wrong(line, "value", f"{words.expected} (or nothing, to take a decision back)", value)
    return Decision(source or None, path, int(frame) if frame else None, field, meaning)


def _wrong(line: int, column: str, expected: str, received: str) -> UsageError:
    return UsageError(f"{FILE}, line {line}, column {column}: expected {expected}; received {received!a:.200}")
