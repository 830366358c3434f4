"""Points are counted by group; many of them are drawn as pixels."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.charts import scatter_figure
from tests.evaluate.charts.chart_samples import WORDS, scatter, texts


def test_a_scatter_counts_its_groups_and_many_points_are_pixels():
    assert {"real (50)", "synthetic (50)"} <= set(texts(scatter()))
    assert b"<image" not in scatter().content
    assert b"data:image/png" in scatter(4000).content
    assert len(scatter(4000).content) < 400_000


def test_points_without_groups_are_refused():
    with pytest.raises(ValueError, match=r"expected points of shape \(n, 2\) with n groups, received \(3, 3\) and 3"):
        scatter_figure(*WORDS, np.zeros((3, 3)), ["a"] * 3)
