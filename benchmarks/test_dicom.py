"""DICOM files per second of `medcurate scan`, compared with a typical loop of `pydicom.dcmread`."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from benchmarks.alternating import ROUNDS, Turns
from benchmarks.commands import loop, medcurate
from benchmarks.environment import cores
from benchmarks.figures import Result, Table, per_second, ratios
from benchmarks.file_sets import repeat_dicoms

N_FILES = int(os.environ.get("MEDCURATE_BENCH_DICOMS", "4000"))
TARGET = 3.0
PEERS = {"whole": "`dcmread(path)`", "header": "`dcmread(path, stop_before_pixels=True)`"}
NOTE = (
    "{files} files from seven sources, repeated; each copy has its own bytes (the preamble). `scan` also reads, hashes "
    "and checks the pixels, in {workers} processes; the loops are one process and leave the pixels encoded. Start-up "
    "of Python included, for all."
)


def originals(data: Path, *, single: bool) -> list[Path]:
    """List the DICOM files of the real data; only those of one frame, or all."""
    with (data / "dicom" / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [data / row["path"] for row in rows if not single or int(row["frames"]) == 1]


@pytest.mark.parametrize("single", [True, False], ids=["classic", "all"])
def test_scan_beside_dcmread(benchmark, data, tmp_path, single):
    sources = originals(data, single=single)
    files, out = repeat_dicoms(sources, tmp_path / "in", N_FILES), tmp_path / "out"
    turns = Turns(out, {mode: loop("read_dicom", files, mode) for mode in PEERS})
    ours = medcurate("scan", files, "--out", out, "--quiet")
    took = benchmark.pedantic(turns.run, args=(ours,), rounds=1, iterations=1)
    assert (out / "catalogue.parquet").is_file()
    kind = "of one frame" if single else "of all kinds, multi-frame included"
    figures = [per_second("medcurate scan", took["ours"], n=N_FILES)]
    figures += [per_second(text, took[mode], n=N_FILES) for mode, text in PEERS.items()]
    figures += [
        ratios(
            f"scan beside {text}",
            took["ours"],
            took[mode],
            n=N_FILES,
            **({"at_least": TARGET} if mode == "whole" else {}),
        )
        for mode, text in PEERS.items()
    ]
    Result(
        name=f"dicom-{'classic' if single else 'all'}",
        settings={"files": N_FILES, "rounds": ROUNDS, "workers": cores(), "different files": len(sources)},
        tables=[
            Table(
                title=f"DICOM files a second, files {kind}",
                counts=f"files a run; {ROUNDS} runs in turns with the peers",
                interval="bootstrap over runs, 95 %",
                figures=figures,
                notes=[NOTE.format(files=len(sources), workers=cores())],
            )
        ],
    ).write()
