"""Cluster 10^4, 10^5 and 10^6 hashes with planted near pairs: seconds, memory, and how the cost grows.

Each size runs in a new process. One hash in ten is a copy of another with 5 % of its 256 bits flipped; the others come
in loose families (25 % of the bits flipped), as images of one organ do.

    python -m benchmarks.million_hashes
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table
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
    as_result(runs).write()


def as_result(runs: list[dict[str, Any]]) -> Result:
    """Make tables of runs of growing size."""
    sizes = [
        figure
        for run in runs
        for figure in (
            Figure(name=f"{run['n']:,} hashes", column="CPU time", value=run["cpu_seconds"], n=run["n"], unit="s"),
            Figure(
                name=f"{run['n']:,} hashes",
                column="peak memory",
                value=run["peak_rss_mib"],
                n=run["n"],
                unit="MiB",
                at_most=2048,
            ),
            Figure(
                name=f"{run['n']:,} hashes",
                column="planted copies found",
                value=100 * run["recall"],
                n=run["planted"],
                unit="%",
            ),
        )
    ]
    n, seconds = (np.log([run[name] for run in runs]) for name in ("n", "cpu_seconds"))
    slopes = [Figure(name="all sizes", value=float(np.polyfit(n, seconds, 1)[0]), n=len(runs), unit="")]
    slopes += [
        Figure(name=f"{runs[at]['n']:,} to {runs[at + 1]['n']:,}", value=float(step), n=2, unit="")
        for at, step in enumerate(np.diff(seconds) / np.diff(n))
    ]
    return Result(
        name="million-hashes",
        settings={"bits": 256, "planted": "one in ten", "flipped bits of a copy": FLIPPED},
        tables=[
            Table(
                title="Clusters of many hashes",
                counts="hashes; of the copies found, planted copies",
                interval="none: one run a size, each in a process of its own",
                figures=sizes,
                notes=["Made hashes in families that resemble each other, as slices do; one query a hash."],
            ),
            Table(
                title="Exponent of the cost (comparing all pairs: 2)",
                counts="sizes",
                interval="none",
                figures=slopes,
            ),
        ],
    )


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
