"""Only read and decode all JPEGs of a folder: ``python decode.py FOLDER THREADS color|gray``."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np


def main(folder: str, threads: str, mode: str) -> None:
    """Decode each file with OpenCV, as many at a time as there are threads."""
    cv2.setNumThreads(1)  # one thread a file, as many files as threads
    flag = {"color": cv2.IMREAD_COLOR, "gray": cv2.IMREAD_GRAYSCALE}[mode]

    def decode(path: Path) -> int:
        return cv2.imdecode(np.fromfile(path, np.uint8), flag).size

    with ThreadPoolExecutor(int(threads)) as pool:
        total = sum(pool.map(decode, sorted(Path(folder).rglob("*.jpg"))))
    print(total)


if __name__ == "__main__":
    main(*sys.argv[1:])
