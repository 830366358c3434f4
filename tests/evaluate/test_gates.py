"""Thresholds on metrics are read, checked and told."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.evaluate.gates import Gate, check_gates, read_gates
from medcurate.results import Metric, Report

REPORT = Report(
    {},
    {},
    metrics=(
        Metric("fidelity/density[k=5]", 0.8, (0.7, 0.9), 10),
        Metric("fidelity/nothing", math.nan, None, 0),
        Metric("privacy/copies", 0.0, None, 10),
    ),
)


def met(metric: str, rule: str, threshold: float) -> bool:
    (result,) = check_gates([Gate(metric, rule, threshold, "gates.toml")], REPORT)
    return result.met


@pytest.mark.parametrize(
    ("rule", "threshold", "expected"),
    [
        ("min", 0.8, True),
        ("min", 0.81, False),
        ("max", 0.8, True),
        ("max", 0.79, False),
        ("interval_min", 0.7, True),
        ("interval_min", 0.71, False),
        ("interval_max", 0.9, True),
        ("interval_max", 0.89, False),
    ],
)
def test_a_rule_compares_the_value_or_an_end_of_the_interval(rule, threshold, expected):
    assert met("fidelity/density[k=5]", rule, threshold) is expected


@given(value=st.floats(-5, 5), threshold=st.floats(-5, 5))
def test_min_and_max_are_mirror_images(value, threshold):
    def one(rule: str, sign: int) -> bool:
        report = Report({}, {}, (Metric("a/b", sign * value, None, 1),))
        return check_gates([Gate("a/b", rule, sign * threshold, "f")], report)[0].met

    assert one("min", 1) is one("max", -1) is (value >= threshold)


def test_what_was_not_computed_or_has_no_interval_meets_nothing():
    assert not met("fidelity/nothing", "min", -1e9)
    assert not met("fidelity/nothing", "max", 1e9)
    assert not met("privacy/copies", "interval_max", 1e9)
    assert met("privacy/copies", "max", 0)


def test_a_record_is_json():
    (result,) = check_gates([Gate("fidelity/nothing", "min", 0, "f")], REPORT)
    assert result.record() == {
        "metric": "fidelity/nothing",
        "rule": "min",
        "threshold": 0,
        "received": "nan",
        "met": False,
    }


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(UsageError, match=r"density\[k=3\]' is no metric.*Did you mean fidelity/density\[k=5\]"):
        met("fidelity/density[k=3]", "min", 0)
    with pytest.raises(UsageError, match="The report has no metric at all"):
        check_gates([Gate("a/b", "min", 0, "f")], Report({}, {}))


def read(tmp_path, text: str):
    path = tmp_path / "gates.toml"
    path.write_text(text)
    return read_gates(path)


def test_a_file_gives_one_gate_a_rule(tmp_path):
    gates = read(tmp_path, '["fidelity/density[k=5]"]\nmin = 0.5\ninterval_min = 0.4\n["privacy/copies"]\nmax = 0\n')
    assert [(gate.metric, gate.rule, gate.threshold, gate.part) for gate in gates] == [
        ("fidelity/density[k=5]", "min", 0.5, "fidelity"),
        ("fidelity/density[k=5]", "interval_min", 0.4, "fidelity"),
        ("privacy/copies", "max", 0.0, "privacy"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = ", "is not a TOML file"),
        ("", "has no gate. Write, for example"),
        ('"a/b" = 3', r'a/b: expected a table \["a/b"\]'),
        ('["a/b"]', r'a/b: expected a table \["a/b"\]'),
        ('["a/b"]\nminimum = 3', r"'minimum' is none of min, max.*Did you mean min\?"),
        ('["a/b"]\nmin = "3"', "a/b: min: expected a number, received '3'"),
        ('["a/b"]\nmin = true', "expected a number, received True"),
        ('["a/b"]\nmin = nan', "expected a number, received nan"),
    ],
)
def test_a_wrong_file_is_told_where_and_what(tmp_path, text, told):
    with pytest.raises(UsageError, match=told):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_gates(tmp_path / "none.toml")
