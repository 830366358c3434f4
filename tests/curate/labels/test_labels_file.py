"""What labels.csv may hold and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcurate.curate.labels.labels_file import Label, LabelBook, near_matches, read_labels
from medcurate.errors import UsageError


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "labels.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_tables_as_spreadsheets_write_them(tmp_path: Path, separator: str, end: str, mark: str) -> None:
    rows = [["Plane", "PATH", "comment"], ["axial", "a.png", "x"], ["Sag", "b/c.png", ""], ["unknown", "d.png", "knee"]]
    book = read_labels(write(tmp_path, mark + end.join(separator.join(row) for row in rows) + end))
    assert book.find("s", "a.png", None, "1") == "axial"
    assert book.find("s", "b/c.png", 3, "2") == "sagittal"
    assert book.find("s", "d.png", None, "3") == "other"
    assert book.find("s", "e.png", None, "4") is None
    assert book.missing() == []


def test_quoted_paths_with_separators(tmp_path: Path) -> None:
    book = read_labels(write(tmp_path, 'path,plane\n"a, ""b"".png",coronal\n'))
    assert book.find("s", 'a, "b".png', None, "1") == "coronal"


def test_rows_that_wait_to_be_filled_in_are_ignored(tmp_path: Path) -> None:
    book = read_labels(write(tmp_path, "path,plane,frame\na.png,,\nb.png,axial,\n\n"))
    assert len(book) == 1


def test_a_table_without_rows_holds_no_label(tmp_path: Path) -> None:
    assert len(read_labels(write(tmp_path, "path,plane\n"))) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no path and no plane"),
        ("file,plane\na,axial\n", "has no path"),
        ("path,plane\na.png,upside\n", r"line 2: 'upside' is no plane; expected axial, coronal, sagittal"),
        ("path,plane,frame\na.png,axial,-1\n", r"line 2: frame '-1'; expected a number"),
        ("path,plane\na.png,axial\na.png,coronal\n", r"lines 2 and 3 give a.png two planes, axial and coronal"),
        ("path,plane\na.png,\n", "no row has a plane"),
        (b"path,plane\n\xff\xfe.png,axial\n", "expected UTF-8"),
        ("path,plane\n" + "x" * 200_000 + ",axial\n", "expected a CSV table"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_labels(write(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--labels: cannot read .*nothing\.csv: No such file"):
        read_labels(tmp_path / "nothing.csv")
    with pytest.raises(UsageError, match="cannot read"):
        read_labels(tmp_path)


def test_the_row_that_names_the_most_wins() -> None:
    book = LabelBook(
        [
            Label(2, None, "a.tif", None, "axial"),
            Label(3, None, "a.tif", 1, "coronal"),
            Label(4, "s", "a.tif", 1, "sagittal"),
        ]
    )
    assert book.find("t", "a.tif", 0, "1") == "axial"
    assert book.find("t", "a.tif", 1, "2") == "coronal"
    assert book.find("s", "a.tif", 1, "2") == "sagittal"


def test_a_path_in_two_sources_must_be_told_apart_unless_the_images_are_equal() -> None:
    book = LabelBook([Label(2, None, "a.png", None, "axial")])
    assert book.find("one", "a.png", None, "same") == "axial"
    assert book.find("two", "a.png", None, "same") == "axial"
    with pytest.raises(UsageError, match=r"a.png is in the sources one and three.*column 'source'"):
        book.find("three", "a.png", None, "different")


def test_a_path_that_matches_nothing_is_named_with_near_matches() -> None:
    book = LabelBook([Label(2, None, "glioma/image(1).jpg", None, "axial"), Label(3, None, "b", 2, "axial")])
    message = r"line 2: glioma/image\(1\).jpg matches no.*1 more.*Near matches: x/image\(1\).jpg"
    with pytest.raises(UsageError, match=message):
        book.check_found(iter(["x/image(1).jpg", "glioma/image(2).jpg"]))


def test_near_matches_prefer_the_same_file_name() -> None:
    paths = ["Training/b/image(11).jpg", "Testing/a/image(1).jpg", "a.zip!image(1).jpg", "zzz"]
    assert near_matches("image(1).jpg", paths)[:2] == ["Testing/a/image(1).jpg", "a.zip!image(1).jpg"]
    assert near_matches("Training/b/image(12).jpg", paths)[0] == "Training/b/image(11).jpg"
    assert near_matches("q", paths) == []


def test_nothing_missing_reads_no_paths() -> None:
    book = LabelBook([Label(2, None, "a", None, "axial")])
    book.find("s", "a", None, "1")

    def never():
        raise RuntimeError
        yield ""

    book.check_found(never())
