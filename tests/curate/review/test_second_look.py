"""Colored JPEG files are noted: all of them by scan, the doubtful ones by sort_planes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate import scan, sort_planes
from medcurate.errors import Code
from medcurate.readers.options import ReadOptions
from medcurate.readers.raster import jpeg


def _screenshot(rng: np.random.Generator) -> np.ndarray:
    """Draw a page with colored boxes and text, no brain."""
    page = np.full((240, 320, 3), 245, np.uint8)
    for _ in range(6):
        start = rng.integers(0, 200, 2)
        color = rng.integers(0, 255, 3).tolist()
        cv2.rectangle(page, start.tolist(), (start + rng.integers(10, 90, 2)).tolist(), color, -1)
        cv2.putText(page, "Save as", start.tolist(), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (200, 30, 30), 1)
    return page


@pytest.fixture
def folder(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Give a folder with a colored and a gray JPEG of the same page, both of three components."""
    root = tmp_path / "in"
    root.mkdir()
    page = _screenshot(rng)
    cv2.imwrite(str(root / "color.jpg"), page)
    cv2.imwrite(str(root / "gray.jpg"), cv2.cvtColor(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))
    (root / "cut.jpg").write_bytes((root / "color.jpg").read_bytes()[:2000])
    return root


def _notes(catalogue) -> dict[str, str]:
    table = catalogue.to_table()
    return dict(zip(table.column("path").to_pylist(), table.column("notes").to_pylist(), strict=True))


@pytest.mark.parametrize("run", [scan, sort_planes])
def test_bad_input_57_a_colored_screenshot_is_noted(folder, tmp_path, run):
    notes = _notes(run([folder], tmp_path / "out", workers=0, progress=False).catalogue)
    assert notes == {"color.jpg": Code.COLOR.value, "gray.jpg": ""}


def test_asked_not_to_look_the_reader_does_not(folder):
    from medcurate.curate.sources.inputs import Item, walk

    items = {item.path: item for item in walk([folder]) if isinstance(item, Item)}
    blob = items["color.jpg"].blob()
    assert next(jpeg.read(blob, ReadOptions())).facts.notes == (Code.COLOR,)
    assert next(jpeg.read(blob, ReadOptions(check_color=False))).facts.notes == ()


def test_has_color_of_what_is_no_jpeg(folder):
    assert jpeg.has_color((folder / "color.jpg").read_bytes())
    assert not jpeg.has_color((folder / "gray.jpg").read_bytes())
    assert not jpeg.has_color(b"\xff\xd8\xffnothing")
