"""The headers of JPEG, PNG and TIFF files read by medcurate's own parsers, compared with Pillow's lazy open.

300 files per format, 256 to 512 pixels a side, made from a seed. Processor time, the best of five rounds. Ours verifies
each checksum of a PNG and lists every page of a TIFF, as a scan needs before it decodes.

    python -m benchmarks.header_readers
"""

from __future__ import annotations

import io
import time

import numpy as np
from PIL import Image

from medcurate.readers.options import DEFAULT_OPTIONS
from medcurate.readers.raster import jpeg_header, png, tiff_header

FILES, ROUNDS, ORIENTATION = 300, 5, 0x0112
OURS = {
    "JPEG": jpeg_header.parse_header,
    "PNG": lambda data: png.parse_header(data, DEFAULT_OPTIONS),
    "TIFF": lambda data: list(tiff_header.page_sizes(data)),
}


def make(kind: str) -> list[bytes]:
    """Return files of a format, every second one in color, with an orientation where the format has one."""
    rng = np.random.default_rng(0)
    files = []
    for number in range(FILES):
        gray = np.kron(rng.integers(0, 255, (32, 32)), np.ones((8 + number % 9,) * 2)).astype(np.uint8)
        exif = Image.Exif()
        exif[ORIENTATION] = 1 + number % 8
        target = io.BytesIO()
        more = {} if kind == "TIFF" else {"exif": exif}
        Image.fromarray(gray if number % 2 else np.stack([gray] * 3, axis=-1)).save(target, kind, **more)
        files.append(target.getvalue())
    return files


def by_pillow(kind: str, data: bytes) -> object:
    """Read size, mode and orientation, and of a TIFF the size of each page."""
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if kind != "TIFF":
            return image.size, image.mode, image.getexif().get(ORIENTATION, 1)
        sizes = []
        for page in range(image.n_frames):
            image.seek(page)
            sizes.append(image.size)
        return sizes


def microseconds(read, files: list[bytes]) -> float:
    """Return the time per file."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for data in files:
            read(data)
        times.append(time.process_time() - began)
    return min(times) / len(files) * 1e6


def main() -> None:
    """Print one line per format."""
    for kind, ours in OURS.items():
        files = make(kind)
        own, pillow = microseconds(ours, files), microseconds(lambda data, kind=kind: by_pillow(kind, data), files)
        print(f"{kind}: {own:.1f} us per header, Pillow {pillow:.1f} us: {pillow / own:.1f} times")


if __name__ == "__main__":
    main()
