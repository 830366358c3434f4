"""Deterministic damage, and what a reader makes of it; also a script that does so in a process of its own."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np

from medcurate.errors import Code, InputError
from medcurate.readers import Blob, ReadOptions, read

SEED = 20261121
MUTATIONS = int(os.environ.get("MEDCURATE_FUZZ", "20000"))
"""Per format, the same in each run."""
OPTIONS = ReadOptions(max_pixels=2**18, max_volume_voxels=2**20, max_inflated_bytes=2**24)
BYTES = (0, 1, 0x7F, 0x80, 0xFF)
WORDS = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(seed: bytes, number: int) -> bytes:
    """Damage a file in one to four places, half of them in its first 600 bytes, where headers are."""
    rng = np.random.default_rng((SEED, number))
    data = bytearray(seed)
    for _ in range(int(rng.integers(1, 5))):
        reach = min(len(data), 600) if rng.random() < 0.5 else len(data)
        if reach < 2:
            break
        _damage(data, int(rng.integers(reach)), rng)
    return bytes(data)


def _damage(data: bytearray, at: int, rng: np.random.Generator) -> None:
    kind, many = int(rng.integers(7)), int(rng.integers(1, 33))
    if kind == 0:
        data[at] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        data[at] = BYTES[int(rng.integers(len(BYTES)))]
    elif kind == 2:
        data[at] = int(rng.integers(256))
    elif kind == 3:
        size, order = int(rng.choice((2, 4))), ("big", "little")[int(rng.integers(2))]
        data[at : at + size] = (WORDS[int(rng.integers(len(WORDS)))] % 256**size).to_bytes(size, order)
    elif kind == 4:
        del data[at : at + many]
    elif kind == 5:
        start = int(rng.integers(len(data)))
        data[at:at] = data[start : start + many]
    else:
        del data[at:]


def outcome(data: bytes, name: str) -> str:
    """Read bytes; return ``read`` or the code. Anything but good frames or an `InputError` is raised."""
    blob = Blob(name, len(data), lambda: io.BytesIO(data))
    try:
        for frame in read(blob, OPTIONS):
            pixels = frame.pixels
            sane = pixels.ndim == 2 and pixels.size > 0 and pixels.flags.c_contiguous and np.isfinite(pixels).all()
            if not sane or pixels.dtype not in (np.uint8, np.int16, np.uint16, np.int32, np.float32):
                raise AssertionError(f"not canonical: {pixels.shape}, {pixels.dtype}")
    except InputError as error:
        if error.code is Code.INTERNAL:
            raise AssertionError(f"no code for {error.__cause__!r}") from error
        return str(error.code)
    return "read"


def main(path: Path, first: int, last: int) -> None:
    """Print the outcome of each mutation of a file, one a line, as soon as it is known."""
    seed = path.read_bytes()
    for number in range(first, last):
        print(outcome(mutated(seed, number), path.name), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
