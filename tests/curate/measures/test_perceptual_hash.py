from __future__ import annotations

import cv2
import hypothesis.extra.numpy as hnp
import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from medcurate.curate.measures import perceptual_hash as ph
from tests.curate.drawn_heads import drawn_head


def distance(a: bytes, b: bytes) -> int:
    return int(np.bitwise_count(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)).sum())


def thumb(pixels):
    return ph.stretched(*ph.content(pixels, ph.content_box(pixels)))


def test_hash_is_that_of_imagehash_on_the_canonical_square(rng):
    picture = thumb(drawn_head(rng))
    square = cv2.equalizeHist(cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA))
    expected = imagehash.phash(Image.fromarray(square), hash_size=16, highfreq_factor=4)
    assert ph.turned_hashes(picture)[0].tobytes().hex() == str(expected)


@pytest.mark.parametrize("view", range(8))
def test_hashes_of_views_are_those_of_the_turned_picture(rng, view):
    picture = thumb(drawn_head(rng))
    turned = np.asarray(ph.turn(picture, view), np.uint8)
    assert distance(ph.turned_hashes(picture)[view].tobytes(), ph.turned_hashes(turned)[0].tobytes()) <= 2


def test_turn_gives_eight_different_views(rng):
    picture = thumb(drawn_head(rng))
    assert len({ph.turn(picture, view).tobytes() for view in range(8)}) == 8


def test_hash_does_not_depend_on_type_range_or_border(rng):
    head = drawn_head(rng)
    there = ph.hash_image(head)
    assert ph.hash_image(head.astype(np.uint16) * 17 + 300) == there
    assert ph.hash_image(head.astype(np.float32) / 3 - 40) == there
    for value in (0, 90, 255):
        framed = cv2.copyMakeBorder(head, 20, 5, 31, 12, cv2.BORDER_CONSTANT, value=value)
        assert distance(ph.hash_image(framed), there) <= 24


def test_hash_is_near_for_copies_and_far_for_others(rng):
    head, other = drawn_head(rng), drawn_head(rng)
    small = cv2.resize(head, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    bright = (255 * (head / 255.0) ** 0.6).astype(np.uint8)
    assert distance(ph.hash_image(head), ph.hash_image(small)) < 40
    assert distance(ph.hash_image(head), ph.hash_image(bright)) < 40
    assert distance(ph.hash_image(head), ph.hash_image(other)) > 60


def test_one_of_the_windows_is_near_to_a_copy_that_was_cut(rng):
    head = drawn_head(rng)
    box = ph.content_box(head)
    cut = head[box.top + 16 : box.bottom, box.left : box.right - 13]
    found = ph.window_hashes(thumb(head)) ^ ph.turned_hashes(thumb(cut))[0]
    bits = np.bitwise_count(found).sum(axis=1)
    assert ph.WINDOWS[int(bits.argmin())] == (ph.CUT, 0, 0, ph.CUT)
    assert bits.min() < 60 < bits[0]


def test_any_cut_of_up_to_a_tenth_is_near_to_a_window(rng):
    for _ in range(20):
        head = drawn_head(rng)
        box = ph.content_box(head)
        tall, wide = box.bottom - box.top, box.right - box.left
        top, bottom, left, right = (rng.uniform(0, 0.1, 4) * (tall, tall, wide, wide)).astype(int)
        cut = head[box.top + top : box.bottom - bottom, box.left + left : box.right - right]
        bits = np.bitwise_count(ph.window_hashes(thumb(head)) ^ ph.turned_hashes(thumb(cut))[0]).sum(axis=1)
        assert bits.min() < 72


def test_content_box_takes_borders_and_background_off(rng):
    head = drawn_head(rng)
    box = ph.content_box(head)
    framed = cv2.copyMakeBorder(head, 7, 9, 11, 13, cv2.BORDER_CONSTANT, value=128)
    there = ph.content_box(framed)
    moved = np.array(there) - (7, 7, 11, 11)
    assert np.abs(moved - np.array(box)).max() <= 2
    assert box.top > 5
    assert box.bottom < 195


def test_content_box_of_one_value_is_the_whole():
    assert ph.content_box(np.full((30, 40), 7, np.uint8)) == (0, 30, 0, 40)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
@settings(deadline=None, max_examples=60)
def test_every_image_has_a_hash(pixels):
    box = ph.content_box(pixels)
    assert 0 <= box.top < box.bottom <= pixels.shape[0]
    assert 0 <= box.left < box.right <= pixels.shape[1]
    assert len(ph.hash_image(pixels)) == ph.HASH_BYTES
