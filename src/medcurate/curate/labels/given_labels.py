"""The planes that a person gave: in ``decisions.csv``, in ``--labels``, and filled into ``review/label_next.csv``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from medcurate.curate.labels.decisions import Decision, append_decisions, check_name, read_decisions
from medcurate.curate.labels.labels_file import LabelBook, read_labels

PROPOSALS = Path("review", "label_next.csv")


class GivenPlanes:
    """All planes that a person gave, looked up by image.

    Parameters
    ----------
    out : Path
        The output folder of `medcurate.curate.sort_planes`.
    file : Path, optional
        A table of labels; every row of it must match an image. What is filled into ``review/label_next.csv``, which
        the next proposals replace, counts in any case.
    who, when
        Who gave them and when, see `append_decisions`.

    Raises
    ------
    UsageError
        As `read_labels` and `read_decisions` do.
    """

    def __init__(self, out: Path, file: Path | None = None, *, who: str = "", when: dt.datetime | None = None) -> None:
        check_name(who)
        self._out, self._who, self._when = out, who, when
        decided = read_decisions(out)
        proposals = out / PROPOSALS
        answered = read_labels(proposals, may_be_empty=True) if proposals.is_file() else LabelBook()
        self._labels = LabelBook()
        if file is not None:
            again = proposals.is_file() and file.resolve() == proposals.resolve() and len(decided) > 0
            self._labels = read_labels(file, may_be_empty=again)
        self._new = decided.changes([*_decisions(answered), *_decisions(self._labels)])
        self._book = decided.extended(self._new).book("plane")

    def __len__(self) -> int:
        return len(self._book)

    def find(self, source: str, path: str, frame: int | None, image_id: str) -> str | None:
        """Return the plane given to one image (``other`` for none), None where there is none.

        Raises
        ------
        UsageError
            A row without a source matches different images in two sources.
        """
        self._labels.find(source, path, frame, image_id)
        return self._book.find(source, path, frame, image_id)

    def check_found(self, paths: Iterable[str]) -> None:
        """Raise if a row of the table of labels matched no image; see `LabelBook.check_found`."""
        self._labels.check_found(paths)

    def keep(self) -> None:
        """Append to ``decisions.csv`` what is new. Call it before ``review/label_next.csv`` is written again.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        append_decisions(self._out, self._new, who=self._who, when=self._when)

    def notes(self) -> list[str]:
        """Tell of decisions that match no image of this input: a file may be gone, or a path mistyped."""
        missing = self._book.missing()
        if not missing:
            return []
        more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        return [f"{self._book.file}, line {missing[0].line}: {missing[0].path} matches no image of the input{more}"]


def _decisions(book: LabelBook) -> list[Decision]:
    """Return labels as decisions, those that name the least first: the last that matches an image holds."""
    labels = sorted(book, key=lambda label: (label.frame is not None, label.source is not None))
    return [Decision(label.source, label.path, label.frame, "plane", label.value) for label in labels]
