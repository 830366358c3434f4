"""Which images a dataset wants: filters over the rows of a catalogue, each with its reason and its count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.curate.filters.drop_counts import ORDER, DropCounts
from medcurate.curate.filters.license_filter import is_accepted, is_stated
from medcurate.errors import Code, UsageError

__all__ = ["COLUMNS", "CONTRASTS", "ORDER", "PLANES", "TUMORS", "DropCounts", "Filters"]

TUMORS = ("glioma", "meningioma", "pituitary", "none")
PLANES = ("axial", "coronal", "sagittal")
CONTRASTS = ("T1", "T1ce", "T2", "FLAIR", "PD")

COLUMNS = (
    "kind", "status", "reason", "source", "license", "notes", "modality", "contrast", "plane", "plane_confidence",
    "obliquity_deg", "tumor", "height", "width", "sharpness", "position", "mask_area",
)  # fmt: skip
"""Columns of the catalogue that a batch must have for `Filters`."""

_OF_SLICES = frozenset({"plane", "confidence", "obliquity", "size", "sharpness", "position", "mask_area"})
_NAMES: Mapping[str, tuple[str, ...]] = {
    "tumor": TUMORS,
    "plane": PLANES,
    "contrast": CONTRASTS,
    "exclude_notes": tuple(Code),
}
_SHARES = ("min_mask_area", "max_mask_area", "min_position", "max_position", "min_confidence")

# Of the rows that a filter looks at: whether the value is known, and whether it is wanted (null counts as no).
_Answer = tuple[pa.Array, pa.Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an image must be to be kept. A filter that is not set lets everything pass.

    A row whose value is not known fails the filter that asks for it, with a reason of its own, but for one exception:
    an image of unknown modality passes, as only DICOM states it; such rows are counted (`DropCounts.unchecked`).

    Filters are asked in the order of `ORDER`. Masks are never asked, as they follow their images, nor are rows that
    were dropped before. The place in the stack is never asked of a volume, which holds all of them.

    Parameters
    ----------
    tumor : tuple of {'glioma', 'meningioma', 'pituitary', 'none'}
        Any of these.
    plane : tuple of {'axial', 'coronal', 'sagittal'}
    modality : tuple of str
        DICOM codes (``MR``, ``CT``).
    contrast : tuple of {'T1', 'T1ce', 'T2', 'FLAIR', 'PD'}
    source, exclude_source : tuple of str
        Names of input roots.
    license : tuple of str
        SPDX identifiers; see `medcurate.curate.filters.license_filter.is_accepted`.
    exclude_notes : tuple of str
        Codes of notes, such as ``COLOR``, ``NOT_PRIMARY``, ``MODALITY``.
    min_confidence : float, optional
        Of the plane, in [0, 1].
    max_obliquity : float, optional
        Angle between the slice normal and the nearest anatomical axis (degrees).
    min_size, max_size : int, optional
        Of the smaller side (pixels).
    min_sharpness : float, optional
        Variance of the Laplacian over that of the image.
    min_position, max_position : float, optional
        Place of a slice in its stack, in [0, 1].
    min_mask_area, max_mask_area : float, optional
        Share of pixels within the mask, in [0, 1].
    drop_unknown : bool
        Also drop what is of unknown modality, where a modality is asked for.

    Raises
    ------
    UsageError
        A name is not one of the catalogue's, a number is out of range, or a minimum is above its maximum.

    Examples
    --------
    >>> wanted = Filters(tumor=("pituitary",), plane=("axial",), min_size=128)
    >>> counts = DropCounts()
    >>> for batch in Catalogue.open("out").batches(COLUMNS):  # doctest: +SKIP
    ...     batch = wanted.apply(batch, counts)
    """

    tumor: tuple[str, ...] = ()
    plane: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    contrast: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    exclude_source: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    exclude_notes: tuple[str, ...] = ()
    min_confidence: float | None = None
    max_obliquity: float | None = None
    min_size: int | None = None
    max_size: int | None = None
    min_sharpness: float | None = None
    min_position: float | None = None
    max_position: float | None = None
    min_mask_area: float | None = None
    max_mask_area: float | None = None
    drop_unknown: bool = False

    def __post_init__(self) -> None:
        for name, allowed in _NAMES.items():
            object.__setattr__(self, name, tuple(_spelled(name, value, allowed) for value in getattr(self, name)))
        object.__setattr__(self, "modality", tuple(value.upper() for value in self.modality))
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name.startswith(("min_", "max_")) and value is not None:
                _check_number(item.name, value)
        for name in ("size", "position", "mask_area"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low > high:
                raise UsageError(f"expected min_{name} to be at most max_{name}, received {low} and {high}")

    def __bool__(self) -> bool:
        """Say whether any filter is set."""
        return bool(self._active())

    def reasons(self, batch: pa.RecordBatch | pa.Table, *, volumes_are_cut: bool = False) -> pa.StringArray:
        """Return why each row is not wanted: ``filter:NAME``, ``filter:NAME:unknown``, or null for what passes.

        Parameters
        ----------
        batch : RecordBatch or Table
            With `COLUMNS`.
        volumes_are_cut : bool
            Volumes will be cut into slices: ask of them only what their slices will inherit, and ask the slices.

        Returns
        -------
        StringArray
            One entry a row.
        """
        asked = pc.and_(pc.not_equal(batch["kind"], "mask"), pc.equal(batch["status"], "kept"))
        asked = _flat(pc.fill_null(asked, False))
        volume = _flat(pc.fill_null(pc.equal(batch["kind"], "volume"), False))
        reasons: pa.Array = pa.nulls(batch.num_rows, pa.string())
        for name, question in self._active().items():
            known, wanted = question(batch)
            exempt = volume if name == "position" or (volumes_are_cut and name in _OF_SLICES) else None
            if name == "modality" and not self.drop_unknown:
                wanted, known = pc.or_(wanted, pc.invert(known)), pa.array([True] * batch.num_rows, pa.bool_())
            failed = pc.and_(asked, pc.or_(pc.invert(known), pc.invert(wanted)))
            if exempt is not None:
                failed = pc.and_not(failed, exempt)
            reason = pc.if_else(known, f"filter:{name}", f"filter:{name}:unknown")
            reasons = pc.if_else(failed, reason, reasons)
            asked = pc.and_not(asked, failed)
        return reasons

    def apply(
        self, batch: pa.RecordBatch, counts: DropCounts | None = None, *, volumes_are_cut: bool = False
    ) -> pa.RecordBatch:
        """Return the batch with the unwanted rows marked (``status``, ``reason``), and count them.

        Parameters
        ----------
        batch : RecordBatch
            With `COLUMNS`, and any others.
        counts : DropCounts, optional
            Takes the counts.
        volumes_are_cut : bool
            See `reasons`.
        """
        reasons = self.reasons(batch, volumes_are_cut=volumes_are_cut)
        dropped = pc.is_valid(reasons)
        status = pc.if_else(dropped, "dropped", batch["status"])
        reason = pc.coalesce(reasons, batch["reason"])
        marked = batch.set_column(batch.schema.get_field_index("status"), "status", status)
        marked = marked.set_column(marked.schema.get_field_index("reason"), "reason", reason)
        if counts is not None:
            counts.add(reasons)
            if self.modality and not self.drop_unknown:
                counts.add_unchecked("modality", _count_unchecked(marked))
        return marked

    def _active(self) -> dict[str, Callable[[Any], _Answer]]:
        """Return the question of each filter that is set, in order."""
        questions: dict[str, Callable[[Any], _Answer] | None] = {
            "source": self._ask_source if self.source or self.exclude_source else None,
            "license": self._ask_license if self.license else None,
            "notes": self._ask_notes if self.exclude_notes else None,
            "modality": _any_of("modality", self.modality),
            "contrast": _any_of("contrast", self.contrast),
            "plane": _any_of("plane", self.plane),
            "confidence": _between("plane_confidence", self.min_confidence, None),
            "obliquity": _between("obliquity_deg", None, self.max_obliquity),
            "tumor": _any_of("tumor", self.tumor),
            "size": self._ask_size if self.min_size is not None or self.max_size is not None else None,
            "sharpness": _between("sharpness", self.min_sharpness, None),
            "position": _between("position", self.min_position, self.max_position),
            "mask_area": _between("mask_area", self.min_mask_area, self.max_mask_area),
        }
        return {name: question for name in ORDER if (question := questions[name]) is not None}

    def _ask_source(self, batch: Any) -> _Answer:
        column = _flat(batch["source"])
        excluded = pc.is_in(column, value_set=pa.array(self.exclude_source, pa.string()))
        included = pc.is_in(column, value_set=pa.array(self.source, pa.string()))
        known = pc.is_valid(column)
        return known, pc.and_not(included if self.source else known, excluded)

    def _ask_license(self, batch: Any) -> _Answer:
        values = _flat(batch["license"]).to_pylist()
        known = {value: is_stated(value) for value in set(values)}
        wanted = {value: known[value] and is_accepted(value, self.license) for value in known}
        return pa.array([known[value] for value in values], pa.bool_()), pa.array(
            [wanted[v] for v in values], pa.bool_()
        )

    def _ask_notes(self, batch: Any) -> _Answer:
        excluded = set(self.exclude_notes)
        notes = _flat(batch["notes"]).to_pylist()
        clean = [excluded.isdisjoint((entry or "").split()) for entry in notes]
        return pa.array([True] * len(notes), pa.bool_()), pa.array(clean, pa.bool_())

    def _ask_size(self, batch: Any) -> _Answer:
        side = pc.min_element_wise(_flat(batch["height"]), _flat(batch["width"]), skip_nulls=False)
        return _within(side, self.min_size, self.max_size)


def _count_unchecked(batch: pa.RecordBatch) -> int:
    kept = pc.and_(pc.equal(batch["status"], "kept"), pc.not_equal(batch["kind"], "mask"))
    return int(pc.sum(pc.and_(kept, pc.is_null(batch["modality"]))).as_py() or 0)


def _any_of(column: str, values: tuple[str, ...]) -> Callable[[Any], _Answer] | None:
    return (lambda batch: _member(batch[column], values)) if values else None


def _between(column: str, low: float | None, high: float | None) -> Callable[[Any], _Answer] | None:
    return None if low is None and high is None else lambda batch: _within(_flat(batch[column]), low, high)


def _member(column: pa.Array, values: tuple[str, ...]) -> _Answer:
    column = _flat(column)
    known = pc.fill_null(pc.not_equal(column, "unknown"), False)
    return known, pc.is_in(column, value_set=pa.array(values, pa.string()))


def _within(values: pa.Array, low: float | None, high: float | None) -> _Answer:
    known = pc.is_valid(values)
    wanted = known
    if low is not None:
        wanted = pc.and_(wanted, pc.greater_equal(values, low))
    if high is not None:
        wanted = pc.and_(wanted, pc.less_equal(values, high))
    return known, pc.fill_null(wanted, False)


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _spelled(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return a value as the catalogue spells it."""
    found = {choice.lower(): choice for choice in allowed}.get(value.lower())
    if found is None:
        raise UsageError(f"{name}: expected one of {', '.join(allowed)}, received {value!r}")
    return str(found)


def _check_number(name: str, value: float) -> None:
    most = 1.0 if name in _SHARES else float("inf")
    if not 0 <= value <= most:
        expected = "a share in [0, 1]" if most == 1.0 else "a number from 0 on"
        raise UsageError(f"{name}: expected {expected}, received {value}")
