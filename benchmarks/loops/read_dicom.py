"""Only read all DICOM files of a folder, as a user writes it: ``python read_dicom.py FOLDER whole|header``."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pydicom


def main(folder: str, mode: str) -> None:
    """Read each file with pydicom, one after the other."""
    warnings.simplefilter("ignore")
    tags = 0
    for path in sorted(Path(folder).rglob("*.dcm")):
        tags += len(pydicom.dcmread(path, stop_before_pixels=mode == "header"))
    print(tags)


if __name__ == "__main__":
    main(*sys.argv[1:])
