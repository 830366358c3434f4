"""``medcurate compare``: options to settings, table and summary."""

from __future__ import annotations

import json

import pytest

from medcurate.compare.rows import CompareResult, Row, summarize

ROWS = tuple(
    Row(model, kind, seed, {"ratio": ratio + seed / 10, "coverage": 0.5, "told_apart_linear": 0.97})
    for model, kind, ratio in (("fastgan", "model", 2.0), ("real training images", "baseline", 1.0))
    for seed in (0, 1)
)
RESULT = CompareResult(ROWS, summarize(ROWS), "Take fastgan.", ("a note",), {"dataset": {"held_out": 86}})


@pytest.fixture
def given(monkeypatch):
    calls = []

    def compare(dataset, out, settings, **named):
        calls.append((dataset, out, settings, named))
        return RESULT

    monkeypatch.setattr("medcurate.compare.comparison.compare", compare)
    return calls


def test_options_become_settings_and_json_has_the_rows(medcurate, tmp_path, given):
    result = medcurate(
        "compare", tmp_path, "--models", "fastgan,dcgan", "--budget", "5m", "--seeds", 2, "--condition", "tumor",
        "--augment", "none", "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    settings = given[0][2]
    assert (settings.models, settings.budget, settings.seeds) == (("fastgan", "dcgan"), 300.0, 2)
    assert (settings.condition, settings.augment, settings.steps) == (("tumor",), (), None)
    told = json.loads(result.out)
    assert [row["seed"] for row in told["rows"]] == [0, 1, 0, 1]
    assert told["advice"] == "Take fastgan."
    assert told["out"] == str(tmp_path / "out")


def test_the_table_has_the_ratio_first_and_fits_a_terminal(medcurate, tmp_path, given):
    result = medcurate("compare", tmp_path, "--out", tmp_path / "out")
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    head = next(line for line in lines if "ratio" in line)
    assert head.split() == ["ratio", "cover", "linear"]
    assert any(line.split()[:2] == ["fastgan", "2.05"] and "97 %" in line for line in lines)
    assert any("advice" in line and "Take fastgan." in line for line in lines)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--budget", "soon"), "--budget: expected a time such as 300s, 5m or 1h, received 'soon'"),
        (("--models", "gna"), "--models: expected some of"),
        (("--condition", "side"), "--condition"),
    ],
)
def test_bad_values_are_told(medcurate, tmp_path, given, options, told):
    result = medcurate("compare", tmp_path, "--out", tmp_path / "out", *options)
    assert result.code == 2
    assert told in result.err
