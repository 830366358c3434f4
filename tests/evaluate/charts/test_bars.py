"""Bars name what they stand for."""

from __future__ import annotations

from tests.evaluate.charts.chart_samples import bars, texts


def test_labels_series_and_axis_are_text():
    assert {"glioma", "none", "accuracy", "CNN", "SVM"} <= set(texts(bars()))
