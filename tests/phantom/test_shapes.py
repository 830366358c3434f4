from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.phantom import shapes

number = st.floats(-50, 50, width=32)
point = st.tuples(number, number, number)


def at(*where):
    return np.array(where, np.float32).T.reshape(3, -1)


def test_a_round_ellipsoid_is_an_exact_sphere():
    p = at((0, 0, 9), (3, 4, 0), (10, 0, 0))
    np.testing.assert_allclose(shapes.ellipsoid(p, (0, 0, 0), (7, 7, 7)), [2, -2, 3], atol=1e-4)


def test_a_capsule_is_exact_beside_and_beyond_its_axis():
    p = at((5, 0, 5), (0, 0, 14), (0, 0, 5))
    np.testing.assert_allclose(shapes.capsule(p, (0, 0, 0), (0, 0, 10), 2), [3, 2, -2], atol=1e-5)


def test_a_box_is_exact_at_face_edge_and_inside():
    p = at((5, 0, 0), (5, 6, 0), (0, 0, 0))
    np.testing.assert_allclose(shapes.box(p, (0, 0, 0), (2, 2, 2)), [3, 5, -2], atol=1e-5)


@settings(deadline=None)
@given(a=number, b=number, blend=st.floats(0.5, 20))
def test_smooth_union_adds_little_and_only_near_the_seam(a, b, blend):
    joined = float(shapes.smooth_union(np.float32(a), np.float32(b), blend))
    assert min(a, b) - blend / 4 - 1e-3 <= joined <= min(a, b) + 1e-3
    if abs(a - b) > blend:
        assert joined == pytest.approx(min(a, b), abs=1e-4)


@settings(deadline=None)
@given(p=point)
def test_mirrored_points_are_on_the_right(p):
    q = shapes.mirrored(at(p))
    assert q[0, 0] == abs(np.float32(p[0]))
    np.testing.assert_array_equal(q[1:], at(p)[1:])
