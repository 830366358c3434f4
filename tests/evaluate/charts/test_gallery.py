"""Galleries lay tiles out row by row."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.charts import gallery_figure
from tests.evaluate.charts.chart_samples import WORDS


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
