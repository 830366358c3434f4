"""A generated image says of itself that it is one; its pixels are as drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from medcurate.dataset.files import encode_png, read_image
from medcurate.errors import UsageError
from medcurate.generate.synthetic.png import as_pictures, encode, image_id
from medcurate.pixel_hash import pixel_digest

LATIN = st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=20)


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.uint8, st.sampled_from([(1, 1), (7, 5), (9, 2), (1, 1, 3), (6, 5, 3)])),
    st.dictionaries(st.text("abcXYZ- ", min_size=1, max_size=20).map(lambda t: f"k{t}k"), LATIN, max_size=4),
)
def test_pillow_reads_pixels_and_words(pixels, words):
    content = encode(pixels, words)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert np.array_equal(np.asarray(image), pixels)
        assert image.text == words
    assert encode(pixels, words) == content


def test_without_words_it_is_what_other_datasets_have(rng):
    pixels = rng.integers(0, 256, (8, 9), np.uint8)
    assert encode(pixels, {}) == encode_png(pixels)


def test_our_own_reader_reads_it(tmp_path, rng):
    pixels = rng.integers(0, 256, (8, 9), np.uint8)
    (tmp_path / "a.png").write_bytes(encode(pixels, {"synthetic": "true"}))
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)
    assert image_id(pixels) == pixel_digest(read_image(tmp_path / "a.png")).hex()[:16]


@pytest.mark.parametrize("words", [{"": "x"}, {"k" * 80: "x"}, {"a": "\0"}, {"a\0": "x"}])
def test_words_that_the_format_cannot_hold(words):
    with pytest.raises(ValueError, match="expected a keyword of 1 to 79 characters"):
        encode(np.zeros((2, 2), np.uint8), words)


def test_one_channel_is_gray_and_three_are_color():
    assert as_pictures(np.zeros((5, 4, 3), np.uint8)).shape == (5, 4, 3)
    assert as_pictures(np.zeros((5, 4, 3, 1), np.uint8)).shape == (5, 4, 3)
    assert as_pictures(np.zeros((5, 4, 3, 3), np.uint8)).shape == (5, 4, 3, 3)


@pytest.mark.parametrize("images", [np.zeros((5, 4, 3, 2), np.uint8), np.zeros((5, 4, 3)), np.zeros((4, 3), np.uint8)])
def test_other_images_are_refused(images):
    with pytest.raises(UsageError, match=r"channels|expected uint8"):
        as_pictures(images)
