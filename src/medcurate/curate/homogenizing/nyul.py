"""Nyul's standard histogram of each contrast, learned from some of the images that a dataset is made of."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from functools import partial

from medcurate.curate.homogenizing.pipeline import NO_CONTRAST
from medcurate.curate.homogenizing.plan import Job
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.sources.row_pixels import read_rows
from medcurate.curate.steps import NyulLandmarks, Picture, from_frame, from_slices
from medcurate.errors import InputError, UsageError
from medcurate.parallel import Failure, Workers
from medcurate.readers.options import ReadOptions

N_JOBS = 200
"""Files, at most, that are learned from; chosen by a hash of what they are, whatever their order."""

Standards = dict[str, tuple[float, ...]]


def learn_standards(
    jobs: Iterable[Job], settings: HomogenizeSettings, options: ReadOptions, workers: Workers
) -> Standards:
    """Return the standard histogram of each contrast; empty unless Nyul's method was asked for.

    Parameters
    ----------
    jobs : iterable of Job
        Of the whole dataset; they are not gone through unless they are needed.

    Raises
    ------
    UsageError
        No image has a foreground.
    """
    if settings.normalize != "nyul":
        return {}
    chosen = heapq.nsmallest(N_JOBS, ((job.key(), job) for job in jobs), key=lambda pair: pair[0])
    function = partial(landmarks_of, options=options)
    found: dict[str, list[tuple[float, ...]]] = {}
    for chunk in workers.map_chunks(function, [job for _, job in chosen]):
        for outcome in chunk.outcome if isinstance(chunk.outcome, list) else [chunk.outcome]:
            if not isinstance(outcome, Failure):
                for contrast, landmarks in outcome:
                    found.setdefault(contrast, []).append(landmarks)
    if not found:
        raise UsageError("nyul: expected images with a foreground of more than one value, found none")
    return {contrast: _mean(rows) for contrast, rows in sorted(found.items())}


def landmarks_of(job: Job, options: ReadOptions) -> list[tuple[str, tuple[float, ...]]]:
    """Return the contrast and the landmarks of the first image or volume of a job; this runs in the workers."""
    frames = []
    rows = [row for row, facts in job.facts.items() if facts.kind != "mask"]
    file = next(file for file in job.files if rows[0] in file.rows)
    for row, frame in read_rows(file, options):
        if row == rows[0]:
            frames.append(frame)
    picture = from_slices(frames) if job.volumes else from_frame(frames[0])
    return [(job.facts[rows[0]].contrast or NO_CONTRAST, found) for found in _landmarks(picture)]


def _landmarks(picture: Picture) -> list[tuple[float, ...]]:
    try:
        return [NyulLandmarks.fit([picture]).standard]
    except (UsageError, InputError):
        return []


def _mean(rows: list[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(math.fsum(values) / len(rows) for values in zip(*rows, strict=True))
