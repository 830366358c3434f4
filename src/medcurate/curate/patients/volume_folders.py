"""Link volumes of one patient by names, folders and grids, because NIfTI headers identify nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from medcurate.curate.patients.patient_names import Name


class VolumeFile(NamedTuple):
    """A row of a NIfTI file without a patient identifier.

    Attributes
    ----------
    source, folder : str
        The unmodified folder, unlike ``name.folder``.
    kind : str
        ``mask``, or else an image.
    grid : tuple
        Height, width, depth and spacing (mm). The catalogue has no affine; within one folder this suffices.
    """

    row: int
    source: str
    folder: str
    name: Name
    kind: str
    grid: tuple[object, ...]


def same_patient(files: Iterable[VolumeFile]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows of one patient; connected rows form the patient.

    Files are of one patient if their names differ only in words for contrast and mask, within one folder or in sibling
    folders for contrasts or masks. So are the files of one folder and one grid if no contrast occurs twice and no name
    has a number, as in one folder per patient. A folder with the T1 of several people has several T1, or numbers.
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
