"""Make the picture of README: ``python docs/make_picture.py medcurate-demo`` after ``make demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

STRIP = 270  # pixels of a contact sheet: its heading and one row
WIDTH = 1400


def main(demo: Path) -> None:
    """Lay the first rows of the three contact sheets below one another."""
    sheets = [
        cv2.imread(str(demo / "result" / "review" / f"{plane}.jpg")) for plane in ("axial", "coronal", "sagittal")
    ]
    picture = np.vstack([sheet[:STRIP] for sheet in sheets])
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(Path(__file__).parent / "images" / "sorted.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
