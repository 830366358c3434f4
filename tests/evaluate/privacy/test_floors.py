"""How few images are too few."""

from __future__ import annotations

import pytest

from medcurate.evaluate.privacy.floors import distance_floor, few_copies_floor, limit_floor, membership_floor
from medcurate.results import Metric


def metric(low, high, n=100, real=None, **settings):
    return Metric("privacy/x", (low + high) / 2, (low, high), n, settings, real)


def test_the_limit_of_copies_needs_nineteen_images():
    assert limit_floor(19, 1 / 20).holds
    low = limit_floor(9, 1 / 10)
    assert "with 9 held-out images" in low.why
    assert low.enough.images == 19


def test_no_copy_among_three_images_says_little():
    assert few_copies_floor(0, 35).holds
    low = few_copies_floor(0, 3)
    assert "may show none among 3" in low.why
    assert low.enough.images == 35


@pytest.mark.parametrize(("width", "real_width", "holds"), [(0.1, 0.1, True), (0.3, 0.1, False), (0.1, 0.3, False)])
def test_distances_need_a_narrow_interval_on_both_sides(width, real_width, holds):
    real = metric(0.5 - real_width, 0.5 + real_width, n=20)
    found = distance_floor(metric(0.5 - width, 0.5 + width, n=40, real=real))
    assert found.holds is holds
    if not holds:
        assert found.enough.images == pytest.approx((40 if width > real_width else 20) * 2.25, rel=0.05)


def test_three_images_cannot_betray_enough_members():
    controls = (metric(0.47, 0.53), metric(0.45, 0.55))
    assert membership_floor(metric(0.45, 0.55, members=300, synthetic=200), controls).holds
    low = membership_floor(metric(0.45, 0.55, members=300, synthetic=3), controls)
    assert "the attack would reach 0.505, and chance alone reaches 0.550" in low.why
    assert low.enough.images == 31
    assert membership_floor(metric(0.0, 1.0, members=20, synthetic=20), controls).enough is None
