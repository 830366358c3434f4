"""Parallel efficiency of `scan` on a Dask cluster of one or two workers, compared with processes on this machine.

    python -m benchmarks.dask_efficiency [--files 20000] [--rounds 5]

Scheduler and workers are processes of this machine. Efficiency is the time with one worker divided by twice the time
with two; this process, which lists, orders and writes, and the scheduler share the same cores.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, bootstrap, per_second
from benchmarks.file_sets import repeat_jpegs

TARGET = 0.85
NAMES = {"dask": "Dask workers", "local": "processes of this machine"}
NOTE = (
    "The JPEGs of `sartaj/Testing`, repeated; each file has its own bytes. `scan` with features, start to end, without "
    "the start of Python and of the cluster. Of the best runs, as other work on the machine only makes a run longer."
)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """Run a scheduler and `workers` single-thread workers; yield the address of the scheduler."""
    processes: list[subprocess.Popen[str]] = []

    def start(what: str, *options: object) -> str:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *map(str, options), "--no-dashboard"]
        processes.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        for line in processes[-1].stderr:
            if found := re.search(r"(?:Scheduler at|Registered to|Start Nanny at): +'?(tcp://[^\s']+)", line):
                threading.Thread(target=deque, args=(processes[-1].stderr, 0), daemon=True).start()
                return found[1]
        raise RuntimeError(f"the {what} did not start")

    try:
        address = start("scheduler", "--host", "127.0.0.1", "--port", 0)
        for number in range(workers):
            start("worker", address, "--nthreads", 1, "--local-directory", folder / f"{workers}-{number}")
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers)
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


def timed(files: Path, out: Path, **options: object) -> float:
    from medcurate.curate.scanning import scan

    began = perf_counter()
    result = scan([files], out, features=True, progress=False, **options)  # type: ignore[arg-type]
    took = perf_counter() - began
    if result.counts.accepted + result.counts.duplicates != result.counts.seen:
        raise RuntimeError(f"files were lost: {result.counts}")
    shutil.rmtree(out)
    return took


def measure(files: Path, folder: Path, rounds: int) -> dict[tuple[str, int], list[float]]:
    numbers = count()
    with cluster(folder, 1) as one, cluster(folder, 2) as two:
        runs: dict[tuple[str, int], Callable[[], float]] = {
            ("dask", 1): lambda: timed(files, folder / str(next(numbers)), dask=one),
            ("dask", 2): lambda: timed(files, folder / str(next(numbers)), dask=two),
            ("local", 1): lambda: timed(files, folder / str(next(numbers)), workers=1),
            ("local", 2): lambda: timed(files, folder / str(next(numbers)), workers=2),
        }
        took: dict[tuple[str, int], list[float]] = {key: [] for key in runs}
        for number in range(rounds + 1):
            for key, run in runs.items():
                seconds = run()
                if number:  # the first round warms up
                    took[key].append(seconds)
                    print(f"{key[0]} {key[1]}: {seconds:.2f} s", flush=True)
    return took


def efficiency(kind: str, took: dict[tuple[str, int], list[float]], files: int) -> Figure:
    """Return the efficiency of the best runs, with a bootstrap over runs of the median run's."""
    one, two = (np.array(took[kind, workers]) for workers in (1, 2))
    low, high = bootstrap([one, two], lambda groups: float(groups[0].min() / (2 * groups[1].min())), seed=0)
    value = float(one.min() / (2 * two.min()))
    target = {"at_least": TARGET} if kind == "dask" else {}
    return Figure(name=f"efficiency, {NAMES[kind]}", value=value, low=low, high=high, n=files, unit="x", **target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="of JPEGs, in place of repeated ones of MEDCURATE_DATA")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["MEDCURATE_SALT_FILE"] = str(folder / "salt")
        files = given.folder
        if files is None:
            data = Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data"))
            files = repeat_jpegs(sorted((data / "sartaj" / "Testing").rglob("*.jpg")), folder / "in", given.files)
        n = sum(path.is_file() for path in files.rglob("*"))
        load = os.getloadavg()[1]
        took = measure(files, folder, given.rounds)
    figures = [efficiency(kind, took, n) for kind in NAMES]
    figures += [per_second(f"{NAMES[kind]}: {workers}", seconds, n=n) for (kind, workers), seconds in took.items()]
    Result(
        name="dask",
        settings={
            "load of the machine before": round(load, 1),
            "load after, ours included": round(os.getloadavg()[1], 1),
            "files": n,
            "rounds": given.rounds,
            "seconds": {f"{k} {w}": v for (k, w), v in took.items()},
        },
        tables=[
            Table(
                title="One worker and two, on a Dask cluster and on this machine",
                counts=f"files a run; {given.rounds} runs of each in turns",
                interval="bootstrap over runs, 95 %",
                figures=figures,
                notes=[NOTE],
            )
        ],
    ).write()


if __name__ == "__main__":
    main()
