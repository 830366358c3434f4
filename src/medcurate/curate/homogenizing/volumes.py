"""Cut the volumes of one patient on one grid into slices, or write them as volumes, with their mask.

All volumes of a set are in memory at a time, because the crop is decided for all of them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate import defaults
from medcurate.curate.filters.row_filters import COLUMNS, RowFilter
from medcurate.curate.filters.settings import PLANES
from medcurate.curate.homogenizing.plan import Job
from medcurate.curate.homogenizing.records import KEPT, ImageRecord, RowFacts, dropped, used
from medcurate.curate.homogenizing.write import Task, as_labels, joined, share, sharpness, write_file, write_image
from medcurate.curate.privacy.flags import flags_of_volume
from medcurate.curate.sources.row_pixels import read_rows
from medcurate.curate.steps import Picture, Record, cut_slices, from_slices, run, run_together
from medcurate.dataset.files import encode_nifti
from medcurate.dataset.layout import MASK, volume_path
from medcurate.errors import Code, InputError
from medcurate.pixel_hash import pixel_digest, volume_digest
from medcurate.readers import read
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Frame
from medcurate.readers.options import DEFAULT_OPTIONS

_SAME_MM = 0.1
_UNKNOWN_PLANE = "filter:plane:unknown"


class _Volume(NamedTuple):
    """A volume, or several on one grid, on the way through the steps."""

    row: int
    facts: RowFacts
    picture: Picture
    records: list[Record]


def do_set(job: Job, task: Task) -> Iterator[ImageRecord]:
    """Read, transform and write the volumes of a job."""
    frames: dict[int, list[Frame]] = {}
    for file in job.files:
        try:
            for row, frame in read_rows(file, task.options):
                frames.setdefault(row, []).append(frame)
        except InputError as error:
            for row in file.rows:
                frames.pop(row, None)
                yield dropped(row, error.code.value, str(error))
    mask = frames.pop(job.mask, None) if job.mask is not None else None
    volumes, masked, lines = _pictures(frames, mask, job, task.pipeline.settings.privacy)
    yield from lines
    if mask is not None and job.mask is not None and (not masked or task.pipeline.settings.output == "images"):
        yield used(job.mask) if masked else dropped(job.mask, Code.MASK_MISMATCH.value)
    for number, members in enumerate(_by_grid(volumes), 1):
        if task.pipeline.settings.output == "volumes":
            name = job.name if number == 1 else f"{job.name}-grid{number}"
            yield from _write_volumes(members, name, job, task)
        else:
            yield from _cut(members, task)


def _pictures(
    frames: dict[int, list[Frame]], mask: list[Frame] | None, job: Job, privacy: str
) -> tuple[list[_Volume], bool, list[ImageRecord]]:
    """Return the volumes, whether one of them has taken the mask, and the records of those that are no volume."""
    volumes, masked, lines = [], False, []
    for row in list(frames):
        slices, facts = frames.pop(row), job.facts[row]
        try:
            try:
                picture = from_slices(slices, masks=mask)
            except InputError as error:
                if error.code is not Code.MASK_MISMATCH:
                    raise
                picture = from_slices(slices)
                facts = facts._replace(notes=joined([*facts.codes, error.code]))
        except InputError as error:
            lines.append(dropped(row, error.code.value, str(error)))
            continue
        flags = flags_of_volume(picture)
        if flags and privacy != "warn":
            lines.append(dropped(row, flags[0].value))
            continue
        facts = facts._replace(notes=joined([*facts.codes, *flags]))
        plane = facts.plane if facts.plane in PLANES else None
        masked = masked or picture.mask is not None
        volumes.append(_Volume(row, facts, picture.replace(contrast=facts.contrast, plane=plane), []))
    return volumes, masked, lines


def _by_grid(volumes: Sequence[_Volume]) -> list[list[_Volume]]:
    """Put together those that lie on each other; equal sizes alone do not say so."""
    grids: list[list[_Volume]] = []
    for volume in volumes:
        for members in grids:
            if _same_grid(members[0].picture, volume.picture):
                members.append(volume)
                break
        else:
            grids.append([volume])
    return grids


def _same_grid(one: Picture, other: Picture) -> bool:
    if one.affine is None or other.affine is None:
        return one.affine is other.affine and one.shape == other.shape
    corners = np.array([[0, 0, 0, 1], [*(n - 1 for n in one.shape), 1]], np.float64).T
    return one.shape == other.shape and bool(np.abs((one.affine - other.affine) @ corners).max() <= _SAME_MM)


def _done(members: Sequence[_Volume], task: Task, *, across: bool) -> list[_Volume]:
    """Do the steps of volumes: geometry for all together, intensities each for itself."""
    steps = task.pipeline.of_volume(None, across=across)
    geometry = [step for step in steps if step.kind == "geometry"]
    pictures, records = run_together([member.picture for member in members], geometry)
    finished = []
    for member, picture, past in zip(members, pictures, records, strict=True):
        own = task.pipeline.of_volume(member.facts.contrast, across=across)
        final, more = run(picture, [step for step in own if step.kind == "intensity"])
        finished.append(_Volume(member.row, member.facts, final, [*past, *more]))
    return finished


def _write_volumes(members: Sequence[_Volume], name: str, job: Job, task: Task) -> Iterator[ImageRecord]:
    finished = _done(members, task, across=True)
    for member in finished:
        record = ImageRecord(
            row=member.row,
            status=KEPT,
            kind="volume",
            contrast=member.facts.contrast,
            sharpness=member.facts.sharpness,
            position=member.facts.position,
            original_frame=member.facts.frame,
        )
        yield _written(task, volume_path(name, job.volumes[member.row]), member.picture.pixels, member, record)
    first = finished[0]
    if first.picture.mask is not None and job.mask is not None and name == job.name:
        labels = as_labels(first.picture.mask)
        own = job.facts[job.mask]
        record = ImageRecord(
            row=job.mask,
            status=KEPT,
            kind="mask",
            mask_area=share(labels),
            sharpness=own.sharpness,
            position=own.position,
            original_frame=own.frame,
        )
        yield _written(task, volume_path(name, MASK), labels, first, record)


def _written(task: Task, path: str, voxels: Any, member: _Volume, record: ImageRecord) -> ImageRecord:
    """Write a volume and complete its record."""
    affine = member.picture.affine
    content = encode_nifti(
        voxels, np.diag([*(member.picture.spacing_mm or (1.0,) * 3), 1.0]) if affine is None else affine
    )
    frames = list(read(Blob("v.nii.gz", len(content), partial(BytesIO, content)), DEFAULT_OPTIONS))
    facts = frames[0].facts
    return replace(
        record,
        path=path,
        # As a scan of the written file would find it.
        image_id=volume_digest([pixel_digest(frame.pixels) for frame in frames]).hex()[:16],
        height=frames[0].pixels.shape[0],
        width=frames[0].pixels.shape[1],
        depth=len(frames),
        spacing_mm=None if facts.spacing_mm is None else list(facts.spacing_mm),
        bit_depth=facts.bit_depth,
        plane=facts.plane or "unknown",
        notes=member.facts.notes or "",
        steps=json.dumps(member.records, separators=(",", ":")),
        file_sha256=write_file(task.dataset / path, content),
    )


def _cut(members: Sequence[_Volume], task: Task) -> Iterator[ImageRecord]:
    """Cut volumes into slices of the wanted planes, and write those that the filters take."""
    wanted = task.pipeline.settings.filters.plane
    for planes, across in _ways(members[0].picture, wanted):
        if not planes:
            continue
        for member in _done(members, task, across=across):
            for plane in planes:
                yield from _slices(member, plane, across, task)
    for member in members:
        if not any(planes for planes, _ in _ways(member.picture, wanted)):
            unknown = member.picture.plane is None
            yield dropped(member.row, _UNKNOWN_PLANE if unknown else "filter:plane")


def _ways(picture: Picture, wanted: Sequence[str]) -> list[tuple[list[str], bool]]:
    """Return the planes to cut along the slices as they were stored, and those across."""
    own: str | None = picture.plane
    along = [plane for plane in wanted or (own,) if plane == own]
    spacing = picture.spacing_mm
    cubic = spacing is not None and max(spacing) <= defaults.MAX_ANISOTROPY * min(spacing)
    across = [plane for plane in wanted if plane != own] if cubic and picture.affine is not None else []
    return [([plane for plane in along if plane], False), (across, True)]


def _slices(member: _Volume, plane: str, across: bool, task: Task) -> Iterator[ImageRecord]:
    settings = task.pipeline.settings
    steps = task.pipeline.of_slice(across=across)
    for found in cut_slices(member.picture, plane, settings.slice_rule()):
        facts = member.facts._replace(
            kind="image",
            plane=plane,
            height=found.picture.shape[0],
            width=found.picture.shape[1],
            position=round(found.position, 6),
            mask_area=None if found.picture.mask is None else share(found.picture.mask),
            sharpness=sharpness(found.picture.pixels),
        )
        index = found.step.index
        reason = Code.CONSTANT.value if facts.sharpness is None else _reason(facts, task)
        if reason is not None:
            yield dropped(member.row, reason, kind="image", plane=plane, original_frame=index)
            continue
        final, more = run(found.picture, steps)
        records = [*member.records, found.step.record(), *more]
        yield from write_image(task, final, records, facts, row=member.row, original_frame=index)


def _reason(facts: RowFacts, task: Task) -> str | None:
    filters = task.pipeline.settings.filters
    if not filters:
        return None
    schema = pa.schema([SCHEMA.field(name) for name in COLUMNS])
    row = pa.Table.from_pylist([facts._asdict()], schema=schema)
    return RowFilter(filters).reasons(row)[0].as_py()  # type: ignore[no-any-return]
