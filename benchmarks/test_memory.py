"""Peak memory of all processes together: it must not grow with the number of files."""

from __future__ import annotations

import os
import shutil

import pytest

from benchmarks.commands import medcurate, peak
from benchmarks.environment import cores
from benchmarks.figures import Figure, Result, Table
from benchmarks.file_sets import small_images

SIZES = [int(size) for size in os.environ.get("MEDCURATE_BENCH_SIZES", "1000,10000,100000").split(",")]
TARGET_MIB = 700
NOTE = (
    f"Small PNG and JPEG files (96 to 159 pixels a side), all with different pixels, in nested folders. {cores()} "
    "worker processes. All processes are looked at ten times a second; in the proportional set size (PSS) what they "
    "share counts once, in RSS in each. The largest process is the kernel's own count."
)


@pytest.fixture(scope="module")
def peaks():
    """Gather the peaks of all sizes; write them when the last one is in."""
    found = {}
    yield found
    figures = []
    for size, top in found.items():
        name = f"{size:,} files"
        figures += [
            Figure(
                name=name, value=top.together_pss, n=size, unit="MiB", column="all processes (PSS)", at_most=TARGET_MIB
            ),
            Figure(name=name, value=top.together_rss, n=size, unit="MiB", column="all processes (RSS)"),
            Figure(name=name, value=top.largest_process, n=size, unit="MiB", column="largest process"),
        ]
    Result(
        name="memory",
        settings={"workers": cores(), "samples": {size: top.samples for size, top in found.items()}},
        tables=[
            Table(
                title="Peak memory of `medcurate sort-planes`",
                counts="files; one run each",
                interval="none: one run a size",
                figures=figures,
                notes=[NOTE],
            )
        ],
    ).write()


@pytest.mark.parametrize("size", SIZES)
def test_peak_memory_is_flat(benchmark, tmp_path, peaks, size):
    files, out = small_images(tmp_path / "in", size), tmp_path / "out"
    command = medcurate(
        "sort-planes", files, "--out", out, "--materialize", "link", "--quiet", "--workers", str(cores())
    )
    peaks[size] = top = benchmark.pedantic(peak, args=(command,), rounds=1, iterations=1)
    benchmark.extra_info["peak_mib"] = round(top.together_pss)
    with (out / "planes.csv").open(encoding="utf-8") as stream:
        assert sum(1 for _ in stream) == size + 1
    shutil.rmtree(tmp_path)
    assert top.together_pss < TARGET_MIB
