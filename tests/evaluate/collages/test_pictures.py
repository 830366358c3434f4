"""Generated images beside their sources."""

from __future__ import annotations

import cv2
import numpy as np

from medcurate.evaluate.collages.pictures import pieces_figure
from medcurate.evaluate.collages.repeats import find_repeats
from tests.evaluate.privacy.heads import heads


def test_the_picture_shows_each_source_in_a_color_of_its_own(rng):
    real = heads(rng, 8)
    collage = real[1].copy()
    collage[32:] = real[5][32:]
    made = np.stack([collage, heads(rng, 1)[0]])
    found = find_repeats(made, real, np.arange(8))
    figure = pieces_figure(made, found, real, np.array([1, 0]))
    assert figure.name == "privacy/pieces"
    assert "(1 of 2 that were searched)" in figure.caption
    sheet = cv2.imdecode(np.frombuffer(figure.content, np.uint8), cv2.IMREAD_COLOR)
    assert sheet.shape[0] == 160  # one row: the other image repeats nothing
    tinted = (sheet.max(axis=2).astype(int) - sheet.min(axis=2) > 20).any(axis=0)
    assert not tinted[:160].any()  # the image as it is
    assert tinted[166:326].any()  # the same with its pieces in color
    assert pieces_figure(made[1:], found.take(np.array([1])), real, np.array([0])) is None
