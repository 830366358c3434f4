"""The training set: samples in blocks with separate seeds, so that the result does not depend on the workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.plane_features import describe
from medcurate.curate.planes.table import CLASSES
from medcurate.errors import UsageError
from tools.plane_training.appearance import acquire
from tools.plane_training.bases import PLANES, Base
from tools.plane_training.presentation import present

BLOCK = 100
"""Number of samples that share a seed."""

OTHER_SHARE = 0.18
"""Fraction of samples without a brain; the planes share the rest."""

PLANE_SHARES = (0.32, 0.38, 0.3)
"""Axial, coronal, sagittal: coronal slices vary most from the face to the back of the head."""

_QUEUED = 3  # blocks queued per worker
_MAX_TRIES = 1000

Result = TypeVar("Result")


class Sample(NamedTuple):
    """One slice: image (uint8, shape (h, w)), index into `CLASSES`, and its source."""

    image: NDArray[np.uint8]
    label: int
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Descriptions:
    """Descriptions of samples by `medcurate.curate.measures.plane_features`.

    Attributes
    ----------
    values : ndarray of float32, shape (n, N_RAW), or (n, N_FEATURES) once reduced
    labels : ndarray of int64, shape (n,)
        Index into `CLASSES`.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    sources: tuple[str, ...]


def training_slices(
    bases: Sequence[Base], *, n: int, seed: int, exclude: Sequence[str] = (), workers: int = 0
) -> Iterator[Sample]:
    """Draw training slices.

    Parameters
    ----------
    bases : sequence of Base
        Together they must show all classes.
    n : int
        Number of slices. The first slices are the same for every `n`.
    seed : int
        The same seed and bases give the same slices, with any number of workers.
    exclude : sequence of str
        Sources to leave out.
    workers : int
        Number of processes; 0 draws in this one.

    Raises
    ------
    UsageError
        If an excluded source does not exist, or without it a class has nothing left to be drawn from.
    """
    for block in _blocks(draw_block, bases, n, seed, exclude, workers):
        yield from block


def training_descriptions(
    bases: Sequence[Base], *, n: int, seed: int, exclude: Sequence[str] = (), workers: int = 0
) -> Iterator[Descriptions]:
    """Draw training slices and keep only their descriptions, made in the workers; arguments as `training_slices`.

    Yields
    ------
    Descriptions
        Of one block at a time.
    """
    return _blocks(describe_block, bases, n, seed, exclude, workers)


def draw_block(
    bases: Sequence[Base], seed: int, block: int, count: int = BLOCK, *, written_on: bool = True
) -> list[Sample]:
    """Draw the first `count` samples of a block; `written_on` says whether some may have text burned in."""
    rng = np.random.default_rng([seed, block])
    return [_draw(bases, rng, written_on=written_on) for _ in range(count)]


def _draw(bases: Sequence[Base], rng: np.random.Generator, *, written_on: bool) -> Sample:
    """Draw the class first, so that rejected empty slices do not unbalance the classes."""
    name = "other" if rng.random() < OTHER_SHARE else PLANES[int(rng.choice(len(PLANES), p=PLANE_SHARES))]
    able = [base for base in bases if name in base.classes]
    weights = np.array([base.weight for base in able])
    for _ in range(_MAX_TRIES):
        base = able[int(rng.choice(len(able), p=weights / weights.sum()))]
        image = base.draw(rng, name)
        if image is None or image.max() <= 0:
            continue
        pixels = present(rng, acquire(rng, image), written_on=written_on)
        if pixels.max() > pixels.min():
            return Sample(pixels, CLASSES.index(name), base.source)
    raise UsageError(f"training set: {_MAX_TRIES} slices in a row came out empty; expected bases that hold heads")


def describe_block(bases: Sequence[Base], seed: int, block: int, count: int = BLOCK) -> Descriptions:
    """Draw the first `count` samples of a block and describe them."""
    samples = draw_block(bases, seed, block, count)
    return Descriptions(
        np.stack([describe(sample.image) for sample in samples]),
        np.array([sample.label for sample in samples], np.int64),
        tuple(sample.source for sample in samples),
    )


def remaining(bases: Sequence[Base], exclude: Sequence[str]) -> list[Base]:
    """Leave out the bases of some sources.

    Raises
    ------
    UsageError
        If an excluded source does not exist, or without it a class has nothing left to be drawn from.
    """
    known = sorted({base.source for base in bases})
    unknown = sorted(set(exclude) - set(known))
    if unknown:
        raise UsageError(f"exclude: expected sources among {', '.join(known)}, got {', '.join(unknown)}")
    kept = [base for base in bases if base.source not in exclude]
    missing = [name for name in CLASSES if not any(name in base.classes for base in kept)]
    if missing:
        raise UsageError(f"training set: no source is left that shows {', '.join(missing)}; exclude fewer")
    return kept


Work = Callable[[Sequence[Base], int, int, int], Result]
_of_this_worker: list[Sequence[Base]] = []  # the bases, sent to a worker once instead of with every block


def _blocks(
    work: Work[Result], bases: Sequence[Base], n: int, seed: int, exclude: Sequence[str], workers: int
) -> Iterator[Result]:
    """Yield the result of `work` for each block, in order."""
    if n < 1 or workers < 0:
        raise UsageError(f"training set: expected n of at least 1 and workers of at least 0, got {n} and {workers}")
    kept = remaining(bases, exclude)
    tasks = ((seed, block, min(BLOCK, n - block * BLOCK)) for block in range(-(-n // BLOCK)))
    if workers == 0:
        yield from (work(kept, *task) for task in tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start, initargs=(kept,)) as pool:
        waiting: deque[Future[Result]] = deque()
        for task in tasks:
            waiting.append(pool.submit(_in_worker, work, task))
            if len(waiting) > workers * _QUEUED:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _start(bases: Sequence[Base]) -> None:
    cv2.setNumThreads(1)  # one process per core already uses all cores
    _of_this_worker[:] = [bases]


def _in_worker(work: Work[Result], task: tuple[int, int, int]) -> Result:
    return work(_of_this_worker[0], *task)
