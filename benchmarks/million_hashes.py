"""Cluster 10^4, 10^5 and 10^6 hashes with planted near pairs: seconds, memory, and how the cost grows.

Each size runs in a fresh process. One hash in ten is a copy of another with 5 % of its 256 bits flipped; the others
come in loose families (25 % of the bits flipped), as images of one organ do.

    python -m benchmarks.million_hashes
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.environment import ROOT, environment
from benchmarks.figures import FOLDER
from medcurate.curate.duplicates.hash_search import cluster_hashes

SIZES = (10_000, 100_000, 1_000_000)
FLIPPED, FAMILY, FAMILY_FLIPPED, MAX_DISTANCE = 0.05, 50, 0.25, 36


def main() -> None:
    """Run each size, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, help="run this one in this process and print it")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options = parser.parse_args()
    if options.size:
        print(json.dumps(measure(options.size)))
        return
    runs = []
    for size in map(int, options.sizes.split(",")):
        command = [sys.executable, "-m", "benchmarks.million_hashes", "--size", str(size)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
        print(runs[-1], flush=True)
    n, seconds = (np.log([run[name] for run in runs]) for name in ("n", "cpu_seconds"))
    slope = float(np.polyfit(n, seconds, 1)[0]) if len(runs) > 1 else None
    figures = {"runs": runs, "exponent": slope, "environment": environment()}
    results = Path(os.environ.get(FOLDER, Path(__file__).parent / "results"))
    (results / "million-hashes.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


def measure(n: int) -> dict[str, Any]:
    """Cluster `n` hashes."""
    rng = np.random.default_rng(0)
    copies = n // 10
    hashes = np.empty((n, 32), np.uint8)
    centers = rng.integers(0, 256, (-(-n // FAMILY), 32), dtype=np.uint8)
    for start in range(0, n, FAMILY * 100):
        stop = min(start + FAMILY * 100, n)
        flips = np.packbits(rng.random((stop - start, 256)) < FAMILY_FLIPPED, axis=1)
        hashes[start:stop] = centers[np.arange(start, stop) // FAMILY] ^ flips
    source = rng.choice(n - copies, copies, replace=False)
    for start in range(0, copies, 10_000):
        part = source[start : start + 10_000]
        flips = np.packbits(rng.random((len(part), 256)) < FLIPPED, axis=1)
        hashes[n - copies + start :][: len(part)] = hashes[part] ^ flips
    hashes = hashes[order := rng.permutation(n)]
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    began, cpu = perf_counter(), _cpu()
    label = cluster_hashes(hashes, max_distance=MAX_DISTANCE)
    seconds, cpu = perf_counter() - began, _cpu() - cpu
    return {
        "n": n,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "recall": float((label[place[n - copies :]] == label[place[source]]).mean()),
        "planted": copies,
        "clusters": len(np.unique(label)),
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
