"""Score planes, copies and splits against the truth table of a messy folder."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medcurate.catalogue import Catalogue

NO_BRAIN = "no brain"
_SCORED = frozenset({"image", "volume", "copy", "not_brain"})


@dataclass(frozen=True, slots=True)
class Score:
    """Result of one kind of evidence.

    Attributes
    ----------
    evidence : str
        As in ``planes.csv``; `NO_BRAIN` collects the images without a brain, whatever their evidence.
    right, wrong, unknown : int
        Images with the true plane, a wrong plane, and no plane. For `NO_BRAIN`, unknown is right.
    """

    evidence: str
    right: int
    wrong: int
    unknown: int

    @property
    def images(self) -> int:
        """Number of images."""
        return self.right + self.wrong + self.unknown


def score_planes(planes: Path, truth: Path) -> list[Score]:
    """Compare planes with the truth, by evidence.

    Parameters
    ----------
    planes : Path
        ``planes.csv``, of a run whose only input is the messy folder.
    truth : Path
        ``truth.csv``, as `write_messy_folder` wrote it.

    Returns
    -------
    list of Score
        One per kind of evidence, by name; images that are not in both files are not counted.
    """
    true = {(row["path"], row["frame"]): row for row in _rows(truth) if row["plane"] and row["kind"] in _SCORED}
    tally: Counter[tuple[str, str]] = Counter()
    for row in _rows(planes):
        # One row of the truth covers all frames of a file in one plane.
        expected = true.get((row["path"], row["frame"])) or true.get((row["path"], ""))
        if expected is not None:
            no_brain = expected["plane"] == "unknown"
            tally[NO_BRAIN if no_brain else row["evidence"], _outcome(row["plane"], expected["plane"])] += 1
    names = sorted({evidence for evidence, _ in tally}, key=lambda name: (name == NO_BRAIN, name))
    return [Score(name, *(tally[name, outcome] for outcome in ("right", "wrong", "unknown"))) for name in names]


@dataclass(frozen=True, slots=True)
class CopyScore:
    """Result of the search for copies.

    Attributes
    ----------
    planted : int
        Files that are copies of others.
    found : int
        Copies in the same cluster as their original.
    strangers : int
        Pairs in one cluster that show different patients.
    """

    planted: int
    found: int
    strangers: int


def score_copies(duplicates: Path, truth: Path) -> CopyScore:
    """Compare clusters of copies with the truth.

    Parameters
    ----------
    duplicates : Path
        ``duplicates.csv``, of a run whose only input is the messy folder.
    truth : Path
        ``truth.csv``, as `write_messy_folder` wrote it.
    """
    rows = list(_rows(truth))
    patients = {row["path"]: row["patient"] for row in rows if row["patient"]}
    cluster: dict[str, str] = {}
    strangers = 0
    for row in _rows(duplicates):
        cluster[row["path"]] = cluster[row["kept_path"]] = row["cluster"]
        pair = patients.get(row["path"]), patients.get(row["kept_path"])
        strangers += None not in pair and pair[0] != pair[1]
    copies = [row for row in rows if row["kind"] == "copy"]
    found = sum(row["path"] in cluster and cluster[row["path"]] == cluster.get(row["copy_of"]) for row in copies)
    return CopyScore(len(copies), found, strangers)


def patients_in_two_splits(dataset: Catalogue, truth: Path, *, known: bool) -> int:
    """Count the patients whose images are in more than one split of a dataset made of the messy folder.

    Parameters
    ----------
    truth : Path
        ``truth.csv``, as `write_messy_folder` wrote it.
    known : bool
        Count only images whose header identifies the patient; the patients of the others cannot be known for certain.
    """
    patients = {row["path"]: row["patient"] for row in _rows(truth) if row["patient"]}
    splits: dict[str, set[str]] = {}
    kept = dataset.filter(status="kept", patient_group_by="patient") if known else dataset.filter(status="kept")
    for batch in kept.batches(["original_path", "split"]):
        for path, split in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if split is not None and path in patients:
                splits.setdefault(patients[path], set()).add(split)
    return sum(len(found) > 1 for found in splits.values())


def _outcome(plane: str, expected: str) -> str:
    if plane == "unknown":
        return "unknown"
    return "right" if plane == expected else "wrong"


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
