"""Time and memory of `medcurate evaluate`, part by part, each in a process of its own, at several numbers of images.

Real images are `sartaj`, each several times: turned, shifted, scaled and with another brightness, so that no two are
equal; synthetic ones are made in the same way, with other random numbers, and blurred a little. Half as many real
images may be trained with as are held out.

    python -m benchmarks.evaluate_large --sizes 2000,10000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from benchmarks.environment import ROOT, cores
from benchmarks.figures import Figure, Result, Table
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png, fitted
from medcurate.evaluate.parts import PARTS

PIXELS = 64
SCRIPT = """
import sys
from medcurate.evaluate import evaluate
real, synthetic, out, part = sys.argv[1:]
report = evaluate(real, synthetic, out=out, parts=[part], progress=False)
print(report.settings["parts"][part]["status"], len(report.metrics))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one part took.

    Attributes
    ----------
    wall_s, cpu_s : float
        From start to end, start-up and reading of images included; of all its processors together.
    peak_mib : float
        Of the process, as the kernel counted it.
    told : str
        Status of the part and number of its metrics.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    told: str


def main() -> None:
    """Write images, measure each part at each size, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--sizes", default="2000,10000", help="held-out real, and as many synthetic, images")
    parser.add_argument("--parts", default=",".join(kind.name for kind in PARTS))
    options = parser.parse_args()
    sizes, parts = [int(size) for size in options.sizes.split(",")], options.parts.split(",")
    runs: dict[int, dict[str, Run]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            place = Path(folder) / str(size)
            write_images(options.data / "sartaj", place, size)
            runs[size] = {}
            for part in parts:
                runs[size][part] = found = measure(place, part)
                print(f"{size:,} {part}: {found}", flush=True)
                settings = {"pixels": PIXELS, "cores": cores(), "load": os.getloadavg()[1]}
                Result(name="evaluate-large", settings=settings, tables=list(tables(runs))).write()


def write_images(source: Path, place: Path, size: int) -> None:
    """Write so many held-out and synthetic images, and half as many to train with."""
    images = Dataset.open(source)
    labels = images.rows.column("tumor").to_pylist()
    counts = (("real/train", size // 2, 1), ("real/test", size, 2), ("synthetic", size, 3))
    for side, count, seed in counts:
        rng = np.random.default_rng(seed)
        for number in range(count):
            row = int(rng.integers(len(images)))
            pixels = changed(fitted(images.image(row), PIXELS), rng, blur=0.4 if side == "synthetic" else 0.0)
            folder = place / side / labels[row]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.png").write_bytes(encode_png(pixels))


def changed(pixels: np.ndarray, rng: np.random.Generator, *, blur: float) -> np.ndarray:
    """Return the picture a little turned, scaled, shifted and brighter or darker."""
    turn = cv2.getRotationMatrix2D((PIXELS / 2, PIXELS / 2), rng.uniform(-12, 12), rng.uniform(0.9, 1.1))
    turn[:, 2] += rng.uniform(-3, 3, 2)
    moved = cv2.warpAffine(pixels.astype(np.float32), turn, (PIXELS, PIXELS))
    if blur:
        moved = cv2.GaussianBlur(moved, (0, 0), blur)
    brighter = 255 * (moved / 255) ** rng.uniform(0.8, 1.25) + rng.normal(0, 2, moved.shape)
    return np.clip(brighter, 0, 255).round().astype(np.uint8)


def measure(place: Path, part: str) -> Run:
    """Run one part in its own process."""
    arguments = [place / "real", place / "synthetic", place / f"report-{part}", part]
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    began = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{part}: exit code {process.returncode}")
    return Run(perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, told.strip())


def tables(runs: dict[int, dict[str, Run]]) -> Iterator[Table]:
    """Make one table of times and one of memory."""
    counts = "held-out real images, and as many synthetic ones; one run each"
    told = "; ".join(f"{part}: {run.told}" for part, run in next(reversed(runs.values())).items())
    note = (
        f"{PIXELS} pixels a side. Start-up and reading of images are part of each run; one process a part, default "
        f"settings. What each part came to at the largest size (status, number of metrics): {told}."
    )
    columns = {
        "Time of each part of `medcurate evaluate`": (("s", "wall", "wall_s"), ("s", "processors", "cpu_s")),
        "Peak memory of each part of `medcurate evaluate`": (("MiB", "", "peak_mib"),),
    }
    for title, wanted in columns.items():
        figures = [
            Figure(
                name=part,
                value=getattr(found, field),
                n=size,
                unit=unit,
                column=f"{size:,} images{', ' + column if column else ''}",
            )
            for size, parts in runs.items()
            for part, found in parts.items()
            for unit, column, field in wanted
        ]
        yield Table(title=title, counts=counts, interval="none: one run each", figures=figures, notes=[note])


if __name__ == "__main__":
    main()
