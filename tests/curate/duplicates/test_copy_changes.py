from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.curate.duplicates.copy_changes import describe_change
from medcurate.curate.duplicates.pixel_comparison import compare
from medcurate.curate.measures import perceptual_hash as ph
from medcurate.curate.measures.image_digest import digest_pixels
from tests.curate.drawn_heads import drawn_head


def change_of(first, second, view=0, window=0):
    one, other = digest_pixels(first), digest_pixels(second)
    likeness = compare(one.thumbnail, np.asarray(ph.turn(other.thumbnail, view), np.uint8), window, 96)
    assert likeness is not None
    return describe_change(one.record[0], other.record[0], view, likeness)


def test_same_size_and_gray_values_are_reencoded(rng):
    head = drawn_head(rng)
    noisy = np.clip(head + rng.normal(0, 1, head.shape), 0, 255).astype(np.uint8)
    assert change_of(head, noisy).kind == "reencoded"


def test_resized_says_by_how_much(rng):
    head = drawn_head(rng)
    change = change_of(head, cv2.resize(head, None, fx=1.5, fy=0.75, interpolation=cv2.INTER_LINEAR))
    assert change.kind == "resized"
    assert change.scale == pytest.approx((0.75, 1.5), rel=0.02)
    assert change.frame == pytest.approx((0, 1, 0, 1), abs=0.02)


def test_bordered_says_where(rng):
    head = drawn_head(rng)
    change = change_of(head, cv2.copyMakeBorder(head, 20, 40, 0, 10, cv2.BORDER_CONSTANT, value=255))
    assert change.kind == "bordered"
    assert change.frame == pytest.approx((-0.1, 1.2, 0, 1.05), abs=0.02)


def test_cropped_says_where(rng):
    head = drawn_head(rng)
    change = change_of(head, head[30:180, 4:160])
    assert change.kind == "cropped"
    assert change.frame == pytest.approx((0.15, 0.9, 0.02, 0.8), abs=0.02)


def test_windowed(rng):
    head = drawn_head(rng)
    assert change_of(head, (255 * (head / 255.0) ** 0.5).astype(np.uint8)).kind == "windowed"
    assert change_of(head, (head * 0.6).astype(np.uint8)).kind == "windowed"


VIEWS = ["reencoded", "flipped", "flipped", "turned", "flipped+turned", "turned", "turned", "flipped+turned"]


@pytest.mark.parametrize(("view", "kind"), list(enumerate(VIEWS)))
def test_views_are_named(rng, view, kind):
    head = drawn_head(rng)
    back = (0, 1, 2, 3, 4, 6, 5, 7)[view]
    assert change_of(head, ph.turn(head, back), view).kind == kind


def test_turned_and_cut_copy_is_described_in_the_frame_of_the_first(rng):
    head = drawn_head(rng)
    cut = np.rot90(head[:, 10:])
    found = {change_of(head, cut, view).frame for view in (5, 6) if _fits(head, cut, view)}
    assert len(found) == 1
    assert found.pop() == pytest.approx((0, 1, 0.05, 1), abs=0.02)


def _fits(first, second, view):
    one, other = digest_pixels(first), digest_pixels(second)
    likeness = compare(one.thumbnail, np.asarray(ph.turn(other.thumbnail, view), np.uint8), 0, 96)
    return likeness is not None and likeness.score > 0.5
