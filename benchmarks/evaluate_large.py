"""Time and memory of `medcurate evaluate` at several numbers of images: each part, and several parts in one run.

Real images are `sartaj`, each several times: turned, shifted, scaled and with another brightness, so that no two are
equal; synthetic ones are made in the same way, with other random numbers, and blurred a little. Half as many real
images may be trained with as are held out. Each run is a process of its own. `--against` names the ``src`` folder of
another commit: every run is then made with it, too, at the same time, so that both meet the same load of the machine.

    python -m benchmarks.evaluate_large --sizes 2000,10000
    python -m benchmarks.evaluate_large --sizes 2000 --parts fidelity+overlap+two_sample+privacy --against ../before/src
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from benchmarks.environment import ROOT, cores
from benchmarks.figures import Figure, Result, Table
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.evaluate.parts import PARTS
from medcurate.pictures import fit

PIXELS = 64
Runs = dict[tuple[int, str, str], "Run"]
"""By number of images, parts joined by a plus, and ``before`` or ``after``."""
SCRIPT = """
import sys
from medcurate.evaluate import evaluate
real, synthetic, out, parts = sys.argv[1:]
report = evaluate(real, synthetic, out=out, parts=parts.split("+"), progress=False)
print(", ".join(sorted({part["status"] for part in report.settings["parts"].values()})), len(report.metrics))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took.

    Attributes
    ----------
    wall_s, cpu_s : float
        From start to end, start-up and reading of images included; of all its processors together.
    peak_mib : float
        Of the process, as the kernel counted it.
    outcome : str
        Status of the parts and number of their metrics.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    outcome: str


def main() -> None:
    """Write images, measure each part at each size, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--sizes", default="2000,10000", help="held-out real, and as many synthetic, images")
    together = "fidelity+overlap+two_sample+privacy"
    parser.add_argument("--parts", default=",".join([*(kind.name for kind in PARTS), together]))
    parser.add_argument("--against", type=Path, help="the src folder of another commit")
    options = parser.parse_args()
    sizes, parts = [int(size) for size in options.sizes.split(",")], options.parts.split(",")
    sources = {"": ROOT / "src"} if options.against is None else {"before": options.against, "after": ROOT / "src"}
    runs: Runs = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            place = Path(folder) / str(size)
            write_images(options.data / "sartaj", place, size)
            for part in parts:
                with ThreadPoolExecutor() as pool:
                    waiting = {
                        label: pool.submit(measure, place, part, source, label) for label, source in sources.items()
                    }
                for label, found in waiting.items():
                    runs[size, part, label] = found.result()
                    print(f"{size:,} {part} {label}: {found.result()}", flush=True)
                settings = {"pixels": PIXELS, "cores": cores(), "load": os.getloadavg()[1]}
                name = "evaluate-large" if options.against is None else "evaluate-before-after"
                Result(name=name, settings=settings, tables=list(tables(runs))).write()


def write_images(source: Path, place: Path, size: int) -> None:
    """Write so many held-out and synthetic images, and half as many to train with."""
    images = Dataset.open(source)
    labels = images.rows.column("tumor").to_pylist()
    counts = (("real/train", size // 2, 1), ("real/test", size, 2), ("synthetic", size, 3))
    for side, count, seed in counts:
        rng = np.random.default_rng(seed)
        for number in range(count):
            row = int(rng.integers(len(images)))
            pixels = changed(fit(images.image(row), PIXELS, pad=True), rng, blur=0.4 if side == "synthetic" else 0.0)
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


def measure(place: Path, part: str, source: Path, label: str) -> Run:
    """Run one part, or several, in a process of their own, with the package in `source`."""
    arguments = [place / "real", place / "synthetic", place / f"report-{part}-{label}", part]
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    changed_environment = {**os.environ, "PYTHONPATH": str(source.resolve())}
    began = perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=changed_environment
    ) as process:
        outcome = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{part}: exit code {process.returncode}")
    return Run(perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, outcome.strip())


def tables(runs: Runs) -> Iterator[Table]:
    """Make one table of times and one of memory."""
    counts = "held-out real images, and as many synthetic ones; one run each"
    largest = max(size for size, _, _ in runs)
    outcomes = {f"{part} {label}".strip(): run.outcome for (size, part, label), run in runs.items() if size == largest}
    note = (
        f"{PIXELS} pixels a side. Start-up and reading of images are part of each run; each run is a process of "
        "its own with default settings. What each came to at the largest size (status, number of metrics): "
        f"{'; '.join(f'{name}: {outcome}' for name, outcome in outcomes.items())}."
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
                column=", ".join(word for word in (f"{size:,} images", label, column) if word),
            )
            for (size, part, label), found in runs.items()
            for unit, column, field in wanted
        ]
        yield Table(title=title, counts=counts, interval="none: one run each", figures=figures, notes=[note])


if __name__ == "__main__":
    main()
