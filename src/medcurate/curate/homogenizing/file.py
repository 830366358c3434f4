"""One job of homogenizing, as it runs in a worker. Each file is read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from medcurate.curate.homogenizing.pipeline import Pipeline, is_done
from medcurate.curate.homogenizing.plan import Job
from medcurate.curate.homogenizing.records import ImageRecord, RowFacts, dropped, used
from medcurate.curate.homogenizing.volumes import do_set
from medcurate.curate.homogenizing.write import Task, WriteFailure, joined, sharpness, write_image
from medcurate.curate.privacy.flags import flags_of_image
from medcurate.curate.sources.row_pixels import RowFile, read_rows
from medcurate.curate.steps import Picture, Record, from_frame, run
from medcurate.errors import Code, InputError, OutputError
from medcurate.readers.frame import Frame


def do_job(job: Job, task: Task) -> list[ImageRecord] | WriteFailure:
    """Read, transform and write; return one record per row, or more for a volume that is cut into slices.

    A file that cannot be read costs its own rows, no others.
    """
    try:
        records = list(do_set(job, task) if job.volumes else _images(job, task))
    except OutputError as error:
        return WriteFailure(str(error))
    recorded = {record.row for record in records}
    records += [_nothing(row, facts) for row, facts in job.facts.items() if row not in recorded]
    first = job.first_row
    return [replace(record, row=record.row - first) for record in sorted(records, key=lambda record: record.row)]


def _nothing(row: int, facts: RowFacts) -> ImageRecord:
    """Return the record of a row without a result: a mask next to another one, a volume without a wanted slice."""
    return dropped(row, Code.MASK_UNUSED.value if facts.kind == "mask" else "filter:slices")


def _images(job: Job, task: Task) -> Iterator[ImageRecord]:
    (file,) = job.files
    done: set[int] = set()
    try:
        for row, frame, mask in _with_masks(file, job.facts, task):
            yield from _image(row, frame, None if mask is None else mask[1], job.facts[row], task)
            done.add(row)
            if mask is not None:
                yield used(mask[0])
                done.add(mask[0])
    except InputError as error:
        for row in file.rows:
            if row not in done:
                yield dropped(row, error.code.value, str(error))


def _with_masks(
    file: RowFile, facts: Mapping[int, RowFacts], task: Task
) -> Iterator[tuple[int, Frame, tuple[int, Frame] | None]]:
    """Yield the images of a file, each with its mask; only a file that has masks is held as a whole."""
    mask_rows = {known.mask_of: row for row, known in facts.items() if known.kind == "mask"}
    if not mask_rows:
        for row, frame in read_rows(file, task.options):
            yield row, frame, None
        return
    frames = dict(read_rows(file, task.options))
    for row, frame in frames.items():
        if facts[row].kind != "mask":
            mask = mask_rows.get(facts[row].image_id)
            yield row, frame, None if mask is None or mask not in frames else (mask, frames[mask])


def _image(row: int, frame: Frame, mask: Frame | None, facts: RowFacts, task: Task) -> Iterator[ImageRecord]:
    """Apply the steps to one image and write it; a mask that does not fit is left out and noted."""
    notes = facts.codes
    try:
        picture = from_frame(frame, mask=mask)
    except InputError as error:
        if error.code is not Code.MASK_MISMATCH:
            raise
        picture = from_frame(frame)
        notes.append(error.code.value)
    plane = facts.plane if facts.plane != "unknown" else None
    picture = picture.replace(plane=plane, contrast=facts.contrast)
    final, records = _run(picture, json.loads(facts.steps or "[]"), task.pipeline)
    flags = flags_of_image(frame.pixels, final.shape, records)
    if flags and task.pipeline.settings.privacy != "warn":
        yield dropped(row, flags[0].value)
        return
    notes += [flag.value for flag in flags]
    sharp = sharpness(picture.pixels) if facts.sharpness is None else facts.sharpness
    final_facts = facts._replace(notes=joined(notes), sharpness=sharp)
    yield from write_image(task, final, records, final_facts, row=row, original_frame=facts.frame)


def _run(picture: Picture, past: list[Record], pipeline: Pipeline) -> tuple[Picture, list[Record]]:
    """Apply the steps; an image that they were done to already stays as it is."""
    steps = pipeline.of_past(past, picture.contrast)
    if past and is_done(steps, past):
        top = 2.0**pipeline.settings.bit_depth - 1
        return picture.replace(value_range=(0.0, top)), past
    return run(picture, steps, done=past)
