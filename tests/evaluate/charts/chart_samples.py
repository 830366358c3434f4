"""A chart of each kind, and the text in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from medcurate.evaluate.charts import Line, bars_figure, lines_figure, scatter_figure

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


def texts(figure) -> list[str]:
    return [element.text for element in ET.fromstring(figure.content).iter("{http://www.w3.org/2000/svg}text")]
