"""What a person decided stays, and the last row about an image holds."""

from __future__ import annotations

import datetime as dt
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.labels.decisions import (
    COLUMNS,
    FIELDS,
    Decision,
    append_decisions,
    check_name,
    read_decisions,
)
from medcurate.errors import OutputError, UsageError

HEADER = ",".join(COLUMNS)
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def plane(path: str, value: str, *, source: str | None = "s", frame: int | None = None) -> Decision:
    return Decision(source, path, frame, "plane", value)


def write(folder: Path, *rows: str, end: str = "\n") -> Path:
    (folder / "decisions.csv").write_text("\n".join((HEADER, *rows)) + end, encoding="utf-8", newline="")
    return folder


def text(folder: Path) -> str:
    return (folder / "decisions.csv").read_bytes().decode()


def test_a_folder_without_the_file_has_no_decisions(tmp_path):
    assert len(read_decisions(tmp_path)) == 0
    assert list(tmp_path.iterdir()) == []


def test_rows_are_appended_with_who_and_when(tmp_path):
    first = [
        plane("a.png", "axial"),
        Decision(None, "v.nii", 3, "plane", "other"),
        Decision("s", "b, c.png", None, "tumor", "none"),
    ]
    assert append_decisions(tmp_path, first, who="Ada", when=NOON) == 3
    assert append_decisions(tmp_path, [plane("a.png", "")], when=NOON) == 1
    assert text(tmp_path).splitlines() == [
        HEADER,
        "s,a.png,,plane,axial,Ada,2026-05-04T10:00:00Z",
        ",v.nii,3,plane,unknown,Ada,2026-05-04T10:00:00Z",
        's,"b, c.png",,tumor,none,Ada,2026-05-04T10:00:00Z',
        "s,a.png,,plane,,,2026-05-04T10:00:00Z",
    ]


def test_only_what_is_new_is_appended(tmp_path):
    rows = [plane("a.png", "axial"), plane("b.png", "coronal"), plane("a.png", "axial")]
    assert append_decisions(tmp_path, rows, when=NOON) == 2
    before = text(tmp_path)
    assert append_decisions(tmp_path, [*rows, plane("never.png", "")], when=NOON) == 0
    assert append_decisions(tmp_path, [], when=NOON) == 0
    assert text(tmp_path) == before


def test_the_last_row_that_matches_an_image_holds(tmp_path):
    write(
        tmp_path,
        "s,v.nii,,plane,axial,,",
        "s,v.nii,2,plane,unknown,,",
        ",a.png,,plane,Coronal,,",
        "s,a.png,,plane,sag,,",
        "t,a.png,,tumor,glioma,,",
        "s,b.png,,plane,axial,,",
        "s,b.png,,plane,,,",
    )
    book = read_decisions(tmp_path).book("plane")
    assert book.find("s", "v.nii", 1, "1") == "axial"
    assert book.find("s", "v.nii", 2, "2") == "other"
    assert book.find("s", "a.png", None, "3") == "sagittal"
    assert book.find("t", "a.png", None, "4") == "coronal"
    assert book.find("s", "b.png", None, "5") is None
    assert [label.path for label in book.missing()] == []
    assert read_decisions(tmp_path).book("tumor").find("t", "a.png", None, "4") == "glioma"
    write(tmp_path, "s,v.nii,2,plane,unknown,,", "s,v.nii,,plane,,,")
    assert read_decisions(tmp_path).book("plane").find("s", "v.nii", 2, "2") is None  # taken back for all frames


def test_a_row_without_a_source_may_not_mean_two_images(tmp_path):
    book = read_decisions(write(tmp_path, ",a.png,,plane,axial,,")).book("plane")
    book.find("s", "a.png", None, "1")
    with pytest.raises(UsageError, match=r"decisions.csv, line 2: a.png is in the sources s and t"):
        book.find("t", "a.png", None, "2")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("s,a.png,,plan,axial,,", r"line 3, column field: expected one of plane, tumor, .*; received 'plan'"),
        ("s,a.png,,plane,axail,,", r"line 3, column value: expected axial, .*; received 'axail'"),
        ("s,a.png,,exclude,no,,", r"line 3, column value: expected yes \(or nothing, to take a decision back\)"),
        ("s,a.png,x,plane,axial,,", r"line 3, column frame: expected a number from 0 on, or nothing; received 'x'"),
        ("s,,,plane,axial,,", r"line 3, column path: expected a path"),
        ("s,a.png,,plane,axial", r"line 3: expected 7 columns .*; received 5"),
        ('s,"a.png"x,,plane,axial,,', r"line 3: expected a CSV table"),
        ("s,\x1b[31m.png,,plane,red\x1b[0m,,", r"received 'red\\x1b\[0m'"),
    ],
)
def test_an_error_of_a_hand_edit_names_line_and_column(tmp_path, row, message):
    with pytest.raises(UsageError, match=rf"decisions\.csv.*{message}"):
        read_decisions(write(tmp_path, "s,b.png,,plane,axial,,", row))
    before = text(tmp_path)
    with pytest.raises(UsageError):
        append_decisions(tmp_path, [plane("c.png", "axial")])
    assert text(tmp_path) == before


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "decisions.csv").write_text(HEADER.replace(",", ";") + "\n")
    with pytest.raises(UsageError, match=r"line 1: expected source,path,.*; received 'source;path;"):
        read_decisions(tmp_path)
    (tmp_path / "decisions.csv").write_bytes(b"\xff\xfe\n")
    with pytest.raises(UsageError, match="expected UTF-8 text; byte 0"):
        read_decisions(tmp_path)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n,,,,,,\n"])
