from __future__ import annotations

import numpy as np

from medcurate.phantom.stream.head_rows import rows_of_head
from medcurate.phantom.stream.rows import CLASSES, ROW

TUMOR = list(CLASSES).index("tumor")


def test_a_head_is_a_function_of_seed_and_number(rows):
    again = rows_of_head(5, 2, spacing_mm=4.0)
    np.testing.assert_array_equal(rows[rows["head"] == 2], again)
    assert rows.dtype == ROW


def test_slices_show_what_they_are_labeled_with(rows):
    words = [CLASSES["tumor"][code] for code in rows["classes"][:, TUMOR]]
    areas = rows["attributes"][:, 3]
    assert set(words) == {"none", "meningioma"}
    assert all((word == "none") == (area == 0) for word, area in zip(words, areas, strict=True))
    assert areas[areas > 0].min() >= 60
    assert set(words[: (rows["head"] == 0).sum()]) == {"none"}


def test_pictures_use_the_whole_range_and_all_planes_are_there(rows):
    assert rows["target"].reshape(len(rows), -1).max(axis=1).min() == 255
    assert set(rows["classes"][:, 0]) == {0, 1, 2}
    assert ((rows["attributes"][:, 1] > 2000) & (rows["attributes"][:, 1] < 60000)).all()
