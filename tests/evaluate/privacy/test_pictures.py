"""What a person is shown: closest pairs, and likeness on both sides."""

from __future__ import annotations

import cv2
import numpy as np

from medcurate.evaluate.privacy.copy_search import closest
from medcurate.evaluate.privacy.fingerprints import fingerprints_of
from medcurate.evaluate.privacy.pictures import likeness_figure, pairs_figure
from tests.evaluate.privacy.heads import heads, plain


def shown(tmp_path, rng, images, training, pairs):
    found = closest(fingerprints_of(images), fingerprints_of(training))
    return pairs_figure(
        "privacy/pairs",
        "Closest pairs",
        "a synthetic image",
        plain(tmp_path / "made", images),
        plain(tmp_path / "training", training),
        found,
        size=64,
        pairs=pairs,
    )


def test_pairs_lie_side_by_side_turned_back_the_closest_first(tmp_path, rng):
    training = heads(rng, 8)
    images = np.concatenate([heads(rng, 3), training[4:5, :, ::-1]])
    figure = shown(tmp_path, rng, images, training, 2)
    sheet = cv2.imdecode(np.frombuffer(figure.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert figure.kind == "png"
    np.testing.assert_array_equal(sheet[:64, :64], training[4])
    np.testing.assert_array_equal(sheet[:64, 66:130], training[4])
    assert "The 2 closest pairs" in figure.caption
    assert "1 of these pairs are equal" in figure.caption
    assert "as confidential as" in figure.caption


def test_without_pairs_there_is_no_picture(tmp_path, rng):
    assert shown(tmp_path, rng, np.zeros((2, 64, 64), np.uint8), heads(rng, 3), 4) is None


def test_likeness_is_drawn_with_the_limit_in_words(rng):
    figure = likeness_figure(rng.uniform(0.2, 1, 900), rng.uniform(0.2, 0.9, 50), 0.8912, 0.01)
    assert figure.kind == "svg"
    assert b"held out (patients not seen)" in figure.content
    assert "beyond 0.891 is taken for a copy" in figure.caption
