"""Which volumes are of one patient, by their names, folders and grids: NIfTI headers name nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from medcurate.curate.patients.patient_names import Name


class VolumeFile(NamedTuple):
    """A row of a NIfTI file that names no patient.

    Attributes
    ----------
    source, folder : str
        The folder as it is, unlike ``name.folder``.
    kind : str
        ``mask``, or else an image.
    grid : tuple
        Height, width, depth and spacing (mm). The catalogue holds no affine; within one folder this is enough.
    """

    row: int
    source: str
    folder: str
    name: Name
    kind: str
    grid: tuple[object, ...]


def same_patient(files: Iterable[VolumeFile]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that belong together; what they connect is one patient.

    Files are of one patient if their names differ only in words for contrast and mask, within one folder or in sibling
    folders for contrasts or masks. So are the files of one folder and one grid if no contrast is there twice and no
    name has a number, as in a folder a patient. A folder with the T1 of several people has several T1, or numbers.
    """
    by_name: dict[tuple[str, str, str], int] = {}
    by_grid: dict[tuple[object, ...], list[VolumeFile]] = {}
    for file in files:
        first = by_name.setdefault((file.source, file.name.folder, file.name.rest), file.row)
        if first != file.row:
            yield first, file.row
        by_grid.setdefault((file.source, file.folder, file.grid), []).append(file)
    for together in by_grid.values():
        if _is_one_patient(together):
            yield from ((together[0].row, file.row) for file in together[1:])


def _is_one_patient(files: list[VolumeFile]) -> bool:
    roles = Counter(file.name.role for file in files if file.kind != "mask")
    numbered = any(letter.isdigit() for file in files for letter in file.name.rest)
    return bool(roles) and max(roles.values()) == 1 and not numbered
