"""What `dedupe` finds in ``sartaj``: ``python -m benchmarks.real_duplicates``. Writes ``sartaj_duplicates.json``.

The truth is known in part: 181 files are byte-identical copies, and ``sartaj_copies.csv`` lists pairs of images between
Training and Testing that were byte-identical as published and are resized copies here.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from medcurate.catalogue import Catalogue
from medcurate.curate import dedupe, scan


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_duplicates", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--out", type=Path, help="folder to work in; it can be looked at afterwards")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        measure(options.data.resolve(), options.out or Path(temporary) / "out").write()
    return 0


def measure(data: Path, out: Path) -> Result:
    """Scan and dedupe ``sartaj``, and compare with what is known of it."""
    scan([data / "sartaj"], out)
    result = dedupe(out)
    listed = _listed_pairs(data / "sartaj_copies.csv")
    cluster = _clusters(out)
    kinds = Counter(row["duplicate_kind"] for row in _rows(out, "duplicate_kind") if row["duplicate_kind"])
    n = result.images
    found = Table(
        title="Copies in sartaj",
        counts="images; of the known pairs, pairs",
        interval="Wilson, 95 %, where it is a share of what is known",
        figures=[
            share("byte-identical copies found", _together(cluster, _equal_files(data / "sartaj")), at_least=100.0),
            share("listed pairs of Training and Testing found", _together(cluster, listed), at_least=98.0),
            *(
                Figure(name=name, value=value, n=n, unit="")
                for name, value in (
                    ("equal copies", result.exact),
                    ("changed copies", result.near),
                    ("different images", result.kept),
                    ("images that have copies", result.clusters),
                    ("of them with conflicting tumor labels", result.label_conflicts),
                    ("images held for that", result.held),
                    ("of them in Training and in Testing", result.leaks),
                    ("images in leaking clusters, Testing", _leaking(out, "test")),
                    ("images in leaking clusters, Training", _leaking(out, "train")),
                    ("patient groups", result.groups),
                )
            ),
        ],
    )  # fmt: skip
    changes = Table(
        title="What was done to the changed copies of sartaj",
        counts="images",
        interval="none: a count of what was found, not checked one by one",
        figures=[
            Figure(name=name, value=count, n=n, unit="")
            for name, count in kinds.most_common()
            if name not in ("bytes", "pixels")
        ],
    )  # fmt: skip
    return Result(name="sartaj_duplicates", tables=[found, changes], settings={"keep": "largest", "conflicts": "hold"})


def _equal_files(folder: Path) -> list[tuple[str, str]]:
    """Return each file that has the bytes of an earlier one, beside the first of them."""
    first: dict[bytes, str] = {}
    pairs = []
    for path in sorted(folder.rglob("*.jpg")):
        name = str(path.relative_to(folder))
        original = first.setdefault(hashlib.sha256(path.read_bytes()).digest(), name)
        if original != name:
            pairs.append((original, name))
    return pairs


def _together(cluster: dict[str, str | None], pairs: Sequence[tuple[str, str]]) -> list[bool]:
    return [a in cluster and cluster[a] == cluster.get(b) for a, b in pairs]


def _listed_pairs(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["path"], row["copy"]) for row in csv.DictReader(stream)]


def _rows(out: Path, *columns: str) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = Catalogue.open(out).to_table(list(columns)).to_pylist()
    return rows


def _clusters(out: Path) -> dict[str, str | None]:
    """Return the identity of the kept image of each path."""
    rows = _rows(out, "path", "image_id", "duplicate_of")
    return {str(row["path"]): row["duplicate_of"] or row["image_id"] for row in rows}


def _leaking(out: Path, split: str) -> int:
    with (out / "leaks.csv").open(encoding="utf-8", newline="") as stream:
        return sum(row["split"] == split for row in csv.DictReader(stream))


if __name__ == "__main__":
    raise SystemExit(main())
