"""Samples side by side, and curves."""

from __future__ import annotations

import cv2
import numpy as np

from medcurate.compare.material import open_material
from medcurate.compare.pictures import TILE, column_names, columns_of, curves_figure, samples_figure
from medcurate.compare.rows import Row


def test_each_label_gets_as_many_columns(discs):
    material = open_material(discs, condition=("tumor",))
    columns = columns_of(material, 6)
    assert len(set(columns.tolist())) == 6
    assert column_names(material, columns) == ["glioma"] * 3 + ["none"] * 3


def test_without_labels_columns_are_spread(discs):
    columns = columns_of(open_material(discs), 4)
    assert columns.tolist() == [0, 7, 15, 23]
    assert column_names(open_material(discs), columns) == [""] * 4


def test_rows_of_samples_lie_below_one_another_under_their_names():
    tiles = {"real": np.full((3, 32, 32), 40, np.uint8), "fastgan, ratio 2.00": np.full((3, 32, 32), 200, np.uint8)}
    found = samples_figure(tiles, ["none", "none", "glioma"], "what it shows")
    sheet = cv2.imdecode(np.frombuffer(found.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape == (20 + 2 * (20 + TILE), 3 * TILE + 2 * 3)
    assert sheet[60, TILE // 2] == 40
    assert sheet[60 + 20 + TILE, 2 * (TILE + 3) + 9] == 200


def test_curves_are_means_of_the_seeds():
    rows = [
        Row("a", "model", 0, {}, curve=((1.0, 8.0), (2.0, 4.0))),
        Row("a", "model", 1, {}, curve=((1.2, 6.0), (2.2, 2.0))),
        Row("real", "baseline", 0, {}),
    ]
    found = curves_figure(rows, 1.0)
    assert found.kind == "svg"
    assert "processor time (s)" in found.content.decode()
    assert curves_figure(rows[2:], None) is None
