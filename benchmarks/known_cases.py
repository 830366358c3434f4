"""What each verdict says of eight synthetic sets whose worth is known: ``python -m benchmarks.known_cases``.

Two sets of real images, each with itself: `sartaj` (tumor types; patients are not known, copies are kept together) and
`slices` (planes as classes; patients are known, and people who have two names are one). Each is another source to the
other. The same rules as in ``tests/evaluate/test_known_cases.py``, which has drawn heads.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.environment import ROOT
from benchmarks.figures import Result, TextTable
from benchmarks.known_case_images import CASES, Labeled, known_cases
from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_png, read_image
from medcurate.dataset.layout import image_path
from medcurate.evaluate.evaluation import evaluate
from medcurate.evaluate.parts import PARTS
from medcurate.pictures import fit
from medcurate.results import Report
from medcurate.run_folder import write_catalogue

SIDE, SEED = 64, 0
_SAME_HEAD = {"Subj10": "Subj9", "Subj16": "Subj15", "sample1": "IXI012-HH-1211"}
_PLANES = {"axi": "axial", "cor": "coronal", "sag": "sagittal"}
_PATIENT = re.compile(r"[-_](FL|T1|T2|FLAIR).*$")
_LEVELS = ("bad", "caution", "too_few", "unclear", "good")


@dataclass(frozen=True, slots=True)
class Source:
    """Real images, who is on them, and which of their classes is left out where one is missing."""

    name: str
    labeled: Labeled
    groups: Sequence[str]
    patients: bool
    missing: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.known_cases", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--n", type=int, default=240, help="images on each side, at most")
    parser.add_argument("--parts", default="fidelity,overlap,two_sample,anatomy,downstream,privacy")
    parser.add_argument("--sources", default="sartaj,slices")
    options = parser.parse_args(arguments)
    sources = {"sartaj": sartaj(options.data), "slices": slices(options.data)}
    wanted = [part for part in options.parts.split(",") if part]
    texts: list[TextTable] = []
    seconds: dict[str, float] = {}
    for name in options.sources.split(","):
        (other,) = (source for key, source in sources.items() if key != name)
        began = time.process_time()
        texts += tables(sources[name], other, options.n, wanted)
        seconds[name] = round(time.process_time() - began)
        settings = {"images per side": options.n, "size": SIDE, "seed": SEED, "parts": ", ".join(columns(wanted))}
        Result(name="known-cases", tables=(), texts=texts, settings=settings | {"processor seconds": seconds}).write()
    return 0


def tables(source: Source, other: Source, n: int, parts: Sequence[str]) -> Iterator[TextTable]:
    """Evaluate all cases with one source of real images."""
    train, held_out, others = thirds(source, n)
    stranger = some(other, n)
    cases = known_cases(
        source.labeled.take(train), source.labeled.take(held_out), source.labeled.take(others), stranger,
        missing=source.missing, seed=SEED,
    )  # fmt: skip
    rows, sentences = [], []
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        write_real(folder / "real", source, {"train": train, "test": held_out})
        for number, (name, synthetic) in enumerate(cases):
            made = folder / f"made{number}"
            write_plain(made, synthetic)
            report = evaluate(
                folder / "real", made, out=folder / f"out{number}", parts=parts, size=SIDE, seed=SEED, progress=False
            )
            rows.append(
                [f"**{name}**: {CASES[name]}", str(len(synthetic)), *(cell(report, part) for part in columns(parts))]
            )
            sentences.append([f"**{name}**", first_sentence(report)])
            print(f"{source.name}, {name}: {sentences[-1][1]}", flush=True)
    people = "patients are known" if source.patients else "patients are not known"
    note = (
        f"{len(train):,} training and {len(held_out):,} held-out images; {people}. Each cell has the levels of the "
        "verdicts of a part, the worst first."
    )
    yield TextTable(
        title=f"Verdicts with {source.name}",
        columns=["synthetic images", "n", *(part.replace("_", " ") for part in columns(parts))],
        rows=rows,
        notes=[note],
    )
    yield TextTable(title=f"The first verdict with {source.name}", columns=["case", "verdict"], rows=sentences)


def columns(parts: Sequence[str]) -> list[str]:
    """Return the parts in the order in which they run."""
    return [kind.name for kind in PARTS if kind.name in {"copies", *parts}]


def cell(report: Report, part: str) -> str:
    """Write the levels of the verdicts of a part; the status where it was not measured."""
    found = [verdict.level for verdict in report.verdicts if verdict.part == part]
    status = report.settings["parts"][part]["status"]
    if not found:
        return str(status) if status != "measured" else "no verdict"
    counted = [(level, found.count(level)) for level in _LEVELS if level in found]
    return ", ".join(f"{level.replace('_', ' ')}{f' ({count})' if count > 1 else ''}" for level, count in counted)


def first_sentence(report: Report) -> str:
    """Return what a reader sees first."""
    verdict = min(report.verdicts, key=lambda one: _LEVELS.index(one.level))
    return f"{verdict.level.replace('_', ' ')}, {verdict.part.replace('_', ' ')}: {verdict.text}"


def thirds(source: Source, n: int, seed: int = SEED) -> tuple[Any, Any, Any]:
    """Draw three sets of rows that share no group, at most n rows each."""
    rng = np.random.default_rng(seed)
    groups = np.array(source.groups)
    names = np.unique(groups)
    of_third = dict(zip(names.tolist(), (rng.permutation(len(names)) % 3).tolist(), strict=True))
    third = np.array([of_third[group] for group in groups.tolist()])
    return tuple(np.sort(rng.permutation(np.flatnonzero(third == number))[:n]) for number in range(3))  # type: ignore[return-value]


def some(source: Source, n: int) -> Labeled:
    """Draw n images of another source."""
    return source.labeled.take(np.sort(np.random.default_rng(SEED).permutation(len(source.labeled))[:n]))


def sartaj(data: Path) -> Source:
    """Read sartaj; equal files and listed copies are one group."""
    files = sorted((data / "sartaj").rglob("*.jpg"))
    paths = [file.relative_to(data / "sartaj").as_posix() for file in files]
    group: dict[str, str] = {}
    seen: dict[str, str] = {}
    for path, file in zip(paths, files, strict=True):
        group[path] = seen.setdefault(hashlib.sha256(file.read_bytes()).hexdigest(), path)
    with (data / "sartaj_copies.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            one, other = group[row["path"]], group[row["copy"]]
            group |= {path: one for path, of in group.items() if of == other}
    names = [file.parent.name for file in files]
    return Source("sartaj", read(files, names), [group[path] for path in paths], False, "pituitary_tumor")


def slices(data: Path, *, once: bool = False) -> Source:
    """Read the slices; the class is the plane, and people who have two names are one, or stand there `once`."""
    with (data / "slices/labels.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["path"].startswith("slices/nichart")]
    if once:
        rows = [row for row in rows if _PATIENT.sub("", row["volume"]) not in _SAME_HEAD]
    files = [data / row["path"] for row in rows]
    people = [_PATIENT.sub("", row["volume"]) for row in rows]
    labeled = read(files, [row["plane"] for row in rows])
    return Source("slices", labeled, [_SAME_HEAD.get(one, one) for one in people], True, "sagittal")


def read(files: Sequence[Path], names: Sequence[str]) -> Labeled:
    """Read images at the size of the comparison."""
    return Labeled(np.stack([fit(read_image(file), SIDE, pad=True) for file in files]).astype(np.uint8), list(names))


def write_real(folder: Path, source: Source, splits: Mapping[str, Any]) -> None:
    """Write a dataset folder with the patients of the images, where they are known."""
    table = []
    for split, rows in splits.items():
        for row in rows.tolist():
            name = source.labeled.names[row]
            path = image_path("axial", split, name, f"{row:016x}")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(encode_png(source.labeled.images[row]))
            table.append(
                {"image_id": f"{row:016x}", "path": path, "kind": "image", "status": "kept", "source": source.name,
                 "origin": "real", "split": split, "tumor": name,
                 "patient_group": source.groups[row] if source.patients else None}
            )  # fmt: skip
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(table, schema=SCHEMA)])


def write_plain(folder: Path, labeled: Labeled) -> None:
    """Write a plain folder; no name is that of a real image."""
    for row, (image, name) in enumerate(zip(labeled.images, labeled.names, strict=True)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"made{row:05d}.png").write_bytes(encode_png(np.ascontiguousarray(image)))


if __name__ == "__main__":
    raise SystemExit(main())
