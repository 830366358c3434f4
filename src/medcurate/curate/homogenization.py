"""Homogenize: from the images of a catalogue to a dataset folder, all of one kind, split by patient."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

import medcurate
from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate import defaults
from medcurate.curate.curation_page import write_curation_page
from medcurate.curate.deduplication import dedupe, is_deduped
from medcurate.curate.homogenizing.decide import Decider
from medcurate.curate.homogenizing.file import do_job
from medcurate.curate.homogenizing.journal import Journal
from medcurate.curate.homogenizing.nyul import learn_standards
from medcurate.curate.homogenizing.output import Written, write_output
from medcurate.curate.homogenizing.pipeline import Pipeline
from medcurate.curate.homogenizing.plan import Job, Plan
from medcurate.curate.homogenizing.privacy import check_blocked
from medcurate.curate.homogenizing.record import check_out, finish_record, start_record
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.homogenizing.staging import is_whole
from medcurate.curate.homogenizing.write import Broken, Line, Task
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.dataset import Dataset
from medcurate.dataset.layout import SOURCES
from medcurate.errors import Code, MissingExtra, NothingUsable, OutputError, UsageError
from medcurate.parallel import Chunk, Failure, interruptible, map_chunks
from medcurate.parallel.dask_cluster import check_shared
from medcurate.progress import ProgressReport
from medcurate.run_folder import atomic_write, lock

__all__ = ["HomogenizeResult", "HomogenizeSettings", "homogenize", "preview"]

_LIBRARIES = ("numpy", "scipy", "opencv-python-headless", "nibabel", "pyarrow", "SimpleITK", "intensity-normalization")
_EXTRAS = {
    "n4": ("SimpleITK", "SimpleITK", "n4"),
    "nyul": ("intensity_normalization", "intensity-normalization", "normalize"),
    "whitestripe": ("intensity_normalization", "intensity-normalization", "normalize"),
}
_AGAIN = frozenset({Code.PERMISSION, Code.VANISHED, Code.CHANGED, Code.TIMEOUT, Code.WORKER_CRASH})
"""What may be otherwise next time."""


@dataclass(frozen=True, slots=True)
class HomogenizeResult:
    """What homogenizing gives.

    Attributes
    ----------
    dataset : Dataset
    written : int
        Images and volumes.
    masks : int
    dropped : dict of str to int
        Reason to rows of the catalogue that are not in the dataset; slices of volumes count one each.
    splits : dict of str to int
        Split to images and volumes.
    rejected : int
        Files that could not be read, listed in ``rejects.csv``.
    notes : tuple of str
        What a user should know.
    """

    dataset: Dataset
    written: int
    masks: int
    dropped: dict[str, int]
    splits: dict[str, int]
    rejected: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What homogenizing would do.

    Attributes
    ----------
    wanted : int
        Images and volumes that would be read.
    dropped : dict of str to int
        Reason to rows that would not.
    kept : dict of str to dict of str to int
        Of ``plane``, ``tumor``, ``source``, ``kind``: value to rows that would be read.
    notes : tuple of str
    """

    wanted: int
    dropped: dict[str, int]
    kept: dict[str, dict[str, int]]
    notes: tuple[str, ...] = ()


