"""The truth table of a messy folder, recorded while its files are written."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One row of ``truth.csv``; columns that do not apply are empty.

    Attributes
    ----------
    path : str
        Relative to the folder, written as in ``planes.csv`` (zip members as ``archive.zip!member``).
    frame : str
        0-based page, where the pages of one file differ.
    plane : {'axial', 'coronal', 'sagittal', 'unknown', ''}
        Plane of the image; for a volume, the plane of acquisition, in which its slices are also stored. ``unknown`` for
        images without a brain.
    tumor, contrast, patient : str
        Properties of the head; the tumor is the patient's, whether the slice shows it or not.
    source_format : str
        ``dicom``, ``dicom_enhanced``, ``nifti``, ``mat``, ``jpeg``, ``png``, ``png16``, ``tiff``, ``other``: format of
        the content, whatever the suffix says.
    kind : {'image', 'volume', 'mask', 'damaged', 'litter', 'copy', 'not_brain'}
    copy_of : str
        Path of the original of a copy.
    expected_code : str
        Code that scan must give: for damaged files and litter the reject code, otherwise a note.
    """

    path: str
    frame: str = ""
    plane: str = ""
    tumor: str = ""
    contrast: str = ""
    patient: str = ""
    source_format: str
    kind: str
    copy_of: str = ""
    expected_code: str = ""


@dataclass(slots=True)
class MessyFolder:
    """Write files below `root` and record the truth about each."""

    root: Path
    rows: list[Truth] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes, truth: Truth) -> None:
        """Write one file; `truth.path` may differ from `name` only by its encoding."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self.contents[truth.path] = content
        self.rows.append(truth)

    def note(self, truth: Truth) -> None:
        """Record an item inside a file that was added before: a zip member, a page, a mask."""
        self.rows.append(truth)

    def find(self, **wanted: str) -> Truth:
        """Return the first row whose columns have these values."""
        return next(r for r in self.rows if all(getattr(r, k) == v for k, v in wanted.items()))

    def close(self) -> Path:
        """Write ``truth.csv``, whose last row describes itself, and return its path."""
        name = "truth.csv"
        self.rows.append(Truth(path=name, source_format="other", kind="litter", expected_code="SIDECAR"))
        with (self.root / name).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, [f.name for f in fields(Truth)], lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(row) for row in self.rows)
        return self.root / name
