"""Charts have one look, follow the page's colors, and are the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from medcurate.errors import MissingExtra
from medcurate.evaluate.charts import Chart, Line, bars_figure, gallery_figure, lines_figure, scatter_figure, style

WORDS = ("part/name", "A title", "How to read it.")


def lines():
    band = Line([1, 2, 3], [0.5, 0.7, 0.6], [0.4, 0.6, 0.5], [0.6, 0.8, 0.7])
    return lines_figure(
        *WORDS, {"real": band, "<b>&": Line([1, 2, 3], [1, 1, 1])}, x_label="dose", y_label="gain (%)", level=0.5
    )


def bars():
    ends = {"CNN": [(0.2, 0.4), None]}
    return bars_figure(
        *WORDS,
        {"CNN": [0.3, 0.9], "SVM": [0.2, 0.1]},
        labels=["glioma", "none"],
        x_label="accuracy",
        intervals=ends,
        level=0.25,
    )


def scatter(n=100):
    points = np.random.default_rng(0).normal(size=(n, 2))
    return scatter_figure(*WORDS, points, ["real"] * (n // 2) + ["synthetic"] * (n - n // 2))


@pytest.mark.parametrize("draw", [lines, bars, scatter])
def test_a_chart_is_one_svg_the_same_each_time(draw):
    figure = draw()
    root = ET.fromstring(figure.content)
    assert root.tag.endswith("svg")
    assert figure.content.startswith(b"<svg")
    assert (figure.name, figure.title, figure.caption, figure.kind) == (*WORDS, "svg")
    assert draw().content == figure.content


def texts(figure) -> list[str]:
    return [element.text for element in ET.fromstring(figure.content).iter("{http://www.w3.org/2000/svg}text")]


def test_text_stays_text_and_takes_the_color_of_the_page():
    shown = texts(lines())
    assert {"dose", "gain (%)", "real", "<b>&"} <= set(shown)
    assert b"currentColor" in lines().content
    assert b"#010203" not in lines().content
    assert {"glioma", "none", "accuracy", "CNN", "SVM"} <= set(texts(bars()))


def test_a_scatter_counts_its_groups_and_many_points_are_pixels():
    assert {"real (50)", "synthetic (50)"} <= set(texts(scatter()))
    assert b"<image" not in scatter().content
    assert b"data:image/png" in scatter(4000).content
    assert len(scatter(4000).content) < 400_000


def test_points_without_groups_are_refused():
    with pytest.raises(ValueError, match=r"expected points of shape \(n, 2\) with n groups, received \(3, 3\) and 3"):
        scatter_figure(*WORDS, np.zeros((3, 3)), ["a"] * 3)


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


def test_a_gallery_lays_tiles_out_row_by_row():
    tiles = np.stack([np.full((8, 8), 40 * number, np.uint8) for number in range(5)])
    sheet = cv2.imdecode(
        np.frombuffer(gallery_figure(*WORDS, tiles, columns=3).content, np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert sheet.shape == (18, 28)
    assert [sheet[4, 4], sheet[4, 14], sheet[4, 24], sheet[14, 4], sheet[14, 14]] == [0, 40, 80, 120, 160]


def test_columns_that_belong_together_stand_closer():
    tiles = np.full((4, 8, 8), 255, np.uint8)
    content = gallery_figure(*WORDS, tiles, columns=4, group=2).content
    line = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)[0] == 255
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(int)))
    gaps = edges[2::2] - edges[1:-1:2]
    assert gaps[0] == gaps[2] < gaps[1]


@pytest.mark.parametrize(
    "tiles", [np.zeros((0, 8, 8), np.uint8), np.zeros((2, 8, 8), np.float32), np.zeros((8, 8), np.uint8)]
)
def test_what_is_no_tile_is_refused(tiles):
    with pytest.raises(ValueError, match="expected uint8 tiles"):
        gallery_figure(*WORDS, tiles, columns=2)


def test_a_missing_package_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[evaluate\]"), style():
        pass
