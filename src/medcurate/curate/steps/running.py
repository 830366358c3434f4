"""Run a list of steps, and repeat it from records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from medcurate.curate.steps.crop import CropEnds, CropForeground
from medcurate.curate.steps.intensity import Percentile, Scale, ZScore
from medcurate.curate.steps.levels import Quantize
from medcurate.curate.steps.n4 import N4
from medcurate.curate.steps.nyul import Nyul
from medcurate.curate.steps.orient import Orient
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.resample import Resample, ResampleSlices
from medcurate.curate.steps.size import Pad, Resize
from medcurate.curate.steps.slicing import CutSlice
from medcurate.curate.steps.step import Record, Step
from medcurate.curate.steps.white_stripe import WhiteStripe
from medcurate.errors import UsageError

STEPS: dict[str, type[Step]] = {
    step.name: step
    for step in (
        Orient,
        Resample,
        CropForeground,
        CropEnds,
        ResampleSlices,
        CutSlice,
        Resize,
        Pad,
        N4,
        Percentile,
        ZScore,
        WhiteStripe,
        Nyul,
        Scale,
        Quantize,
    )
}
"""Every step, by its name in records."""


def run(picture: Picture, steps: Sequence[Step], *, done: Sequence[Record] = ()) -> tuple[Picture, list[Record]]:
    """Run steps in order.

    Parameters
    ----------
    steps : sequence of Step
        Measured steps (`from_records`) repeat the recorded processing; the others measure their input.
    done : sequence of Record
        Steps already applied to the picture. If `steps` begins with the same steps and settings, only the rest is run,
        so that homogenizing its own output changes nothing.

    Returns
    -------
    records : list of Record
        Records of all steps, `done` included.

    Examples
    --------
    See `medcurate.curate.steps`.
    """
    before = len(done) if _starts_with(steps, done) else 0
    records = list(done)
    for step in steps[before:]:
        known = step.measure(picture)
        picture = known.apply(picture)
        records.append(known.record())
    return picture, records


def run_together(pictures: Sequence[Picture], steps: Sequence[Step]) -> tuple[list[Picture], list[list[Record]]]:
    """Run steps on pictures that share a grid (contrasts of one patient), so that they still share one afterwards.

    Geometry is determined once for all (a crop keeps the foreground of each); intensities are measured in each.

    Returns
    -------
    records : list of list of Record
        One list per picture.

    Raises
    ------
    ValueError
        If shapes differ.
    """
    if len({picture.shape for picture in pictures}) > 1:
        raise ValueError(f"pictures: expected one shape, received {sorted({p.shape for p in pictures})}")
    current, records = list(pictures), [list[Record]() for _ in pictures]
    for step in steps:
        known = [step.measure(picture) for picture in current]
        if step.kind == "geometry" and known:
            known = [known[0].merge(known)] * len(known)
        current = [one.apply(picture) for one, picture in zip(known, current, strict=True)]
        for one, past in zip(known, records, strict=True):
            past.append(one.record())
    return current, records


def from_record(record: Record) -> Step:
    """Make the step of a record, with its measured values.

    Raises
    ------
    UsageError
        If the record has an unknown step, or an unknown field of a step.
    """
    name = record.get("step")
    if name not in STEPS:
        raise UsageError(f"step: expected one of {', '.join(STEPS)}, received {name!r}")
    values = {**record.get("settings", {}), **record.get("measured", {})}
    if "skipped" in record:
        values["skipped"] = record["skipped"]
    return STEPS[name].from_fields(values)


def from_records(records: Iterable[Record]) -> list[Step]:
    """Make the steps of a list of records; see `from_record`."""
    return [from_record(record) for record in records]


def _starts_with(steps: Sequence[Step], done: Sequence[Record]) -> bool:
    """Return whether `steps` begin with those in `done`, by name and settings."""
    if not done or len(done) > len(steps):
        return False
    pairs = zip(steps, done, strict=False)
    return all((step.name, step.record()["settings"]) == (past["step"], past["settings"]) for step, past in pairs)
