"""The text of a line chart stays text."""

from __future__ import annotations

from tests.evaluate.charts.chart_samples import lines, texts


def test_text_stays_text_and_takes_the_color_of_the_page():
    shown = texts(lines())
    assert {"dose", "gain (%)", "real", "<b>&"} <= set(shown)
    assert b"currentColor" in lines().content
    assert b"#010203" not in lines().content
