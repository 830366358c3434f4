"""Filter a catalogue of ten million rows: peak memory and seconds, compared with pandas on the same parts.

    python -m benchmarks.catalogue_rows [--rows 10000000] [--rounds 3]

The rows are made in batches and written as parts; each filter runs in a separate process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from benchmarks.commands import LOOPS
from benchmarks.figures import Figure, Result, Table
from medcurate.catalogue import SCHEMA
from medcurate.catalogue.writing import PART_ROWS, write_parts

TARGET_MIB = 2048
BATCH = 65_536
WAYS = {
    "medcurate": "Catalogue.filter, in batches",
    "pandas-columns": "pandas.read_parquet of the seven columns, then a mask",
    "pandas": "pandas.read_parquet of all columns, then a mask",
}
VALUES = {
    "source": ["site-a", "site-b", "site-c", "site-d"],
    "format": ["dicom", "jpeg", "png", "nifti"],
    "kind": ["image"],
    "modality": ["MR"],
    "contrast": ["T1", "T1ce", "T2", "FLAIR", None],
    "tumor": ["glioma", "meningioma", "pituitary", "none", None],
    "plane": ["axial", "coronal", "sagittal", "unknown"],
    "plane_evidence": ["header", "series", "classifier"],
    "license": ["CC-BY-4.0", None],
    "origin": ["real"],
    "status": ["kept"],
    "notes": [""],
}


def batches(rows: int) -> Iterator[pa.Table]:
    """Yield rows like those of a scan of many sites: unique digests, few distinct values elsewhere."""
    rng = np.random.default_rng(0)
    for start in range(0, rows, BATCH):
        yield _batch(rng, start, min(BATCH, rows - start))


def _batch(rng: np.random.Generator, start: int, count: int) -> pa.Table:
    numbers = range(start, start + count)
    columns: dict[str, object] = {
        name: pa.DictionaryArray.from_arrays(rng.integers(0, len(values), count).astype(np.int8), values).cast(
            pa.string()
        )
        for name, values in VALUES.items()
    }
    columns |= {
        "image_id": _hex(rng, count, 8),
        "file_sha256": _hex(rng, count, 32),
        "perceptual_hash": _hex(rng, count, 32),
        "path": [f"study{n // 4000:05d}/series{n // 40 % 100:02d}/image{n:08d}.dcm" for n in numbers],
        "patient_id": [f"{n // 4000 * 2654435761 % 2**32:016x}" for n in numbers],
        "series_id": [f"{n // 40 * 2654435761 % 2**32:016x}" for n in numbers],
        "height": np.full(count, 256, np.int32),
        "width": np.full(count, 256, np.int32),
        "spacing_mm": [[0.9375, 0.9375, 5.0]] * count,
        "bit_depth": np.full(count, 16, np.int16),
        "plane_confidence": rng.beta(8, 1, count),
    }
    return pa.table(
        [
            pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
            for field in SCHEMA
        ],
        schema=SCHEMA,
    )


def _hex(rng: np.random.Generator, count: int, size: int) -> list[str]:
    text = rng.bytes(count * size).hex()
    return [text[at : at + 2 * size] for at in range(0, len(text), 2 * size)]


def measure(folder: Path, rounds: int) -> dict[str, list[tuple[int, float, float]]]:
    """Return rows kept, peak MiB and seconds of each run; None for a method that runs out of memory."""
    found: dict[str, list[tuple[int, float, float]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in WAYS:
            if way == "pandas" and number:
                continue  # once tells enough of what takes nearly all memory
            command = [sys.executable, str(LOOPS / "filter_catalogue.py"), way, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{way}: exit code {done.returncode}: {done.stderr[-300:]}", flush=True)
                continue
            kept, kib, seconds = done.stdout.split()
            found[way].append((int(kept), int(kib) / 2**10, float(seconds)))
            print(way, *found[way][-1], flush=True)
    if len({kept for runs in found.values() for kept, _, _ in runs}) != 1:
        raise RuntimeError(f"the ways differ in the rows that they keep: {found}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        began = perf_counter()
        write_parts(folder, batches(given.rows))
        wrote = perf_counter() - began
        size = sum(path.stat().st_size for path in folder.iterdir())
        parts = len(list(folder.iterdir()))
        print(f"wrote {parts} parts, {size / 2**20:,.0f} MiB, in {wrote:.0f} s", flush=True)
        found = measure(folder, given.rounds)
    figures = []
    for way, text in WAYS.items():
        if runs := found[way]:
            peaks, seconds = [run[1] for run in runs], [run[2] for run in runs]
            target = {"at_most": TARGET_MIB} if way == "medcurate" else {}
            figures.append(
                Figure(name=f"peak memory, {text}", value=max(peaks), low=min(peaks), high=max(peaks), n=given.rows,
                       unit="MiB", **target)
            )  # fmt: skip
            figures.append(
                Figure(name=f"seconds, {text}", value=float(np.median(seconds)), low=min(seconds), high=max(seconds),
                       n=given.rows, unit="s")
            )  # fmt: skip
    kept = next(runs[0][0] for runs in found.values() if runs)
    Result(
        name="catalogue-rows",
        settings={"rows": given.rows, "kept": kept, "part rows": PART_ROWS, "parts": parts, "MiB": size / 2**20,
                  "rounds": given.rounds, "filter": "plane axial, tumor glioma or none, confidence at least 0.9"},
        tables=[
            Table(
                title="A catalogue as a folder of parts, filtered",
                counts=f"rows; {given.rounds} runs in turns",
                interval="least and most of the runs",
                figures=figures,
                notes=["Each run is a process of its own; start of Python not in the seconds, all in the memory."],
            )
        ],
    ).write()  # fmt: skip


if __name__ == "__main__":
    main()
