"""Images per second of `sort-planes`, compared with loops that only decode the same files with as many threads."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.alternating import ROUNDS, Turns
from benchmarks.commands import loop, medcurate
from benchmarks.environment import cores
from benchmarks.figures import Figure, Result, Table, bootstrap, per_second, ratios
from benchmarks.file_sets import repeat_jpegs

N_FILES = int(os.environ.get("MEDCURATE_BENCH_FILES", "3000"))
TARGET = 0.7
PEERS = {"color": "decode in color (cv2.imdecode)", "gray": "decode in gray (cv2.imdecode)"}
SIZES = (N_FILES // 3, N_FILES)
NOTE = (
    "The {pictures} JPEGs of `sartaj/Testing`, repeated; each file has its own bytes (a comment segment), its pixels "
    "are those of the original. Start-up of Python included, for all. Links as output (`--materialize link`), "
    "features, sorting, tables and contact sheets included."
)


def measure(originals: list[Path], folder: Path, count: int, threads: int) -> dict[str, list[float]]:
    files = repeat_jpegs(originals, folder / f"in{count}", count)
    out = folder / f"out{count}"
    turns = Turns(out, {mode: loop("decode", files, str(threads), mode) for mode in PEERS})
    ours = medcurate("sort-planes", files, "--out", out, "--materialize", "link", "--workers", str(threads), "--quiet")
    took = turns.run(ours)
    lines = (out / "planes.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == count + 1  # every image got its line
    return took


def beyond_fixed_cost(took: dict[int, dict[str, list[float]]], peer: str) -> Figure:
    """Compare what each further image costs: the slope between two sizes, without start-up and other fixed costs."""
    few, many = (took[size] for size in SIZES)
    rows = np.array([few["ours"], many["ours"], few[peer], many[peer]]).T

    def slopes(groups) -> float:
        low_ours, high_ours, low_peer, high_peer = np.median(groups[0], axis=0)
        return float((high_peer - low_peer) / (high_ours - low_ours))

    low, high = bootstrap([rows], slopes, seed=0)
    name = f"without fixed cost (slope from {SIZES[0]:,} to {SIZES[1]:,} files), beside {PEERS[peer]}"
    return Figure(name=name, value=slopes([rows]), low=low, high=high, n=SIZES[1], unit="x")


@pytest.mark.parametrize("threads", sorted({1, cores()}))
def test_sort_planes_beside_bare_decoding(benchmark, data, tmp_path, threads):
    originals = sorted((data / "sartaj" / "Testing").rglob("*.jpg"))
    took = benchmark.pedantic(
        lambda: {size: measure(originals, tmp_path, size, threads) for size in SIZES}, rounds=1, iterations=1
    )
    full = took[SIZES[1]]
    figures = [per_second("medcurate sort-planes", full["ours"], n=N_FILES)]
    figures += [per_second(text, full[mode], n=N_FILES) for mode, text in PEERS.items()]
    for mode, text in PEERS.items():
        target = {"at_least": TARGET} if mode == "color" else {}
        figures.append(ratios(f"sort-planes beside {text}", full["ours"], full[mode], n=N_FILES, **target))
        figures.append(beyond_fixed_cost(took, mode))
    Result(
        name=f"throughput-{threads}-threads",
        settings={"files": N_FILES, "threads": threads, "rounds": ROUNDS, "different pictures": len(originals)},
        tables=[
            Table(
                title=f"Images a second, {threads} thread{'s' * (threads > 1)}",
                counts=f"files a run; {ROUNDS} runs in turns with the peers",
                interval="bootstrap over runs, 95 %",
                figures=figures,
                notes=[NOTE.format(pictures=len(originals))],
            )
        ],
    ).write()
