from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from medcurate.phantom.contrast import PLANES, slices
from medcurate.phantom.stream.choosing import A_PLANE, LEAST_TUMOR_MM2, axis_of, cuts


@pytest.mark.parametrize("tumor", ["none", "pituitary"])
def test_every_plane_has_as_many_slices_and_those_of_the_tumor_go_through_it(head_of, tumor):
    head = head_of(3, tumor, 4.0)
    found = list(cuts(head, np.random.default_rng(0)))
    assert Counter(cut.plane for cut in found) == dict.fromkeys(PLANES, A_PLANE)
    if tumor == "none":
        assert not any(cut.tumor for cut in found)
        return
    assert sum(cut.tumor for cut in found) == 18  # three quarters
    for cut in found:
        core, whole = (slices(head.masks[name], cut.plane)[cut.index].sum() for name in ("core", "whole"))
        assert (core * 16 >= LEAST_TUMOR_MM2) if cut.tumor else whole == 0


def test_axes_are_those_of_a_ras_volume():
    assert [axis_of(plane) for plane in PLANES] == [2, 1, 0]
