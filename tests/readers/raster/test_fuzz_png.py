from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.readers import mutations


@pytest.fixture
def seeds(rng):
    gray = cv2.imencode(".png", rng.integers(0, 256, (8, 8), dtype=np.uint8))[1].tobytes()
    wide = cv2.imencode(".png", rng.integers(0, 65536, (8, 8, 4), dtype=np.uint16))[1].tobytes()
    palette = io.BytesIO()
    Image.fromarray(rng.integers(0, 4, (8, 8), dtype=np.uint8)).convert("P").save(palette, "PNG")
    return [gray, wide, palette.getvalue()]


def with_valid_checksums(data: bytes) -> bytes:
    """Repair the checksums of a damaged PNG, so that the damage reaches the decoder."""
    parts, position = [data[:8]], 8
    while position + 8 <= len(data):
        length = min(struct.unpack_from(">I", data, position)[0], len(data))
        body = data[position + 4 : position + 8 + length]
        parts += [struct.pack(">I", max(0, len(body) - 4)), body, struct.pack(">I", zlib.crc32(body))]
        position += 12 + length
    return b"".join(parts)


def test_mutations_of_png_never_escape(fuzz, seeds):
    outcomes = fuzz(seeds, "x.png", mutations.MUTATIONS // 2)
    assert {"DECODE", "TRUNCATED", "BAD_HEADER"} <= set(outcomes)


def test_mutations_of_png_with_valid_checksums_never_escape(seeds):
    outcomes = {
        mutations.outcome(with_valid_checksums(mutations.mutated(seeds[number % 3], number)), "x.png")
        for number in range(mutations.MUTATIONS)
    }
    assert {"read", "DECODE", "TRUNCATED", "BAD_HEADER", "BOMB"} <= outcomes