def test_a_spreadsheet_may_have_saved_the_file(tmp_path, end):
    write(tmp_path, "s,a.png,,plane,axial,,", end=end)
    (tmp_path / "decisions.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "decisions.csv").read_bytes())
    assert append_decisions(tmp_path, [plane("b.png", "coronal")]) == 1
    assert [row.path for row in read_decisions(tmp_path)] == ["a.png", "b.png"]


ROWS = st.lists(
    st.builds(
        Decision,
        st.sampled_from([None, "s", "sü,"]),
        st.sampled_from(["a.png", 'q"u,o.png', "größe.png", "z.zip!m/é.png"]),
        st.none() | st.integers(0, 9),
        st.just("plane"),
        st.sampled_from(["axial", "coronal", "other", ""]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(first=ROWS, second=ROWS, cut=st.floats(0, 1))
def test_cut_at_any_byte_the_rows_before_hold_and_more_can_be_appended(tmp_path_factory, first, second, cut):
    folder = tmp_path_factory.mktemp("cut")
    append_decisions(folder, first, who="Ada Ü", when=NOON)
    path = folder / "decisions.csv"
    if not path.exists():  # nothing but decisions that nobody had made were taken back
        return
    rows = list(read_rows(path))
    path.write_bytes(path.read_bytes()[: round(cut * path.stat().st_size)])
    left = list(read_decisions(folder))
    assert any(set(left) == set(last_of(rows[:count])) for count in range(len(rows) + 1))
    append_decisions(folder, second, when=NOON)
    expected = {key(row): row.value for row in [*left, *second]}
    held = {key(row): row.value for row in read_decisions(folder)}
    assert {name: value for name, value in held.items() if value} == {
        name: value for name, value in expected.items() if value
    }


def key(row: Decision) -> tuple:
    return (row.source, row.path, row.frame, row.field)


def last_of(rows: list[Decision]) -> list[Decision]:
    return list({key(row): row for row in rows}.values())


def read_rows(path: Path) -> list[Decision]:
    """Return every row of a whole file."""
    import csv

    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Decision(row["source"] or None, row["path"], int(row["frame"]) if row["frame"] else None, row["field"],
                     row["value"].replace("unknown", "other"))
            for row in csv.DictReader(stream)
        ]  # fmt: skip


APPEND = """
import sys
from pathlib import Path
from medcurate.curate.labels.decisions import Decision, append_decisions
for number in range(int(sys.argv[3])):
    append_decisions(Path(sys.argv[1]), [Decision(sys.argv[2], f"{number}.png", None, "tumor", "glioma")])
    print(number, flush=True)
"""


def start(*arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", APPEND, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_processes_that_append_at_once_lose_nothing(tmp_path):
    with start(tmp_path, "one", 20) as one, start(tmp_path, "two", 20) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    decided = {(row.source, row.path) for row in read_decisions(tmp_path)}
    assert decided == {(source, f"{number}.png") for source in ("one", "two") for number in range(20)}


def test_a_killed_process_loses_nothing_that_it_was_told_is_kept(tmp_path):
    with start(tmp_path, "s", 10**6) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(5)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split()
    kept = {row.path for row in read_decisions(tmp_path)}
    assert {f"{number}.png" for number in acknowledged} <= kept
    assert append_decisions(tmp_path, [plane("next.png", "axial")]) == 1


def test_a_full_disk_is_an_output_error_and_every_earlier_row_stays(tmp_path):
    append_decisions(tmp_path, [plane("a.png", "axial")])
    before = text(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 30, hard))
    try:
        with pytest.raises(OutputError, match=r"cannot write .*decisions\.csv"):
            append_decisions(tmp_path, [plane("b.png", "axial"), plane("c.png", "axial")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert text(tmp_path) == before


@pytest.mark.parametrize("name", ["=1+1", "@x", "+x", "-x", "a\nb", "a\tb", "\x1b[31m", "x" * 101])
def test_a_name_that_a_spreadsheet_would_run_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="--as: expected a name"):
        append_decisions(tmp_path, [plane("a.png", "axial")], who=name)
    assert list(tmp_path.iterdir()) == []


@given(st.text(st.characters(categories=["L", "N"]), max_size=20))
def test_other_names_are_not(name):
    check_name(name)


def test_a_path_of_two_lines_is_refused():
    with pytest.raises(UsageError, match="of one line"):
        plane("a\nb.png", "axial")


def test_every_field_reads_back_each_of_its_values(tmp_path):
    rows = [
        Decision("s", f"{number}.png", None, field, value)
        for field, words in FIELDS.items()
        for number, value in enumerate(sorted(set(words.meaning.values())))
    ]
    append_decisions(tmp_path, rows)
    assert list(read_decisions(tmp_path)) == rows
