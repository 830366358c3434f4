"""Labels that are given back in place: ``review/label_next.csv``, filled in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from medcurate.curate.labels.labels_file import LabelBook, read_labels, shown_plane
from medcurate.run_folder import atomic_write

GIVEN = "labels_given.csv"


def open_labels(file: Path | None, review: Path) -> LabelBook:
    """Read the user's labels.

    ``review/label_next.csv`` is about to be replaced by the next proposals. If it is what the user gives back, what was
    filled in before is in ``review/labels_given.csv`` (`keep_labels`), and counts as well; the newer label wins.

    Raises
    ------
    UsageError
        As `read_labels` does.
    """
    if file is None:
        return LabelBook()
    earlier = review / GIVEN
    if not earlier.is_file() or not file.exists() or file.resolve() != (review / "label_next.csv").resolve():
        return read_labels(file)
    known = read_labels(earlier)
    newer = read_labels(file, may_be_empty=True)
    keys = {(label.source, label.path, label.frame) for label in newer}
    kept = [label for label in known if (label.source, label.path, label.frame) not in keys]
    return LabelBook([*kept, *newer], file=file.name)


def keep_labels(file: Path | None, book: LabelBook, review: Path) -> None:
    """Write all labels to ``review/labels_given.csv`` if the file that they came from is about to be replaced.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if file is None or file.resolve() != (review / "label_next.csv").resolve():
        return
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("path", "plane", "frame", "source"))
    for label in book:
        frame = "" if label.frame is None else label.frame
        writer.writerow((label.path, shown_plane(label.value), frame, label.source or ""))
    with atomic_write(review / GIVEN) as out:
        out.write(stream.getvalue().encode())
