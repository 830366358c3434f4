"""Seconds and memory of overlap and two-sample test, from features to figures, at growing numbers of images.

``python -m benchmarks.overlap_size --sizes 1000,10000``. Each size runs in a process of its own, as peak memory never
falls. The peer is UMAP as its package offers it: with its own search of neighbors, imported with TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.figures import Figure, Result, Table

WIDTH = 92  # of the classical encoder, scaled
SEED = 0


def features(n: int) -> np.ndarray:
    """Draw features that spread over few directions, as those of images do; the second half is a little off."""
    rng = np.random.default_rng(SEED)
    found = rng.normal(size=(2 * n, 12)) @ rng.normal(size=(12, WIDTH)) + 0.3 * rng.normal(size=(2 * n, WIDTH))
    found[n:] += 0.05
    return found.astype(np.float32)


def steps(n: int) -> dict[str, Callable[[], Any]]:
    from medcurate.evaluate.neighbors import nearest
    from medcurate.evaluate.overlap.cluster_coverage import cluster_coverage
    from medcurate.evaluate.overlap.density_overlap import density_overlap
    from medcurate.evaluate.overlap.embedding import embed
    from medcurate.evaluate.overlap.neighbor_lists import NeighborLists, neighbor_shares
    from medcurate.evaluate.two_sample.told_apart import told_apart

    both = features(n)
    real, synthetic = both[:n], both[n:]
    kept: dict[str, Any] = {}

    def search() -> None:
        kept["near"] = nearest(both, both, 40, skip_self=True)
        kept["lists"] = NeighborLists.among(kept["near"][1], 5)

    def layout() -> None:
        kept["places"] = embed(both, kept["near"], neighbors=15, min_distance=0.1, seed=SEED)

    def compiled() -> None:
        few = nearest(both[:200], both[:200], 20, skip_self=True)
        embed(both[:200], few, neighbors=15, min_distance=0.1, seed=SEED)

    return {
        "import of UMAP and compilation": compiled,
        "search of neighbors": search,
        "UMAP": layout,
        "density overlap": lambda: density_overlap(kept["places"][:n], kept["places"][n:]),
        "neighbor shares": lambda: neighbor_shares(real, synthetic, lists=kept["lists"]),
        "cluster coverage": lambda: cluster_coverage(real, synthetic, lists=kept["lists"]),
        "told apart, linear": lambda: told_apart(real, synthetic, classifier="linear"),
        "told apart, trees": lambda: told_apart(real, synthetic, classifier="trees"),
    }


def peer(n: int) -> dict[str, Callable[[], Any]]:
    both = features(n)

    def compiled() -> None:
        import umap

        umap.UMAP(random_state=SEED, n_jobs=1).fit_transform(both[:200])

    def layout() -> None:
        import umap

        umap.UMAP(random_state=SEED, n_jobs=1).fit_transform(both)

    return {"import of UMAP and compilation": compiled, "UMAP": layout}


def measure(whose: str, n: int) -> None:
    found = {}
    for name, step in (steps if whose == "ours" else peer)(n).items():
        began = time.perf_counter(), time.process_time()
        step()
        found[name] = (time.perf_counter() - began[0], time.process_time() - began[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": found, "peak_mib": peak}))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="images a side (1000,10000)")
    parser.add_argument("--measure", nargs=2, metavar=("WHOSE", "N"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        measure(options.measure[0], int(options.measure[1]))
        return 0
    sizes = [int(size) for size in options.sizes.split(",")]
    rows = []
    for n in sizes:
        for whose, label in (("ours", "medcurate"), ("peer", "umap-learn alone")):
            command = [sys.executable, "-m", "benchmarks.overlap_size", "--measure", whose, str(n)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            column = f"{label}, {n:,} against {n:,}"
            rows += [
                Figure(name=f"{name}{more}", column=column, value=round(seconds[at], 2), n=n, unit="s")
                for name, seconds in found["seconds"].items()
                for at, more in enumerate(("", ", CPU time"))
            ]
            rows.append(Figure(name="peak memory", column=column, value=round(found["peak_mib"]), n=n, unit="MiB"))
    table = Table(
        title="Overlap and two-sample test, seconds and memory",
        counts="images a side",
        interval="none: one run",
        figures=rows,
        notes=["From features of 92 numbers; reading and encoding images comes on top."],
    )
    Result(name="overlap-size", tables=[table], settings={"width": WIDTH, "seed": SEED}).write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
