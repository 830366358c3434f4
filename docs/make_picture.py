"""Make the pictures of README: ``python docs/make_picture.py medcurate-demo`` after ``make demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from medcurate.catalogue import Catalogue
from medcurate.curate.review.thumbnails import displayable
from medcurate.curate.sources.row_pixels import read_rows, row_files
from medcurate.pictures import fit, grid
from medcurate.readers.options import ReadOptions

IMAGES = Path(__file__).parent / "images"
STRIP = 270  # pixels of a contact sheet: its heading and one row
WIDTH = 1400
TILE, GAP, CAPTION = 168, 8, 34
FORMATS = ("dicom", "mat", "jpeg", "png", "tiff", "dicom", "jpeg", "mat")

Gray = NDArray[np.uint8]


def main(demo: Path) -> None:
    """Make the pictures."""
    _write("sorted.jpg", sorted_planes(demo))
    _write("before_after.jpg", before_after(demo))
    _write("generated.jpg", np.asarray(Image.open(demo / "generated.png")))


def sorted_planes(demo: Path) -> NDArray[np.uint8]:
    """Lay the first rows of the three contact sheets below one another."""
    sheets = [
        cv2.imread(str(demo / "result" / "review" / f"{plane}.jpg")) for plane in ("axial", "coronal", "sagittal")
    ]
    picture = np.vstack([sheet[:STRIP] for sheet in sheets])
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    return np.asarray(cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def before_after(demo: Path) -> NDArray[np.uint8]:
    """Show images of every format as they were, and below them as they are in the dataset."""
    columns = list(_pairs(demo))
    page = Image.new("L", (len(columns) * (TILE + GAP) + GAP, 2 * (TILE + GAP) + GAP + CAPTION), 28)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for number, (name, _, _) in enumerate(columns):
        draw.text((GAP + number * (TILE + GAP), GAP), name, fill=230, font=font)
    tiles = np.stack([fit(column[row], TILE, pad=True) for row in (1, 2) for column in columns])
    page.paste(Image.fromarray(grid(tiles, len(columns), gap=GAP, fill=28)), (GAP, CAPTION))
    return np.asarray(page.convert("RGB"))[:, :, ::-1]


def _pairs(demo: Path) -> list[tuple[str, Gray, Gray]]:
    """Choose images of the formats, one a column, none twice."""
    kept = Catalogue.open(demo / "dataset").filter(status="kept", kind="image")
    rows = kept.to_table(["path", "original_path", "original_id"]).to_pylist()
    made = {row["original_id"]: demo / "dataset" / row["path"] for row in rows}
    found: dict[str, list[tuple[str, Gray, Gray]]] = {}
    wanted = Catalogue.open(demo / "result").to_table(["image_id", "kind"]).to_pylist()
    for file in row_files(demo / "result", lambda batch: batch.column("kind").is_valid(), ("kind",)):
        rows_here = [row for row in file.rows if wanted[row]["kind"] == "image" and wanted[row]["image_id"] in made]
        if file.item is None or not rows_here:
            continue
        for row, frame in read_rows(file._replace(rows=tuple(rows_here)), ReadOptions()):
            after = cv2.imread(str(made[wanted[row]["image_id"]]), cv2.IMREAD_GRAYSCALE)
            before = displayable(frame.pixels, as_is=frame.facts.format in ("jpeg", "png", "tiff"))
            name = f"{frame.facts.format.upper()} {before.shape[1]} x {before.shape[0]}"
            found.setdefault(frame.facts.format, []).append((name, before, np.asarray(after, np.uint8)))
    return [found[name].pop(len(found[name]) // 2) for name in FORMATS if found.get(name)]


def _write(name: str, picture: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(IMAGES / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
