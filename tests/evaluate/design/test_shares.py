from __future__ import annotations

import pytest
from scipy.stats import binomtest

from medcurate.evaluate.design.shares import share_interval


@pytest.mark.parametrize(("count", "n"), [(0, 10), (3, 10), (50, 50), (7, 1000)])
def test_the_interval_of_a_share_is_that_of_scipy(count, n):
    expected = binomtest(count, n).proportion_ci(method="wilson")
    assert share_interval(count, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_share_of_nothing_may_be_anything():
    assert share_interval(0, 0) == (0, 1)
