"""The statistics and the page that figures are written with; fast, without data."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks.evidence_summary import find
from benchmarks.figures import Figure, Result, Table, bootstrap, calibration_error, ratios, share, wilson
from benchmarks.file_sets import small_images
from benchmarks.write_evidence import PAGES, RESULTS, fill


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(right, n, low, high):
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    assert wilson(right, n) == pytest.approx((low, high), abs=1e-4)


def test_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([1.0, 1.0, 1.0, 0.0])
    even = calibration_error(confidence, right, np.ones(4))
    assert even == pytest.approx((2 * 0.05 + 2 * 0.05) / 4)
    assert calibration_error(confidence, right, np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.05)
    assert calibration_error(np.array([1.0]), np.array([1.0]), np.ones(1)) == 0


def test_ratio_of_paired_runs():
    figure = ratios("x", [1.0, 2.0, 4.0], [2.0, 4.0, 8.0], n=10)
    assert (figure.value, figure.low, figure.high) == (2.0, 2.0, 2.0)


def test_bootstrap_holds_the_mean():
    rows = np.random.default_rng(0).normal(size=400)
    low, high = bootstrap([rows], lambda groups: float(groups[0].mean()), seed=1)
    assert low < rows.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * rows.std() / 20, rel=0.1)


def test_page_shows_what_was_not_reached_and_keeps_the_text(tmp_path):
    figures = [
        Figure(name="a", value=99.96, n=3, at_least=99.5),
        Figure(name="b", value=1.5, n=3, unit="x", at_least=3),
    ]
    table = Table(title="T", counts="files", interval="none", figures=figures)
    there = {"commit": "c", "date": "d", "machine": "m", "python": "3", "versions": {}}
    result = asdict(Result(name="one", tables=[table])) | {"environment": there}
    (tmp_path / "one.json").write_text(json.dumps(result), encoding="utf-8")
    page = "before\n<!-- figures: on* -->\nold\n<!-- end -->\nafter\n<!-- figures: two -->\n<!-- end -->\n"
    filled = fill(page, tmp_path)
    assert "| a | 99.96 % |  | 3 | ≥ 99.5 % | reached |" in filled
    assert "| b | 1.50 times |  | 3 | ≥ 3 times | **not reached** |" in filled
    assert filled.startswith("before\n")
    assert "old" not in filled
    assert filled.endswith("after\n<!-- figures: two -->\n\nNot measured yet.\n\n<!-- end -->\n")
    assert fill(filled, tmp_path) == filled


def test_share_is_in_percent():
    figure = share("x", [True, True, False, True])
    assert (figure.value, figure.n) == (75.0, 4)
    assert figure.low < 75 < figure.high


def test_small_images_all_differ(tmp_path):
    small_images(tmp_path, 600)
    assert len({path.read_bytes() for path in tmp_path.rglob("image*")}) == 600


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_pages_hold_what_was_measured(page):
    text = page.read_text(encoding="utf-8")
    assert fill(text, RESULTS) == text


def test_a_figure_that_is_not_there_is_named_with_the_nearest(tmp_path):
    table = {"title": "T", "figures": [{"name": "recall", "column": ""}]}
    (tmp_path / "one.json").write_text(json.dumps({"tables": [table]}), encoding="utf-8")
    assert find(tmp_path, result="one", table="T", name="recall", column="")["name"] == "recall"
    with pytest.raises(KeyError, match=r"no figure 'recal'.*nearest is \['recall"):
        find(tmp_path, result="one", table="T", name="recal", column="")
    with pytest.raises(KeyError, match="no table begins with 'S'"):
        find(tmp_path, result="one", table="S", name="recall", column="")
