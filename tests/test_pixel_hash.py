"""The identity of an image depends on its pixels alone."""

from __future__ import annotations

import hashlib

import numpy as np

from medcurate.pixel_hash import pixel_digest, volume_digest


def test_pixel_hash_depends_on_values_and_shape_only(rng):
    pixels = rng.integers(0, 256, (40, 32), np.uint8)
    same = [pixels.astype(t) for t in (np.uint16, np.int16, np.int32, np.int64, ">u2")] + [np.asfortranarray(pixels)]
    assert {pixel_digest(other) for other in same} == {pixel_digest(pixels)}
    different = [pixels.T, pixels.reshape(32, 40), pixels.astype(np.float32), pixels.astype(np.int16) - 1, pixels[:-1]]
    assert len({pixel_digest(other) for other in [pixels, *different]}) == 6
    assert pixel_digest(np.array([[True, False]])) == pixel_digest(np.array([[1, 0]], np.uint8))
    assert pixel_digest(np.ones((2, 2), ">f4")) == pixel_digest(np.ones((2, 2), np.float32))
    assert volume_digest([b"a", b"b"]) != volume_digest([b"ab"])


def test_pixel_hash_is_as_documented():
    expected = hashlib.sha256(b"medcurate-pixels-1 u1 2 3\n" + bytes(range(6))).digest()
    assert pixel_digest(np.arange(6, dtype=np.uint16).reshape(2, 3)) == expected
