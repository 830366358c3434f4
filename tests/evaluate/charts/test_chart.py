"""Charts have one look, follow the page's colors, and are the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from medcurate.errors import MissingExtra
from medcurate.evaluate.charts import Chart, style
from tests.evaluate.charts.chart_samples import WORDS, bars, lines, scatter, texts


@pytest.mark.parametrize("draw", [lines, bars, scatter])
def test_a_chart_is_one_svg_the_same_each_time(draw):
    figure = draw()
    root = ET.fromstring(figure.content)
    assert root.tag.endswith("svg")
    assert figure.content.startswith(b"<svg")
    assert (figure.name, figure.title, figure.caption, figure.kind) == (*WORDS, "svg")
    assert draw().content == figure.content


def test_several_axes_in_one_picture():
    with style():
        chart = Chart(columns=2, rows=2)
        for number, axes in enumerate(chart.axes):
            axes.set_title(f"number {number}")
        shown = texts(chart.figure(*WORDS))
    assert [text for text in shown if text.startswith("number")] == ["number 0", "number 1", "number 2", "number 3"]


def test_the_look_ends_with_the_block():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    lines()
    assert dict(mpl.rcParams) == before


def test_a_missing_package_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[evaluate\]"), style():
        pass
