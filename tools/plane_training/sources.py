"""The real sources of the shipped model, their licenses, and how to read them.

Siemens mosaics of the same collection would be allowed as well, but did not improve the model on other sources, so they
are not used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.review.thumbnails import displayable
from medcurate.errors import InputError
from medcurate.readers import Blob, Frame, read
from tools.plane_training.bases import PLANES, Base, SliceBase, VolumeBase
from tools.plane_training.stacks import stack_volume

_MAX_SLICES = 60  # slices per source; neighbors in a volume are nearly equal
_FOREGROUND, _MIN_FOREGROUND = 40, 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One real source.

    Attributes
    ----------
    path : str
        Folder or file, relative to the data folder.
    license, attribution : str
        As in the model card.
    volume_weight, slice_weight : float
        Relative frequency of slices from its stacked volumes, and of its original slices; the phantom heads have weight
        8.
    brain : bool
        False for a test object, whose slices all have the class ``other``.
    """

    name: str
    path: str
    license: str
    attribution: str
    volume_weight: float = 0.0
    slice_weight: float = 0.7
    brain: bool = True


SOURCES = (
    Source(
        name="qa_decubitus",
        path="dicom/qa_decubitus",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, neurolabusc/dcm_qa_decubitus",
    ),
    Source(
        name="qa_nih_ge",
        path="dicom/qa_nih_ge",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, neurolabusc/dcm_qa_nih",
        volume_weight=0.8,
    ),
    Source(
        name="qa_philips_enh",
        path="dicom/qa_philips_enh",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, neurolabusc/dcm_qa_philips_enh",
        volume_weight=1.2,
    ),
    Source(
        name="qa_xa30_enh",
        path="dicom/qa_xa30_enh",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, neurolabusc/dcm_qa_xa30",
        volume_weight=6.2,
        slice_weight=1.0,
    ),
    Source(
        name="qa_xa60_cor",
        path="dicom/qa_xa60_cor/s01_axi_000.dcm",  # the others show a phantom that looks like a brain
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, neurolabusc/dcm_qa_xa60",
        slice_weight=0.15,
        brain=False,
    ),
    Source(
        name="studyforrest_t1",
        path="dicom/studyforrest_t1",
        license="PDDL-1.0",
        attribution="M. Hanke and contributors, studyforrest.org, datalad/example-dicom-structural",
        volume_weight=1.5,
    ),
    Source(
        name="T1_head_ext2",
        path="volumes/mixed/register/T1_head_ext2.nii.gz",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, niivue/niivue-demo-images",
        volume_weight=6.0,
        slice_weight=0.0,
    ),
    Source(
        name="M2208_T2w",
        path="volumes/mixed/M2208_T2w.nii.gz",
        license="BSD-2-Clause",
        attribution="C. Rorden and contributors, niivue/niivue-demo-images",
        volume_weight=3.0,
        slice_weight=0.0,
    ),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of reading one source: its bases, files read, files that could not be read."""

    bases: tuple[Base, ...]
    files: int
    unreadable: int


def read_source(source: Source, data: Path) -> Reading:
    """Read a source; a missing folder or file gives an empty reading."""
    series: dict[str, list[Frame]] = defaultdict(list)
    files = unreadable = 0
    for path in _files(data / source.path):
        files += 1
        try:
            for frame in read(Blob(path.name, path.stat().st_size, lambda path=path: path.open("rb"), path)):  # type: ignore[misc]
                series[frame.facts.series_key or path.name].append(frame)
        except InputError:
            unreadable += 1
    return Reading(tuple(_bases(source, list(series.values()))), files, unreadable)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))


def _bases(source: Source, series: Sequence[Sequence[Frame]]) -> Iterator[Base]:
    volumes = [v for v in map(stack_volume, series) if v is not None] if source.volume_weight else []
    for number, volume in enumerate(volumes):
        weight = source.volume_weight / len(volumes)
        yield VolumeBase(name=f"{source.name}/{number}", source=source.name, weight=weight, volume=volume)
    slices = _slices(source, series) if source.slice_weight else []
    if slices:
        classes = tuple(dict.fromkeys(kind for kind, _ in slices))
        yield SliceBase(
            name=f"{source.name}/slices", source=source.name, weight=source.slice_weight, slices=slices, classes=classes
        )


def _slices(source: Source, series: Sequence[Sequence[Frame]]) -> list[tuple[str, NDArray[np.uint8]]]:
    """Select informative slices from all series."""
    frames = [frame for frames in series for frame in frames]
    found = []
    for frame in frames[:: max(1, len(frames) // _MAX_SLICES)]:
        kind = frame.facts.plane if source.brain else "other"
        pixels = displayable(frame.pixels, as_is=False)
        if kind in (*PLANES, "other") and np.mean(pixels > _FOREGROUND) > _MIN_FOREGROUND:
            found.append((str(kind), pixels))
    return found
