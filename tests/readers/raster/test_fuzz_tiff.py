from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image


def test_mutations_of_tiff_never_escape(fuzz, rng):
    pages = [Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)) for _ in range(2)]
    paged, deflated = io.BytesIO(), io.BytesIO()
    pages[0].save(paged, "TIFF", save_all=True, append_images=pages[1:])
    Image.fromarray(rng.normal(size=(8, 8)).astype(np.float32)).save(deflated, "TIFF", compression="tiff_adobe_deflate")
    wide = cv2.imencode(".tiff", rng.integers(0, 65536, (8, 8, 3), dtype=np.uint16))[1].tobytes()
    outcomes = fuzz([paged.getvalue(), deflated.getvalue(), wide], "x.tif")
    assert {"read", "DECODE", "TRUNCATED", "BOMB"} <= set(outcomes)
