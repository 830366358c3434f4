"""Write expected values anew: ``python -m tests.pins.renew [curation] [tensorflow] [jax]``; without a name, all.

Read the difference of ``tests/pins/expected`` before you commit it, and say in the commit why it was meant.
``python -m tests.pins.renew input`` also makes the messy folder anew, with the phantoms of today.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from tests.pins import curated, trained

EXPECTED = Path(__file__).with_name("expected")


def main(names: list[str]) -> None:
    """Renew what is named."""
    for name in names or ["curation", *trained.BACKENDS]:
        with tempfile.TemporaryDirectory() as folder:
            if name == "input":
                renew_input(Path(folder))
            elif name == "curation":
                renew_curation(Path(folder))
            else:
                renew_trainings(Path(folder) / name, name)


def renew_input(folder: Path) -> None:
    """Make the messy folder, and pack it."""
    from medcurate.phantom import write_messy_folder

    write_messy_folder(folder / "messy", seed=0, heads=3, slices_per_head=1, spacing_mm=8.0)
    with tarfile.open(curated.INPUT, "w:xz", preset=9) as archive:
        for path in sorted((folder / "messy").rglob("*")):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def renew_curation(folder: Path) -> None:
    """Store what the commands from `sort-planes` to `evaluate` write."""
    curated.curate(folder)
    store_curation(folder)


def store_curation(folder: Path) -> None:
    """Store what was written below `folder`."""
    for name in ("planes", "duplicates"):
        (EXPECTED / f"{name}.csv").write_bytes((folder / "scan" / f"{name}.csv").read_bytes())
    for name, value in (
        ("catalogue", curated.read_catalogue(folder / "scan" / "catalogue.parquet")),
        ("dataset", curated.read_dataset(folder / "dataset")),
        ("dataset_paths", curated.read_paths(folder / "dataset")),
        ("metrics", curated.read_metrics(folder / "report")),
    ):
        text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
        (EXPECTED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def renew_trainings(folder: Path, backend: str) -> None:
    """Store thinned weights and images of every family."""
    trained.train_families(folder, backend)
    for family in trained.FAMILIES:
        np.savez_compressed(EXPECTED / f"{backend}-{family}.npz", **trained.read_training(folder, family))


if __name__ == "__main__":
    main(sys.argv[1:])
