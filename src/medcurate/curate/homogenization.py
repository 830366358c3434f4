"""Homogenize: from the images of a catalogue to a dataset folder, all of one kind, split by patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa

import medcurate
from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate import defaults
from medcurate.curate.curation_page import write_curation_page
from medcurate.curate.deduplication import is_deduped
from medcurate.curate.duplicates.copy_search import Copies, CopySettings, find_copies, remove_reports
from medcurate.curate.homogenizing.decide import Decider
from medcurate.curate.homogenizing.decided_rows import DecidedRows
from medcurate.curate.homogenizing.file import do_job
from medcurate.curate.homogenizing.job_store import JobStore
from medcurate.curate.homogenizing.nyul import learn_standards
from medcurate.curate.homogenizing.output import Written, write_output
from medcurate.curate.homogenizing.pipeline import Pipeline
from medcurate.curate.homogenizing.plan import Job, Plan
from medcurate.curate.homogenizing.record import check_out, finish_record, start_record
from medcurate.curate.homogenizing.records import DROPPED, USED, ImageRecord, dropped
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.homogenizing.staging import is_whole
from medcurate.curate.homogenizing.write import Task, WriteFailure
from medcurate.curate.labels.tumor_labels import open_tumor_labels
from medcurate.curate.privacy.flags import check_blocked
from medcurate.curate.sources.listing import Listing
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.dataset import Dataset
from medcurate.dataset.layout import SOURCES
from medcurate.errors import Code, MissingExtra, NothingUsable, OutputError, UsageError
from medcurate.parallel import Chunk, Failure, Workers, interruptible
from medcurate.progress import ProgressReport
from medcurate.run_folder import PRIVATE, atomic_write, lock
from medcurate.versions import installed, version_digest

__all__ = ["HomogenizeResult", "HomogenizeSettings", "homogenize", "preview"]

_LIBRARIES = ("numpy", "scipy", "opencv-python-headless", "nibabel", "pyarrow", "SimpleITK", "intensity-normalization")
_EXTRAS = {
    "n4": ("SimpleITK", "SimpleITK", "n4"),
    "nyul": ("intensity_normalization", "intensity-normalization", "normalize"),
    "whitestripe": ("intensity_normalization", "intensity-normalization", "normalize"),
}
_AGAIN = frozenset({Code.PERMISSION, Code.VANISHED, Code.CHANGED, Code.TIMEOUT, Code.WORKER_CRASH})
"""Failures that may not happen again."""


@dataclass(frozen=True, slots=True)
class HomogenizeResult:
    """The result of homogenizing.

    Attributes
    ----------
    written : int
        Images and volumes.
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
    """The expected result of homogenizing.

    Attributes
    ----------
    wanted : int
        Images and volumes that would be read.
    dropped : dict of str to int
        Reason to rows that would not.
    kept : dict of str to dict of str to int
        Of ``plane``, ``tumor``, ``source``, ``kind``: value to rows that would be read.
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

    A run that was stopped in any way continues where it was when it is called again; the output does not depend on it,
    nor on the number of workers. Files are read once. Nothing is written into `folder`.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote. If `dedupe` has not marked its copies, and the settings
        do not say otherwise, they are searched for, and the tables of the search are written into `out`.
    out : Path
        The dataset folder; new, empty, or one that an earlier call wrote.
    overwrite : bool
        Make the dataset anew where an earlier call had other settings.
    workers, dask, timeout_s, progress
        See `medcurate.parallel.Workers`.

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
    how = Workers(workers, timeout_s, dask, progress)
    catalogue = Catalogue.open(folder)
    state = (folder / FILE_NAME).stat()
    inputs = recorded_inputs(folder)
    with lock(out), interruptible(), ExitStack() as stack:
        listing = stack.enter_context(inputs.list_once(folder, private=out / PRIVATE))
        copies = _find_copies(folder, out, settings, listing, how)
        decide = Decider.open(folder, settings, None if copies is None else copies.settled)
        rows = stack.enter_context(DecidedRows(out / PRIVATE))
        plan = Plan.make(_batches(catalogue, copies), decide, rows)
        if not plan.n_wanted:
            raise _nothing(plan.dropped)
        start_record(out, folder, settings, overwrite=overwrite)
        how.check_shared([*(Path(root.folder) for root in inputs.roots), out])  # workers write the images, too
        pipeline = Pipeline(settings, learn_standards(plan.jobs(listing), settings, inputs.options, how))
        task = Task(out.absolute(), inputs.options, pipeline)
        store = stack.enter_context(JobStore(out, _version(task), len(plan.state)))
        _do_jobs(plan, listing, task, store, how)
        if (folder / FILE_NAME).stat()[:9] != state[:9]:
            raise UsageError(f"{folder / FILE_NAME} was changed meanwhile. Run the same command again")
        if settings.privacy == "block":
            check_blocked(record.reason for _, record in store.results() if record.status == DROPPED)
        written = write_output(plan, store, out, settings)
        if not written.written:
            raise _nothing(written.dropped)
        _write_copies(out, catalogue, copies)
        _finish(out, decide, pipeline, written)
        write_curation_page(out, folder, listing)
        store.forget_others()
    return HomogenizeResult(
        Dataset.open(out),
        written.written,
        written.masks,
        dict(sorted(written.dropped.items())),
        dict(sorted(written.splits.items())),
        written.rejected,
        (*_notes(folder, copies, settings), *decide.notes(), *written.notes),
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
    plan = Plan.make(Catalogue.open(folder).batches(), Decider.open(folder, settings))
    notes: tuple[str, ...] = ()
    if not is_deduped(folder):
        when = "they will be searched for when the dataset is made" if settings.dedupe else "they will stay"
        notes = (f"copies are not marked in {folder}, and are counted here: {when}",)
    counts = {name: dict(sorted(count.items())) for name, count in plan.wanted.items()}
    return Preview(plan.n_wanted, dict(sorted(plan.dropped.items())), counts, notes)


def _find_copies(
    folder: Path, out: Path, settings: HomogenizeSettings, listing: Listing, workers: Workers
) -> Copies | None:
    """Search for copies where nobody has done so yet; None where there is nothing to search for."""
    if not settings.dedupe or is_deduped(folder):
        return None
    how = replace(workers, timeout_s=defaults.TIMEOUT_S)
    labels = open_tumor_labels(folder)
    return find_copies(folder, CopySettings(), how, store=out, labels=labels, listing=listing)


def _batches(catalogue: Catalogue, copies: Copies | None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the catalogue, with the marks of copies."""
    if copies is None:
        yield from catalogue.batches()
    else:
        for table in copies.mark(catalogue):
            yield from table.combine_chunks().to_batches()


