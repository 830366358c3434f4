"""Images per second of `homogenize`, compared with a loop that only reads, scales and writes the same files."""

from __future__ import annotations

import pytest

from benchmarks.alternating import ROUNDS, Turns
from benchmarks.commands import loop, medcurate, seconds
from benchmarks.environment import cores
from benchmarks.figures import Figure, Result, Table, per_second, ratios
from medcurate.catalogue import Catalogue

PEER = "read, scale and write (cv2.imread, cv2.resize, cv2.imwrite)"
SIZE = 128
NOTE = (
    "The JPEGs of `sartaj`, scanned and deduped (`--exact-only`) beforehand; equal copies are written by the loop and "
    "left out by `homogenize`. Start-up of Python included, for both. Ours also finds and crops the head, normalizes, "
    "looks for burned-in text, hashes, records every step, splits by patient and writes the table. A ratio below 1 "
    "says how much slower that is."
)


@pytest.mark.parametrize("threads", sorted({1, cores()}))
def test_homogenize_beside_a_bare_loop(benchmark, data, tmp_path, threads):
    folder, out, small = data / "sartaj", tmp_path / "out", tmp_path / "small"
    scan = tmp_path / "scan"
    seconds(medcurate("scan", folder, "--out", scan, "--quiet"))
    seconds(medcurate("dedupe", scan, "--exact-only", "--quiet"))
    files = len(list(folder.rglob("*.jpg")))
    turns = Turns(out, {"loop": loop("resize", folder, small, str(threads), str(SIZE))})
    ours = medcurate("homogenize", scan, "--out", out, "--size", str(SIZE), "--workers", str(threads), "--quiet")
    took = benchmark.pedantic(lambda: turns.run(ours), rounds=1, iterations=1)
    written = len(Catalogue.open(out).filter(status="kept"))
    assert written > 0.9 * files
    figures: list[Figure] = [
        per_second("medcurate homogenize", took["ours"], n=written),
        per_second(PEER, took["loop"], n=files),
        ratios(f"homogenize beside: {PEER}", took["ours"], took["loop"], n=files),
    ]
    Result(
        name=f"homogenize-{threads}-threads",
        settings={"files": files, "written": written, "threads": threads, "rounds": ROUNDS, "size": SIZE},
        tables=[
            Table(
                title=f"Images a second into a dataset, {threads} thread{'s' * (threads > 1)}",
                counts=f"files a run; {ROUNDS} runs in turns with the loop",
                interval="bootstrap over runs, 95 %",
                figures=figures,
                notes=[NOTE],
            )
        ],
    ).write()
