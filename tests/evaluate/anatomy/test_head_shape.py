from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.anatomy.head_shape import head_area, head_aspect, head_height


def test_a_box():
    head = np.zeros((40, 50), bool)
    head[5:25, 10:40] = True
    assert head_area(head) == pytest.approx(600 / 2000)
    assert head_height(head) == pytest.approx(20 / 40)
    assert head_aspect(head) == pytest.approx(30 / 20)


def test_nothing():
    head = np.zeros((8, 8), bool)
    assert head_area(head) == 0
    assert np.isnan(head_height(head))
    assert np.isnan(head_aspect(head))
