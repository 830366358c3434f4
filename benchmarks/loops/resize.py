"""Only read, scale and write all JPEGs of a folder: ``python resize.py FOLDER OUT THREADS SIZE``."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2


def main(folder: str, out: str, threads: str, size: str) -> None:
    """Write each file as a gray PNG with OpenCV, as many at a time as there are threads."""
    cv2.setNumThreads(1)  # one thread a file, as many files as threads
    target = Path(out)
    target.mkdir(parents=True, exist_ok=True)
    side = int(size)

    def convert(entry: tuple[int, Path]) -> bool:
        number, path = entry
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
        return cv2.imwrite(str(target / f"{number}.png"), small)

    with ThreadPoolExecutor(int(threads)) as pool:
        print(sum(pool.map(convert, enumerate(sorted(Path(folder).rglob("*.jpg"))))))


if __name__ == "__main__":
    main(*sys.argv[1:])
