"""Shape and depth from headers agree with the pixels, in every format that a dataset may hold."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.dataset.files import read_image
from medcurate.dataset.image_header import read_header


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        *((".png", "uint8"), (".png", "uint16"), (".tif", "uint8"), (".tif", "uint16")),
        *((".jpg", "uint8"), (".bmp", "uint8"), (".webp", "uint8")),
    ],
)
def test_the_header_agrees_with_the_pixels(tmp_path, rng, suffix, kind):
    path = tmp_path / f"a{suffix}"
    assert cv2.imwrite(str(path), rng.integers(0, np.iinfo(kind).max, (12, 17), kind))
    pixels, header = read_image(path), read_header(path)
    assert (header.height, header.width, header.bits) == (*pixels.shape, 8 * pixels.itemsize)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"no image at all", b"II*\x00\xff\xff\xff\xff"])
def test_what_is_no_image_has_no_header(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert read_header(tmp_path / "a.png") is None
    assert read_header(tmp_path / "missing.png") is None