def homogenize(
    folder: Path,
    out: Path,
    *,
    settings: HomogenizeSettings | None = None,
    overwrite: bool = False,
    workers: int | None = None,
    dask: str | None = None,
    timeout_s: float = defaults.JOB_TIMEOUT_S,
    progress: bool | None = None,
) -> HomogenizeResult:
    """Make a dataset folder of the images of a catalogue.

    Images are filtered, turned one way, cropped, scaled and normalized; volumes are cut into slices or kept as
    volumes; patients are divided among splits. Every step is recorded with its parameters for every image. Rows that
    are left out stay in the dataset's catalogue, with the reason.

    A run that was stopped in any way goes on where it was when it is called again; the output does not depend on it,
    nor on the number of workers. Files are read once.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote. Where `dedupe` was not called yet, it is, first.
    out : Path
        The dataset folder; new, empty, or one that an earlier call wrote.
    settings : HomogenizeSettings, optional
    overwrite : bool
        Make the dataset anew where an earlier call had other settings.
    workers, dask, timeout_s, progress
        See `medcurate.parallel.map_files`.

    Returns
    -------
    HomogenizeResult

    Raises
    ------
    UsageError
        There is no catalogue, a setting is out of range, or `out` was made with other settings.
    NothingUsable
        No image is left; the message counts the reasons.
    PolicyError
        An image could identify someone, and the policy is ``block``.
    OutputError
        The output cannot be written, or holds what medcurate has not made; `Locked` if another process writes it.
    """
    settings = settings or HomogenizeSettings()
    _check_extras(settings)
    check_out(folder, out)
    notes = _deduped(folder, workers=workers, dask=dask, progress=progress)
    state = (folder / FILE_NAME).stat()
    with lock(out), interruptible():
        decide = Decider.open(folder, settings)
        plan = Plan.make(folder, decide)
        if not plan.n_wanted:
            raise _nothing(_dropped(plan))
        start_record(out, folder, settings, overwrite=overwrite)
        maps: dict[str, Any] = {"workers": workers, "dask": dask, "timeout_s": timeout_s}
        pipeline = Pipeline(settings, learn_standards(plan, settings, **maps))
        inputs = recorded_inputs(folder)
        if dask is not None:  # workers of a cluster write the images, too
            check_shared(dask, [*(Path(root.folder) for root in inputs.roots), out])
        task = Task(out.absolute(), inputs.options, pipeline)
        journal = Journal(out, _version(task))
        try:
            _do_jobs(plan, task, journal, maps, progress)
            if (folder / FILE_NAME).stat()[:9] != state[:9]:
                raise UsageError(f"{folder / FILE_NAME} was changed meanwhile. Run the same command again")
            if settings.privacy == "block":
                check_blocked(journal.results())
            written = write_output(plan, journal, out, settings)
            if not written.written:
                raise _nothing(written.dropped)
            _finish(out, decide, pipeline, written)
            write_curation_page(out, folder)
            journal.forget_others()
        finally:
            journal.close()
    return HomogenizeResult(
        Dataset.open(out),
        written.written,
        written.masks,
        dict(sorted(written.dropped.items())),
        dict(sorted(written.splits.items())),
        written.rejected,
        (*notes, *written.notes),
    )


def preview(folder: Path, settings: HomogenizeSettings | None = None) -> Preview:
    """Say what `homogenize` would read and leave out; nothing is written, and no image is opened.

    Raises
    ------
    UsageError
        There is no catalogue, or a setting is out of range.
    """
    settings = settings or HomogenizeSettings()
    _check_extras(settings)
    plan = Plan.make(folder, Decider.open(folder, settings))
    kept: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "plane", "tumor", "source")}
    for batch in plan.batches():
        chosen = batch.filter(pc.and_(pc.equal(batch["status"], "kept"), pc.not_equal(batch["kind"], "mask")))
        for name, count in kept.items():
            count.update("unknown" if value is None else value for value in chosen[name].to_pylist())
    notes = () if is_deduped(folder) else (f"copies are not marked yet: medcurate dedupe {folder} would be run first",)
    counts = {name: dict(sorted(count.items())) for name, count in kept.items()}
    return Preview(plan.n_wanted, dict(sorted(_dropped(plan).items())), counts, notes)


def _check_extras(settings: HomogenizeSettings) -> None:
    for wanted in (settings.normalize, "n4" if settings.n4 else ""):
        if wanted in _EXTRAS and find_spec(_EXTRAS[wanted][0]) is None:
            _, package, extra = _EXTRAS[wanted]
            raise MissingExtra((package,), extra=extra, purpose=f"homogenize with {wanted}")


def _deduped(folder: Path, **how: Any) -> tuple[str, ...]:
    """Mark copies where that was not done yet."""
    if is_deduped(folder):
        return ()
    found = dedupe(folder, **how)
    copies = f"{found.exact:,} copies and {found.near:,} changed copies"
    return (f"dedupe was run on {folder} first: {copies} are marked, {found.held:,} with conflicting labels held",)


