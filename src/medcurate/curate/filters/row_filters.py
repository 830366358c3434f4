"""Filters over the rows of a catalogue, each with a reason and a count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.curate.filters.drop_counts import ORDER, DropCounts
from medcurate.curate.filters.license_filter import is_accepted, is_stated
from medcurate.curate.filters.settings import Filters

__all__ = ["COLUMNS", "ORDER", "DropCounts", "RowFilter"]

COLUMNS = (
    "kind", "status", "reason", "source", "license", "notes", "modality", "contrast", "plane", "plane_confidence",
    "obliquity_deg", "tumor", "height", "width", "sharpness", "position", "mask_area",
)  # fmt: skip
"""Columns of the catalogue that a batch must have for `RowFilter`."""

_OF_SLICES = frozenset({"plane", "confidence", "obliquity", "size", "sharpness", "position", "mask_area"})

# Of the rows that a filter looks at: whether the value is known, and whether it is wanted (null counts as no).
_Answer = tuple[pa.Array, pa.Array]


class RowFilter:
    """Marks the rows of a catalogue that filters leave out.

    A row whose value is not known fails the filter that needs it, with a reason of its own, with one exception: an
    image of unknown modality passes, because only DICOM states it; such rows are counted (`DropCounts.unchecked`).

    Filters are applied in the order of `ORDER`. Masks are never filtered, as they follow their images, nor are rows
    that were dropped before. The position in the stack is never checked on a volume, which holds all positions.

    Parameters
    ----------
    filters : Filters
        Which images are kept.

    Examples
    --------
    >>> wanted = RowFilter(Filters(tumor=("pituitary",), plane=("axial",), min_size=128))
    >>> counts = DropCounts()
    >>> for batch in Catalogue.open("out").batches(COLUMNS):  # doctest: +SKIP
    ...     batch = wanted.apply(batch, counts)
    """

    def __init__(self, filters: Filters) -> None:
        self._filters = filters

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
            One entry per row.
        """
        asked = pc.and_(pc.not_equal(batch["kind"], "mask"), pc.equal(batch["status"], "kept"))
        asked = _flat(pc.fill_null(asked, False))
        volume = _flat(pc.fill_null(pc.equal(batch["kind"], "volume"), False))
        reasons: pa.Array = pa.nulls(batch.num_rows, pa.string())
        for name, question in self._active().items():
            known, wanted = question(batch)
            exempt = volume if name == "position" or (volumes_are_cut and name in _OF_SLICES) else None
            if name == "modality" and not self._filters.drop_unknown:
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
            if self._filters.modality and not self._filters.drop_unknown:
                counts.add_unchecked("modality", _count_unchecked(marked))
        return marked

    def _active(self) -> dict[str, Callable[[Any], _Answer]]:
        """Return the test of each filter that is set, in order."""
        wanted = self._filters
        questions: dict[str, Callable[[Any], _Answer] | None] = {
            "source": self._ask_source if wanted.source or wanted.exclude_source else None,
            "license": self._ask_license if wanted.license else None,
            "notes": self._ask_notes if wanted.exclude_notes else None,
            "modality": _any_of("modality", wanted.modality),
            "contrast": _any_of("contrast", wanted.contrast),
            "plane": _any_of("plane", wanted.plane),
            "confidence": _between("plane_confidence", wanted.min_confidence, None),
            "obliquity": _between("obliquity_deg", None, wanted.max_obliquity),
            "tumor": _any_of("tumor", wanted.tumor),
            "size": self._ask_size if wanted.min_size is not None or wanted.max_size is not None else None,
            "sharpness": _between("sharpness", wanted.min_sharpness, None),
            "position": _between("position", wanted.min_position, wanted.max_position),
            "mask_area": _between("mask_area", wanted.min_mask_area, wanted.max_mask_area),
        }
        return {name: question for name in ORDER if (question := questions[name]) is not None}

    def _ask_source(self, batch: Any) -> _Answer:
        column = _flat(batch["source"])
        excluded = pc.is_in(column, value_set=pa.array(self._filters.exclude_source, pa.string()))
        included = pc.is_in(column, value_set=pa.array(self._filters.source, pa.string()))
        known = pc.is_valid(column)
        return known, pc.and_not(included if self._filters.source else known, excluded)

    def _ask_license(self, batch: Any) -> _Answer:
        values = _flat(batch["license"]).to_pylist()
        known = {value: is_stated(value) for value in set(values)}
        wanted = {value: known[value] and is_accepted(value, self._filters.license) for value in known}
        return pa.array([known[value] for value in values], pa.bool_()), pa.array(
            [wanted[v] for v in values], pa.bool_()
        )

    def _ask_notes(self, batch: Any) -> _Answer:
        excluded = set(self._filters.exclude_notes)
        notes = _flat(batch["notes"]).to_pylist()
        clean = [excluded.isdisjoint((entry or "").split()) for entry in notes]
        return pa.array([True] * len(notes), pa.bool_()), pa.array(clean, pa.bool_())

    def _ask_size(self, batch: Any) -> _Answer:
        side = pc.min_element_wise(_flat(batch["height"]), _flat(batch["width"]), skip_nulls=False)
        return _within(side, self._filters.min_size, self._filters.max_size)


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
