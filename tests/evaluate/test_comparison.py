"""Reports side by side: which is better in what, and how surely."""

from __future__ import annotations

import json
import math

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate import Metric, Report, Verdict, compare


def report(folder, metrics, *, name="syn", digest="d", **settings):
    written = Report(
        {"name": "real", "digest": digest},
        {"name": name},
        tuple(metrics),
        (Verdict("a", "good", f"{name} is <fine>."),),
        settings={"seed": 0, "size": 64, **settings},
    )
    folder.mkdir()
    written.write(folder)
    return folder


def rows_of(tmp_path, one, other):
    folders = [report(tmp_path / f"{n}", metrics, name=f"syn{n}") for n, metrics in enumerate((one, other))]
    return {row.name: row for row in compare(folders).rows}


def metric(value, interval=None, better="higher", floor=None, **settings):
    beside = None if floor is None else Metric("a/x", floor, None, 5)
    return Metric("a/x", value, interval, 10, settings, beside, better)


@pytest.mark.parametrize(
    ("one", "other", "best", "surely"),
    [
        (metric(0.5), metric(0.7), 1, False),
        (metric(0.5, better="lower"), metric(0.7, better="lower"), 0, False),
        (metric(0.9, better="near", floor=0.6), metric(0.5, better="near", floor=0.6), 1, False),
        (metric(0.5, (0.4, 0.6)), metric(0.7, (0.61, 0.8)), 1, True),
        (metric(0.5, (0.4, 0.65)), metric(0.7, (0.61, 0.8)), 1, False),
        (metric(0.5, (0.4, 0.6)), metric(0.7), 1, False),
        (metric(0.5), metric(0.5), None, False),
        (metric(0.5, better=None), metric(0.7, better=None), None, False),
        (metric(0.9, better="near"), metric(0.5, better="near"), None, False),
        (metric(math.nan), metric(0.7), None, False),
    ],
)
def test_the_best_is_marked_where_there_is_one(tmp_path, one, other, best, surely):
    row = rows_of(tmp_path, [one], [other])["a/x"]
    assert (row.best, row.surely) == (best, surely)


def test_metrics_of_one_run_only_leave_a_gap(tmp_path):
    rows = rows_of(tmp_path, [Metric("a/y", 1, None, 1)], [metric(0.5)])
    assert [metric is None for metric in rows["a/y"].metrics] == [False, True]
    assert [metric is None for metric in rows["a/x"].metrics] == [True, False]
    assert rows["a/x"].best is None


def test_settings_that_differ_are_named(tmp_path):
    row = rows_of(tmp_path, [metric(0.5, k=5, size=64)], [metric(0.6, k=3, size=64)])["a/x"]
    assert row.differs == ("k",)


def test_runs_that_do_not_compare_are_told(tmp_path):
    one = report(tmp_path / "a", [metric(1)], name="x")
    other = report(tmp_path / "b", [metric(2)], name="y", digest="other", size=32)
    comparison = compare([one, other])
    assert [row.best for row in comparison.rows] == [None]
    assert comparison.notes == (
        "y was compared with other real images than x: their numbers do not compare",
        "y was evaluated with size 32, x with 64",
    )


def test_runs_are_named_by_data_by_folder_or_by_number(tmp_path):
    one, other = report(tmp_path / "a", [], name="x"), report(tmp_path / "b", [], name="y")
    again = report(tmp_path / "c", [], name="x")
    assert compare([one, other]).names == ("x", "y")
    assert compare([one, again]).names == ("a", "c")
    assert compare([one, one]).names == ("a 1", "a 2")


def test_pages_and_numbers_are_written(tmp_path):
    floor = metric(0.5, (0.4, 0.6), floor=0.9)
    folders = [
        report(tmp_path / "a", [floor], name="x"),
        report(tmp_path / "b", [metric(0.7, (0.65, 0.8))], name="<y>"),
    ]
    comparison = compare(folders, out=tmp_path / "out")
    content = json.loads((tmp_path / "out/comparison.json").read_text())
    assert content == json.loads(json.dumps(comparison.to_dict()))
    assert content["metrics"][0]["best"] == "<y>"
    page = (tmp_path / "out/comparison.html").read_text()
    assert "&lt;y&gt;" in page
    assert "<y>" not in page
    assert "0.7 ✓" in page
    assert "0.65 to 0.8" in page


def test_the_same_reports_give_the_same_bytes(tmp_path):
    folders = [report(tmp_path / name, [metric(0.5)], name=name) for name in ("a", "b")]
    compare(folders, out=tmp_path / "one")
    compare(folders, out=tmp_path / "two")
    for name in ("comparison.json", "comparison.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_one_report_or_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match="expected two reports or more, received 1"):
        compare([report(tmp_path / "a", [])])
    with pytest.raises(UsageError, match=r"expected the metrics\.json of a report"):
        compare([tmp_path / "a", tmp_path / "b"])
