from __future__ import annotations

import io

import cv2
import numpy as np
import simplejpeg
from PIL import Image


def test_mutations_of_jpeg_never_escape(fuzz, rng):
    gray = rng.integers(0, 256, (8, 8, 1), dtype=np.uint8)
    color = rng.integers(0, 256, (16, 8, 3), dtype=np.uint8)
    progressive = cv2.imencode(".jpg", color, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    seeds = [simplejpeg.encode_jpeg(gray, 90, "GRAY"), simplejpeg.encode_jpeg(color, 90, "RGB"), progressive]
    cmyk, exif = io.BytesIO(), Image.Exif()
    exif[274] = 6
    Image.fromarray(color).convert("CMYK").save(cmyk, "JPEG", exif=exif)
    seeds.append(cmyk.getvalue())
    outcomes = fuzz(seeds, "x.jpg")
    assert {"read", "DECODE", "TRUNCATED", "BAD_HEADER"} <= set(outcomes)