def _do_jobs(plan: Plan, task: Task, journal: Journal, maps: Mapping[str, Any], progress: bool | None) -> None:
    report = ProgressReport("homogenize", total=plan.n_wanted, show=progress is not False)
    with report:
        jobs = _new_jobs(plan, task, journal, report)
        for chunk in map_chunks(partial(do_job, task=task), jobs, **maps):
            for job, lines in _by_job(chunk):
                journal.put(job.key(), lines)
                report.advance(len(job.facts))
        journal.commit()


def _new_jobs(plan: Plan, task: Task, journal: Journal, report: ProgressReport) -> Iterator[Job]:
    """Yield the jobs that no earlier run has done."""
    for job in plan.jobs():
        key = job.key()
        journal.place(job.facts, key)
        known = journal.find(key)
        if known is not None and all(_is_there(task.dataset, line) for line in known):
            report.advance(len(job.facts))
        else:
            yield job


def _is_there(dataset: Path, line: Line) -> bool:
    """Say whether a line still holds: its file is whole, or its reason is no passing one."""
    if line["status"] == "dropped":
        return str(line["reason"]) not in _AGAIN
    if line["status"] == "used":
        return True
    return is_whole(dataset, line)


def _by_job(chunk: Chunk) -> Iterator[tuple[Job, list[Line]]]:
    outcomes = chunk.outcome if isinstance(chunk.outcome, list) else [chunk.outcome]
    for job, outcome in zip(chunk.items, outcomes, strict=True):
        if isinstance(outcome, Broken):
            raise OutputError(outcome.message)
        if isinstance(outcome, Failure):
            about = {"status": "dropped", "reason": outcome.code.value, "message": outcome.message}
            yield job, [{"row": row - job.first_row, **about} for row in sorted(job.facts)]
        else:
            yield job, outcome


def _dropped(plan: Plan) -> Counter[str]:
    dropped: Counter[str] = Counter()
    for batch in plan.batches():
        out = batch.filter(pc.equal(batch["status"], "dropped"))
        dropped.update(str(reason) for reason in out["reason"].to_pylist())
    return dropped


def _nothing(dropped: Mapping[str, int]) -> NothingUsable:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in Counter(dropped).most_common())
    hint = ""
    if any(reason.startswith("filter:plane") for reason in dropped):
        hint = " Planes that no header tells come from `medcurate sort-planes`."
    return NothingUsable(f"No image is left. Dropped: {reasons or 'nothing, as there is no image'}.{hint}")


_CODE = (
    "curate/homogenization.py",
    "curate/homogenizing/*.py",
    "curate/steps/*.py",
    "curate/sources/row_pixels.py",
    "curate/filters/row_filters.py",
    "dataset/layout.py",
    "readers/**/*.py",
    "pixel_hash.py",
)


def _version(task: Task) -> str:
    """Return a digest of all that results depend on besides the jobs."""
    package = Path(__file__).parents[1]
    code = sorted(path for name in _CODE for path in package.glob(name))
    parts = {
        "settings": task.pipeline.settings.of_pixels(),
        "standards": {name: list(values) for name, values in task.pipeline.standards.items()},
        "options": repr(task.options),
        "libraries": {name: _installed(name) for name in _LIBRARIES},
        "code": [hashlib.sha256(path.read_bytes()).hexdigest() for path in code],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _finish(out: Path, decide: Decider, pipeline: Pipeline, written: Written) -> None:
    """Write ``sources.toml`` and ``homogenize.json``."""
    kept = Catalogue.open(out).filter(status="kept").counts("source")
    content = decide.sources.to_toml(kept, before=out / SOURCES).encode()
    with atomic_write(out / SOURCES) as stream:
        stream.write(content)
    versions = {"medcurate": medcurate.__version__, **{name: _installed(name) for name in _LIBRARIES}}
    finish_record(out, pipeline, versions, written)
