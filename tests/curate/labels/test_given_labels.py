"""Planes that were given once count in every later run, wherever they were given."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcurate.curate.labels.given_labels import GivenPlanes
from medcurate.errors import UsageError


def write(file: Path, *rows: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(("path,plane,frame,source", *rows)) + "\n")
    return file


def rows_of(out: Path) -> list[str]:
    """Return what stands in the file, without who and when."""
    return [line.rsplit(",", 2)[0] for line in (out / "decisions.csv").read_text().splitlines()[1:]]


def keep(out: Path, file: Path | None = None, **options) -> GivenPlanes:
    given = GivenPlanes(out, file, **options)
    given.keep()
    return given


def test_where_nothing_was_given_nothing_is_written(tmp_path):
    assert len(keep(tmp_path)) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_later_run_without_the_file_knows_what_it_said(tmp_path):
    file = write(tmp_path / "labels.csv", "a.png,axial,,", "b.png,unknown,3,s")
    assert keep(tmp_path, file, who="Ada").find("s", "a.png", None, "1") == "axial"
    assert rows_of(tmp_path) == [",a.png,,plane,axial", "s,b.png,3,plane,unknown"]
    assert (tmp_path / "decisions.csv").read_text().count(",Ada,") == 2
    later = keep(tmp_path)
    assert later.find("s", "a.png", None, "1") == "axial"
    assert later.find("s", "b.png", 3, "2") == "other"
    assert later.find("s", "b.png", 4, "3") is None
    assert len(rows_of(tmp_path)) == 2


def test_giving_the_file_again_appends_only_what_changed(tmp_path):
    file = write(tmp_path / "labels.csv", "v.nii,unknown,3,s", "v.nii,axial,,s", "a.png,axial,,")
    for _ in range(2):
        given = keep(tmp_path, file)
        assert given.find("s", "v.nii", 3, "1") == "other"  # the row that names the most
        assert given.find("s", "v.nii", 4, "2") == "axial"
    assert len(rows_of(tmp_path)) == 3
    write(file, "v.nii,unknown,3,s", "v.nii,axial,,s", "a.png,coronal,,")
    keep(tmp_path, file)
    assert rows_of(tmp_path)[3:] == [",a.png,,plane,coronal"]
    assert keep(tmp_path).find("s", "a.png", None, "1") == "coronal"


def test_what_is_filled_into_the_proposals_is_kept_before_they_are_written_again(tmp_path):
    proposals = tmp_path / "review" / "label_next.csv"
    write(proposals, "a.png,axial,,s", "b.png,unknown,3,s", "c.png,,,s")
    keep(tmp_path)
    write(proposals, "d.png,sagittal,,s", "a.png,coronal,,s", "e.png,,,s")
    keep(tmp_path, proposals)  # naming the file is allowed, and changes nothing
    write(proposals, "f.png,,,s")
    last = keep(tmp_path)
    found = {name: last.find("s", name, None, name) for name in ("a.png", "d.png", "e.png")}
    assert found == {"a.png": "coronal", "d.png": "sagittal", "e.png": None}
    assert last.find("s", "b.png", 3, "b") == "other"
    keep(tmp_path, proposals)
    assert len(rows_of(tmp_path)) == 4


def test_proposals_that_nobody_filled_in_are_no_labels(tmp_path):
    proposals = write(tmp_path / "review/label_next.csv", "c.png,,,s")
    assert len(keep(tmp_path)) == 0
    with pytest.raises(UsageError, match="no row has a plane"):
        GivenPlanes(tmp_path, proposals)


def test_a_wrong_word_in_the_proposals_is_an_error_that_names_the_line(tmp_path):
    write(tmp_path / "review/label_next.csv", "c.png,axail,,s")
    with pytest.raises(UsageError, match=r"label_next\.csv, line 2: 'axail' is no plane"):
        GivenPlanes(tmp_path)


def test_a_decision_that_was_taken_back_counts_no_more(tmp_path):
    keep(tmp_path, write(tmp_path / "labels.csv", "a.png,axial,,s"))
    with (tmp_path / "decisions.csv").open("a") as stream:
        stream.write("s,a.png,,plane,,,\n")
    assert keep(tmp_path).find("s", "a.png", None, "1") is None


def test_a_row_of_the_file_without_an_image_is_an_error_and_an_old_decision_a_note(tmp_path):
    file = write(tmp_path / "labels.csv", "gone.png,axial,,", "here.png,axial,,")
    given = GivenPlanes(tmp_path, file)
    given.find("s", "here.png", None, "1")
    with pytest.raises(UsageError, match=r"labels\.csv, line 2: gone\.png matches no image"):
        given.check_found(["here.png"])
    given.keep()
    later = GivenPlanes(tmp_path)
    later.find("s", "here.png", None, "1")
    later.check_found(["here.png"])
    assert later.notes() == ["decisions.csv, line 2: gone.png matches no image of the input"]


def test_a_wrong_name_is_an_error_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match="--as"):
        GivenPlanes(tmp_path, tmp_path / "none.csv", who="=x")