def _write_copies(out: Path, catalogue: Catalogue, copies: Copies | None) -> None:
    """Write the tables of the search into the dataset; remove those of an earlier run that do not hold any more."""
    if copies is None:
        remove_reports(out)
    else:
        copies.write_reports(out, catalogue)


def _notes(folder: Path, copies: Copies | None, settings: HomogenizeSettings) -> tuple[str, ...]:
    if copies is not None:
        found = f"{copies.n_exact:,} copies and {copies.n_near:,} changed copies were found"
        return (f"{found}, {copies.n_held:,} with conflicting labels were left out: see duplicates.csv", *copies.notes)
    if not settings.dedupe and not is_deduped(folder):
        return ("nobody has searched for copies: one image may be in several splits",)
    return ()


def _check_extras(settings: HomogenizeSettings) -> None:
    for wanted in (settings.normalize, "n4" if settings.n4 else ""):
        if wanted in _EXTRAS and find_spec(_EXTRAS[wanted][0]) is None:
            _, package, extra = _EXTRAS[wanted]
            raise MissingExtra((package,), extra=extra, purpose=f"homogenize with {wanted}")


def _do_jobs(plan: Plan, listing: Listing, task: Task, store: JobStore, workers: Workers) -> None:
    with ProgressReport("homogenize", total=plan.n_wanted, show=workers.shown) as report:
        jobs = _new_jobs(plan, listing, task, store, report)
        for chunk in workers.map_chunks(partial(do_job, task=task), jobs):
            for job, records in _by_job(chunk):
                store.put(job.key(), records)
                report.advance(len(job.facts))


def _new_jobs(plan: Plan, listing: Listing, task: Task, store: JobStore, report: ProgressReport) -> Iterator[Job]:
    """Yield the jobs that no earlier run has done."""
    for job in plan.jobs(listing):
        key = job.key()
        store.place(job.facts, key)
        known = store.find(key)
        if known is not None and all(_is_there(task.dataset, record) for record in known):
            report.advance(len(job.facts))
        else:
            yield job


def _is_there(dataset: Path, record: ImageRecord) -> bool:
    """Say whether a record still holds: its file is whole, or its reason will not change."""
    if record.status == DROPPED:
        return record.reason not in _AGAIN
    return record.status == USED or is_whole(dataset, record)


def _by_job(chunk: Chunk) -> Iterator[tuple[Job, list[ImageRecord]]]:
    outcomes = chunk.outcome if isinstance(chunk.outcome, list) else [chunk.outcome]
    for job, outcome in zip(chunk.items, outcomes, strict=True):
        if isinstance(outcome, WriteFailure):
            raise OutputError(outcome.message)
        if isinstance(outcome, Failure):
            code, message = outcome.code.value, outcome.message
            yield job, [dropped(row - job.first_row, code, message) for row in sorted(job.facts)]
        else:
            yield job, outcome


def _nothing(dropped_rows: Mapping[str, int]) -> NothingUsable:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in Counter(dropped_rows).most_common())
    hint = ""
    if any(reason.startswith("filter:plane") for reason in dropped_rows):
        hint = " Planes that no header tells come from `medcurate sort-planes`."
    return NothingUsable(f"No image is left. Dropped: {reasons or 'nothing, as there is no image'}.{hint}")


_CODE = (
    "curate/homogenization.py",
    "curate/homogenizing/*.py",
    "curate/steps/*.py",
    "curate/privacy/*.py",
    "curate/sources/contrast_names.py",
    "curate/sources/row_pixels.py",
    "curate/filters/row_filters.py",
    "dataset/layout.py",
    "readers/**/*.py",
    "pixel_hash.py",
)


def _version(task: Task) -> str:
    """Return a digest of everything that results depend on besides the jobs."""
    package = Path(__file__).parents[1]
    return version_digest(
        libraries=_LIBRARIES,
        code=[path for name in _CODE for path in package.glob(name)],
        settings=task.pipeline.settings.of_pixels(),
        standards={name: list(values) for name, values in task.pipeline.standards.items()},
        options=repr(task.options),
    )


def _finish(out: Path, decide: Decider, pipeline: Pipeline, written: Written) -> None:
    """Write ``sources.toml`` and ``homogenize.json``."""
    kept = Catalogue.open(out).filter(status="kept").counts("source")
    content = decide.sources.to_toml(kept, before=out / SOURCES).encode()
    with atomic_write(out / SOURCES) as stream:
        stream.write(content)
    versions = {"medcurate": medcurate.__version__, **dict.fromkeys(_LIBRARIES), **installed(_LIBRARIES)}
    finish_record(out, pipeline, versions, written)
