"""Precision, recall, density and coverage of 10,000 against 10,000 images: seconds and peak memory, compared with prdc.

    python -m benchmarks.fidelity_speed [--n 10000] [--widths 132,2048] [--rounds 3] [--peer-python PATH]

Each run is a separate process; ours and the peer alternate on the same features.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import LOOPS
from benchmarks.figures import Figure, Result, Table, ratios

K = 5
TIMES = 3
"""How many times as fast as prdc it is to be."""
MOST_MIB = 512


def features(n: int, width: int) -> dict[str, np.ndarray]:
    """Make features of two sides that overlap in part, in float32 as encoders give them."""
    rng = np.random.default_rng(0)
    spread = np.linspace(2, 0.1, width)
    real = rng.normal(size=(n, width)) * spread
    generated = rng.normal(0.05, 1.05, (n, width)) * spread
    return {"real": real.astype(np.float32), "generated": generated.astype(np.float32)}


def run(python: str, way: str, path: Path) -> dict[str, Any]:
    """Run one way in a process of its own."""
    command = [python, str(LOOPS / "manifold.py"), way, str(path), str(K)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{way}: exit code {done.returncode}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    print(way, f"{found['seconds']:.2f} s, {found['kib'] / 1024:.0f} MiB", found["values"], flush=True)
    return found


def measure(n: int, width: int, rounds: int, peer_python: str) -> list[Figure]:
    """Return the figures of one width of features."""
    runs: dict[str, list[dict[str, Any]]] = {"medcurate": [], "prdc": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.npz"
        made = features(n, width)
        np.savez(path, **made)
        size = sum(side.nbytes for side in made.values()) / 2**20
        for _ in range(rounds):
            for way, python in (("medcurate", sys.executable), ("prdc", peer_python)):
                runs[way].append(run(python, way, path))
    apart = max(abs(runs["medcurate"][0]["values"][name] - value) for name, value in runs["prdc"][0]["values"].items())
    seconds = {way: [one["seconds"] for one in found] for way, found in runs.items()}
    column = f"{width} features"
    figures = [
        ratios("times as fast as prdc", seconds["medcurate"], seconds["prdc"], n=rounds, column=column, at_least=TIMES)
    ]
    for way, found in runs.items():
        peaks = [one["kib"] / 1024 for one in found]
        took = seconds[way]
        figures += [
            Figure(name=f"seconds, {way}", value=float(np.median(took)), low=min(took), high=max(took), n=rounds,
                   unit="s", column=column),
            Figure(name=f"peak memory, {way}", value=float(np.median(peaks)), low=min(peaks), high=max(peaks), n=rounds,
                   unit="MiB", column=column, at_most=MOST_MIB if way == "medcurate" else None),
        ]  # fmt: skip
    return [
        *figures,
        Figure(name="size of the features", value=size, n=1, unit="MiB", column=column),
        Figure(name="largest difference of a value", value=apart, n=4, unit="", column=column, at_most=1e-3),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--widths", default="132,2048")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable, help="a Python that has prdc")
    given = parser.parse_args()
    widths = [int(width) for width in given.widths.split(",")]
    figures = [figure for width in widths for figure in measure(given.n, width, given.rounds, given.peer_python)]
    table = Table(
        title=f"Precision, recall, density and coverage of {given.n:,} against {given.n:,} images",
        counts="runs, each a process of its own",
        interval="95 % bootstrap over runs for the ratio; else smallest to largest run",
        figures=figures,
        notes=["Features drawn from normal distributions, float32; k = 5. Ours and prdc 0.2 took turns."],
    )
    Result(name="fidelity-speed", tables=[table], settings={"n": given.n, "k": K, "rounds": given.rounds}).write()


if __name__ == "__main__":
    main()
