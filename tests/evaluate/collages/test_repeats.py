"""Repeated windows, and the largest piece of one image."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.collages.repeats import find_repeats, largest_piece
from tests.evaluate.privacy.heads import heads, turned


def test_the_halves_of_two_heads_are_found_as_two_pieces(rng):
    real = heads(rng, 10)
    collage = real[3].copy()
    collage[:, 32:] = turned(real[7], 4)[:, 32:]
    found = find_repeats(np.stack([collage, heads(rng, 1)[0]]), real, np.arange(10))
    sources = found.row[found.repeated & (found.windows.image == 0)]
    assert set(sources.tolist()) == {3, 7}
    assert not found.repeated[found.windows.image == 1].any()
    piece = largest_piece(found, 0)
    assert piece.row in (3, 7)
    assert 0.2 < piece.share < 0.7
    assert (largest_piece(found, 1).share, largest_piece(found, 1).row) == (0, -1)


def test_what_two_patients_share_repeats_neither(rng):
    real = heads(rng, 6)
    real[5] = real[0]
    same = find_repeats(real[:1], real, np.arange(6))
    assert not same.repeated.any()
    assert find_repeats(real[:1], real, np.array([0, 1, 2, 3, 4, 0])).repeated.mean() > 0.9


def test_pictures_can_be_taken_again(rng):
    real = heads(rng, 4)
    found = find_repeats(real[:3], real, np.arange(4))
    again = found.take(np.array([2, 2, 0]))
    assert again.windows.image.max() == 2
    assert (again.score[again.windows.image == 0] == found.score[found.windows.image == 2]).all()
    assert len(find_repeats(np.zeros((1, 64, 64), np.uint8), real, np.arange(4)).row) == 0
