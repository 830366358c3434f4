"""Which volumes and masks of a catalogue belong together: one patient, one folder, one grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from medcurate.curate.sources.contrast_names import subject_of_name
from medcurate.dataset.layout import MASK, UNKNOWN
from medcurate.errors import Code

_BRAIN = re.compile(r"brain|skull|head|bet(?![a-z])", re.IGNORECASE)
_TUMOR = re.compile(r"tumou?r|lesion|glioma|meningioma", re.IGNORECASE)


class VolumeRow(NamedTuple):
    """A row of a catalogue that is a volume or a 3-D mask.

    Attributes
    ----------
    row : int
        Its number.
    source, path, contrast, group
        As in the catalogue.
    grid : tuple
        Size and spacing: what volumes that lie on each other have in common.
    """

    row: int
    is_mask: bool
    source: str
    path: str
    contrast: str | None
    group: str
    grid: tuple[float | None, ...]


class VolumeSet(NamedTuple):
    """Volumes on one grid, and their mask.

    Attributes
    ----------
    name : str
        The patient's group; with a number from the second set of a patient on.
    volumes : dict of int to str
        Row to the name of its file in the dataset: its contrast, numbered where it repeats.
    mask : int or None
        Row.
    """

    name: str
    volumes: dict[int, str]
    mask: int | None

    @property
    def rows(self) -> tuple[int, ...]:
        """All rows of the set, the mask last."""
        return (*self.volumes, *(() if self.mask is None else (self.mask,)))


@dataclass(frozen=True, slots=True)
class VolumeSets:
    """All sets, and the masks that are in none.

    Attributes
    ----------
    unused : dict of int to Code
        Row of a mask to why it is not used.
    """

    sets: list[VolumeSet]
    unused: dict[int, Code] = field(default_factory=dict)


def find_sets(rows: Iterable[VolumeRow]) -> VolumeSets:
    """Put volumes together.

    Volumes of one patient group, in one folder, of one size and spacing are a set. Where a contrast is there twice,
    files whose names differ in more than contrast and mask are told apart. A mask belongs to the set of its grid; one
    of the brain or head, by its name, is none of a tumor, and of several others the first is taken.

    Parameters
    ----------
    rows : iterable of VolumeRow
        In the order of the catalogue.
    """
    places: dict[tuple[object, ...], list[VolumeRow]] = {}
    folders: dict[tuple[str, str], bool] = {}
    for row in rows:
        place = (row.source, _folder(row.path))
        places.setdefault((*place, row.group, row.grid), []).append(row)
        folders[place] = folders.get(place, False) or not row.is_mask
    found = VolumeSets([])
    of_group: dict[str, int] = {}
    for (source, folder, *_), members in places.items():
        for part in _told_apart(members):
            volumes = [row for row in part if not row.is_mask]
            masks = [row for row in part if row.is_mask]
            mask = next((row.row for row in masks if not _is_of_brain(row.path)), None) if volumes else None
            for row in masks:
                if row.row != mask:
                    other = folders[str(source), str(folder)] and all(row.is_mask for row in members)
                    found.unused[row.row] = Code.MASK_MISMATCH if other else Code.MASK_UNUSED
            if volumes:
                number = of_group[volumes[0].group] = of_group.get(volumes[0].group, 0) + 1
                name = volumes[0].group + (f"-{number}" if number > 1 else "")
                found.sets.append(VolumeSet(name, _named(volumes), mask))
    return found


def _told_apart(members: Sequence[VolumeRow]) -> list[list[VolumeRow]]:
    """Divide files on one grid by the subject in their names, if a contrast repeats among them."""
    contrasts = [row.contrast for row in members if not row.is_mask]
    if len(contrasts) == len(set(contrasts)):
        return [list(members)]
    parts: dict[str, list[VolumeRow]] = {}
    for row in members:
        parts.setdefault(subject_of_name(row.path), []).append(row)
    return list(parts.values())


def _named(volumes: Sequence[VolumeRow]) -> dict[int, str]:
    names: dict[int, str] = {}
    taken = {MASK}
    for row in volumes:
        base = row.contrast or UNKNOWN
        number = next(n for n in range(1, len(volumes) + 2) if (base if n == 1 else f"{base}-{n}") not in taken)
        names[row.row] = base if number == 1 else f"{base}-{number}"
        taken.add(names[row.row])
    return names


def _is_of_brain(path: str) -> bool:
    name = _name(path)
    return bool(_BRAIN.search(name)) and not _TUMOR.search(name)


def _folder(path: str) -> str:
    return re.split(r"[/!][^/!]*$", path)[0] if re.search(r"[/!]", path) else ""


def _name(path: str) -> str:
    return re.split(r"[/!]", path)[-1]
