"""Contact sheets: nothing overlaps, nothing is cut that matters."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from medcurate.curate.review.contact_sheet import (
    CAPTION,
    COLUMNS,
    GAP,
    HEADER,
    MARGIN,
    TILE,
    Tile,
    confidence_color,
    contact_sheet,
    encode,
    short_names,
    shorten,
)


def tile(value: int, **more: object) -> Tile:
    image = np.full((TILE, TILE // 2), value, np.uint8)
    return Tile(**{"image": image, "confidence": 0.7, "note": "classifier", "path": "a/b.png"} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [1, COLUMNS, COLUMNS + 1, 120])
def test_tiles_stand_in_reading_order_with_their_aspect(n: int) -> None:
    sheet = np.asarray(contact_sheet("axial", "n images", [tile(100 + i) for i in range(n)]))
    assert sheet.shape[0] == HEADER + -(-n // COLUMNS) * (TILE + CAPTION + GAP) - GAP + MARGIN
    for i in range(n):
        top, left = HEADER + i // COLUMNS * (TILE + CAPTION + GAP), MARGIN + i % COLUMNS * (TILE + GAP)
        well = sheet[top : top + TILE, left : left + TILE]
        assert (well[:, TILE // 4 : TILE // 4 + TILE // 2] == 100 + i).all()
        assert (well[:, : TILE // 4] == 0).all()


def test_an_outlined_image_is_set_apart_and_its_neighbor_is_not() -> None:
    plain, outlined = (
        np.asarray(contact_sheet("axial", "", [tile(0, outlined=flag), tile(0)])) for flag in (False, True)
    )
    changed = np.flatnonzero((plain != outlined).any(axis=(0, 2)))
    assert (changed.min(), changed.max()) == (MARGIN, MARGIN + TILE - 1)


def test_an_image_that_is_gone_and_a_sheet_without_images() -> None:
    gone = np.asarray(contact_sheet("axial", "", [tile(0, image=None)]))
    black = np.asarray(contact_sheet("axial", "", [tile(0)]))
    assert gone.shape == black.shape
    assert not np.array_equal(gone, black)
    assert np.asarray(contact_sheet("axial", "no images", [])).max() > 100


def test_a_number_is_drawn_over_the_corner() -> None:
    with_number = np.asarray(contact_sheet("", "", [tile(0, number=12)]))
    without = np.asarray(contact_sheet("", "", [tile(0)]))
    changed = np.argwhere((with_number != without).any(axis=2))
    assert changed.min(axis=0).tolist() >= [HEADER, MARGIN]
    assert (changed.max(axis=0) < [HEADER + 24, MARGIN + 40]).all()


@pytest.mark.parametrize("confidence", [0.0, 0.004, 0.5, 0.999, 1.0])
def test_every_confidence_can_be_drawn(confidence: float) -> None:
    contact_sheet("axial", "", [tile(0, confidence=confidence)])


def test_colors_tell_sure_from_doubtful() -> None:
    assert len({confidence_color(value) for value in (0.3, 0.7, 0.95)}) == 3


@pytest.mark.parametrize("keep_end", [True, False])
def test_text_is_cut_to_the_width_and_says_so(keep_end: bool) -> None:
    text = "abcdefghijklmnopqrstuvwxyz" * 20
    short = shorten(text, 12, 100, keep_end=keep_end)
    assert short.endswith("xyz") is keep_end
    assert "…" in short
    assert len(short) < 40
    assert shorten("abc", 12, 100, keep_end=keep_end) == "abc"
    assert shorten("a\x00b\n", 12, 100, keep_end=keep_end) == "a?b?"


@pytest.mark.parametrize(
    ("path", "names"),
    [("a.png", ("", "a.png")), ("x/y/a.png", ("y", "a.png")), ("y/z.zip!a.png", ("z.zip", "a.png"))],
)
def test_names(path: str, names: tuple[str, str]) -> None:
    assert short_names(path) == names


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_files_decode_and_are_the_same_for_the_same_sheet(suffix: str) -> None:
    sheet = contact_sheet("axial", "", [tile(200)])
    data = encode(sheet, suffix)
    assert data == encode(contact_sheet("axial", "", [tile(200)]), suffix)
    assert Image.open(io.BytesIO(data)).size == sheet.size
