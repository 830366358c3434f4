"""``comparison.html``: several runs side by side."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from medcurate.evaluate.compared_runs import Comparison, Row
from medcurate.evaluate.report_page.names import number, quantity, span
from medcurate.evaluate.report_page.page import LEVELS, environment


def render(comparison: Comparison) -> str:
    """Return the page; every number on it stands in ``comparison.json``."""
    rows = sorted(comparison.rows, key=lambda row: row.name.partition("/")[0])  # stable: the order within a part stays
    parts = [
        (part.replace("_", " "), [_line(row) for row in members])
        for part, members in groupby(rows, key=lambda row: row.name.partition("/")[0])
    ]
    verdicts = [
        (name, sorted(report.verdicts, key=lambda verdict: LEVELS.index(verdict.level)))
        for name, report in zip(comparison.names, comparison.reports, strict=True)
    ]
    content = {"comparison": comparison, "parts": parts, "verdicts": verdicts}
    return environment().get_template("comparison.html.j2").render(content)


def _line(row: Row) -> dict[str, Any]:
    words, variant = quantity(row.name)
    there = next(metric for metric in row.metrics if metric is not None)
    return {
        "name": row.name,
        "words": words,
        "variant": variant,
        "better": {"near": "as real", None: ""}.get(there.better, there.better),
        "cells": [
            None
            if metric is None
            else {
                "value": number(metric.value, metric.unit),
                "interval": span(metric),
                "floor": "" if metric.real_vs_real is None else number(metric.real_vs_real.value),
                "best": place == row.best,
            }
            for place, metric in enumerate(row.metrics)
        ],
        "surely": row.surely,
        "differs": row.differs,
    }
