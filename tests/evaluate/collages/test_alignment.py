"""Windows that are laid upon windows."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.collages.alignment import aligned
from medcurate.evaluate.collages.search import candidates
from medcurate.evaluate.collages.windows import bands, informative
from tests.evaluate.privacy.heads import heads, turned


@pytest.mark.parametrize("degrees", [0, 6, -9])
def test_a_turned_piece_correlates_with_its_source_and_the_map_says_where_it_was(rng, degrees):
    real = heads(rng, 6)
    changed = turned(real[2], degrees)[None]
    windows = informative(changed)
    found = candidates(bands(changed), windows, real, np.arange(6))
    laid = aligned(bands(changed), windows, real, found)
    own = found.row == 2
    assert np.median(laid.score[own]) > 0.97
    assert np.median(laid.score[~own]) < 0.9
    angle = np.degrees(np.arctan2(laid.maps[own][:, 1, 0], laid.maps[own][:, 0, 0]))
    assert np.median(np.abs(angle)) == pytest.approx(abs(degrees), abs=1.5)


def test_nothing_to_lay_upon_gives_the_lowest_score(rng):
    real = heads(rng, 1)
    windows = informative(real)
    found = candidates(bands(real), windows, real, np.array([0]))
    laid = aligned(bands(real), windows, real, found)
    assert (laid.score[:, 1:] == -1).all()
    assert laid.score[:, 0].min() > 0.99
