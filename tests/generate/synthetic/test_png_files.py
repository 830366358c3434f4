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
from medcurate.generate.synthetic.png_files import as_images, encode, image_id, make_png
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
    assert as_images(np.zeros((5, 4, 3), np.uint8), 0).shape == (5, 4, 3)
    assert as_images(np.zeros((5, 4, 3, 1), np.uint16), 0).shape == (5, 4, 3)
    assert as_images(np.zeros((5, 4, 3, 3), np.uint8), 0).shape == (5, 4, 3, 3)


def test_contrasts_of_a_draw_come_after_each_other(rng):
    drawn = rng.integers(0, 256, (3, 4, 5, 2), np.uint8)
    found = as_images(drawn, 2)
    assert found.shape == (6, 4, 5)
    for k, image in enumerate(found):
        np.testing.assert_array_equal(image, drawn[k // 2, ..., k % 2])


@pytest.mark.parametrize(
    ("images", "contrasts"),
    [
        (np.zeros((5, 4, 3, 2), np.uint8), 0),
        (np.zeros((5, 4, 3)), 0),
        (np.zeros((4, 3), np.uint8), 0),
        (np.zeros((5, 4, 3, 3), np.uint16), 0),
        (np.zeros((5, 4, 3, 3), np.uint8), 2),
        (np.zeros((5, 4, 3, 2)), 2),
    ],
)
def test_what_a_png_cannot_hold(images, contrasts):
    with pytest.raises(UsageError, match=r"expected uint8 or uint16|1 or 3 channels"):
        as_images(images, contrasts)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_file_says_its_sizes_and_bits(kind, rng):
    pixels = rng.integers(0, 256, (8, 9)).astype(kind)
    made = make_png(pixels, {"synthetic": "true"})
    assert made.id == image_id(pixels)
    assert dict(made.columns) == {
        "format": "png",
        "kind": "image",
        "height": 8,
        "width": 9,
        "bit_depth": 8 * np.dtype(kind).itemsize,
    }
    with Image.open(io.BytesIO(made.content)) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
