"""Who is believed about a tumor, in which order, and what is said when two disagree."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from medcurate.catalogue import FILE_NAME, SCHEMA
from medcurate.catalogue.writing import write as write_rows
from medcurate.curate.labels.labels_file import TUMOR_WORDS, Label, LabelBook
from medcurate.curate.labels.tumor_labels import COLUMNS, TumorLabels, open_tumor_labels
from medcurate.errors import UsageError

BASE = {"source": "s", "image_id": "0" * 16, "format": "png", "notes": ""}


def batch(*rows: dict) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([BASE | row for row in rows], schema=SCHEMA).select(COLUMNS)


def said(labels: TumorLabels, **row: object) -> tuple[str | None, str]:
    result = labels.apply(batch(row))
    return result["tumor"][0].as_py(), result["notes"][0].as_py()


def book(*labels: Label) -> LabelBook:
    return LabelBook(labels, file="t.csv", words=TUMOR_WORDS)


def test_without_more_the_folder_and_the_file_stand():
    assert said(TumorLabels(), path="glioma/a.png", tumor="glioma") == ("glioma", "")
    assert said(TumorLabels(), path="a.png", tumor=None) == (None, "")
    assert said(TumorLabels(), path="x/a.mat", tumor="pituitary", format="mat") == ("pituitary", "")


def test_bad_input_64_file_and_folder_disagree():
    row = {"path": "meningioma/a.mat", "tumor": "glioma", "format": "mat", "notes": "COLOR"}
    assert said(TumorLabels(), **row) == ("glioma", "COLOR LABEL_CONFLICT")
    agreeing = {"path": "glioma/a.mat", "tumor": "glioma", "format": "mat"}
    assert said(TumorLabels(), **agreeing) == ("glioma", "")


def test_the_card_is_believed_before_the_file_and_its_folder():
    labels = TumorLabels(maps={"s": {"Grade_2": "glioma", "no": "meningioma", "yes": "unspecified"}})
    assert said(labels, path="grade_2/a.png", tumor=None) == ("glioma", "")
    assert said(labels, path="no/a.png", tumor="none") == ("meningioma", "")
    assert said(labels, path="glioma/yes/a.png", tumor="glioma") == (None, "")
    assert said(labels, path="yes/a.mat", tumor="pituitary", format="mat") == ("pituitary", "")
    assert said(labels, path="grade_2/a.mat", tumor="pituitary", format="mat") == ("glioma", "LABEL_CONFLICT")
    assert said(labels, source="other", path="no/a.png", tumor="none") == ("none", "")
    assert said(labels, path="more.zip!Grade_2/a.png", tumor=None) == ("glioma", "")


def test_the_user_is_believed_before_all():
    labels = TumorLabels(book(Label(2, None, "no/a.mat", None, "pituitary")), {"s": {"no": "meningioma"}})
    assert said(labels, path="no/a.mat", tumor="glioma", format="mat") == ("pituitary", "")


def test_applying_twice_changes_nothing_more():
    rows = batch(
        {"path": "meningioma/a.mat", "tumor": "glioma", "format": "mat"},
        {"path": "grade_2/a.mat", "tumor": "glioma", "format": "mat"},
        {"path": "b.png", "tumor": None},
    )
    labels = TumorLabels(book(Label(2, None, "b.png", None, "none")), {"s": {"grade_2": "pituitary"}})
    once = labels.apply(rows)
    assert labels.apply(once).equals(once)
    assert once.schema.equals(rows.schema)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [BASE | {"path": f"glioma/{n}.png", "image_id": f"{n:016x}", "kind": "image"} for n in range(3)]
    with (tmp_path / FILE_NAME).open("wb") as stream:
        write_rows(stream, [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return tmp_path


def table(folder: Path, text: str) -> Path:
    file = folder / "types.csv"
    file.write_text(text)
    return file


def test_a_users_table(folder):
    labels = open_tumor_labels(folder, table(folder, "path,tumor,source\nglioma/1.png,No_Tumor,s\n"))
    assert said(labels, path="glioma/1.png", tumor="glioma", image_id=f"{1:016x}") == ("none", "")
    assert said(labels, path="glioma/2.png", tumor="glioma") == ("glioma", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,tumor\n1.png,none\n", r"line 2: 1.png matches no image of the input. Near matches: glioma/1.png."),
        (
            "path,tumor\nglioma/1.png,cyst\n",
            "line 2: 'cyst' is no tumor; expected glioma, meningioma, pituitary or none",
        ),
        ("path,tumor\nglioma/1.png,none\nglioma/1.png,glioma\n", "two tumors, none and glioma"),
        ("path,plane\nglioma/1.png,axial\n", "Write 'path,tumor' as its first line"),
        ("path,tumor\nglioma/1.png,\n", "no row has a tumor"),
    ],
)
def test_a_table_that_is_wrong_is_refused(folder, text, message):
    with pytest.raises(UsageError, match=message):
        open_tumor_labels(folder, table(folder, text))


def test_a_table_that_is_not_there_names_the_option(folder):
    with pytest.raises(UsageError, match="--tumor-labels: cannot read"):
        open_tumor_labels(folder, folder / "none.csv")


def test_without_a_table_nothing_is_read(tmp_path):
    assert said(open_tumor_labels(tmp_path), path="no/a.png", tumor="none") == ("none", "")
