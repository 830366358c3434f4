"""Time to read a DICOM header alone: medcurate's walk compared with pydicom, on the same bytes in memory.

``python -m benchmarks.dicom_headers --data DIR [--rounds 15]``. Both run alternately in one thread of this process, and
processor time is measured, so that other work on the machine has little influence. pydicom reads up to the pixel data,
once with all elements and once with only those that medcurate collects; it parses values lazily, as the walk does.
"""

from __future__ import annotations

import argparse
import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom

from benchmarks.figures import Figure, Result, Table, bootstrap, ratios
from benchmarks.test_dicom import originals
from medcurate.readers.dicom import tags
from medcurate.readers.dicom.header import skim

TAGS = sorted(tags.WANTED.elements | tags.WANTED.sequences)


def walk(content: bytes) -> object:
    """Collect the wanted elements with medcurate's walk."""
    return skim(content, tags.WANTED, zlib.decompress)


def whole_header(content: bytes) -> object:
    """Read all elements before the pixel data with pydicom."""
    return pydicom.dcmread(BytesIO(content), stop_before_pixels=True)


def wanted_header(content: bytes) -> object:
    """Read the wanted elements before the pixel data with pydicom."""
    return pydicom.dcmread(BytesIO(content), stop_before_pixels=True, specific_tags=TAGS)


WAYS: dict[str, Callable[[bytes], object]] = {
    "medcurate": walk,
    "`dcmread(stop_before_pixels=True)`": whole_header,
    "`dcmread(stop_before_pixels=True, specific_tags=...)`": wanted_header,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dicom_headers")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    contents = [path.read_bytes() for path in originals(given.data, single=False)]
    warnings.simplefilter("ignore")
    took = measure(contents, given.rounds)
    Result(name="dicom-headers", settings={"rounds": given.rounds}, tables=[table(took, len(contents))]).write()
    return 0


def measure(contents: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Return the processor seconds of each round per way; a first round of each is a warm-up."""
    took: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(rounds + 1):
        for name, read in WAYS.items():
            began = time.process_time()
            for content in contents:
                read(content)
            if number:
                took[name].append(time.process_time() - began)
    return took


def table(took: dict[str, list[float]], n: int) -> Table:
    """Return microseconds per file, and how many times as fast the walk is."""
    figures = [microseconds(name, seconds, n) for name, seconds in took.items()]
    ours = took["medcurate"]
    figures += [
        ratios(f"medcurate compared with {name}", ours, seconds, n=n)
        for name, seconds in took.items()
        if name != "medcurate"
    ]
    note = (
        "Processor time, one thread, files of seven sources in memory, multi-frame included. Opening files and "
        "decoding pixels do not count, unlike in the tables of `scan`."
    )
    return Table(
        title="Header of a DICOM file",
        counts="files per round; the ways alternate",
        interval="bootstrap over rounds, 95 %",
        figures=figures,
        notes=[note],
    )


def microseconds(name: str, seconds: Sequence[float], n: int) -> Figure:
    """Make a figure of microseconds per file: median of the rounds, bootstrapped over rounds."""
    values = np.asarray(seconds) / n * 1e6
    low, high = bootstrap([values], lambda groups: float(np.median(groups[0])), seed=0)
    return Figure(name=name, value=float(np.median(values)), low=low, high=high, n=n, unit="µs")


if __name__ == "__main__":
    raise SystemExit(main())
