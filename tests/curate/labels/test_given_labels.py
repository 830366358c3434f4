"""Labels filled in round after round are all remembered, and only where the file is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcurate.curate.labels.given_labels import GIVEN, keep_labels, open_labels
from medcurate.errors import UsageError


def write(file: Path, *rows: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(("path,plane,frame,source", *rows)) + "\n")
    return file


def planes(book) -> dict[str, str]:
    return {label.path: label.value for label in book}


def test_without_a_file_there_are_no_labels(tmp_path: Path) -> None:
    assert len(open_labels(None, tmp_path)) == 0
    keep_labels(None, open_labels(None, tmp_path), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_elsewhere_stands_alone(tmp_path: Path) -> None:
    review = tmp_path / "review"
    write(review / GIVEN, "old.png,axial,,")
    mine = write(tmp_path / "labels.csv", "a.png,coronal,,")
    book = open_labels(mine, review)
    assert planes(book) == {"a.png": "coronal"}
    keep_labels(mine, book, review)
    assert "a.png" not in (review / GIVEN).read_text()


def test_a_file_filled_in_place_adds_to_what_was_given_and_the_newer_wins(tmp_path: Path) -> None:
    review = tmp_path / "review"
    file = write(review / "label_next.csv", "a.png,axial,,s", "b.png,unknown,3,s", "c.png,,,s")
    book = open_labels(file, review)
    keep_labels(file, book, review)
    write(file, "d.png,sagittal,,s", "a.png,coronal,,s", "e.png,,,s")
    book = open_labels(file, review)
    assert planes(book) == {"a.png": "coronal", "b.png": "other", "d.png": "sagittal"}
    keep_labels(file, book, review)
    write(file, "e.png,,,s")
    assert planes(open_labels(file, review)) == planes(book)


def test_the_first_file_must_be_filled_in(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no row has a plane"):
        open_labels(write(tmp_path / "review/label_next.csv", "c.png,,,s"), tmp_path / "review")
