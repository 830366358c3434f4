"""Decide which rows are wanted: fill them in from cards, labels and names, then filter them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.catalogue import SCHEMA
from medcurate.curate.filters.row_filters import RowFilter
from medcurate.curate.homogenizing.past_steps import PastSteps
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.homogenizing.sources import SourceFacts
from medcurate.curate.labels.tumor_labels import TumorLabels, open_tumor_labels
from medcurate.curate.sources.contrast_names import contrast_of_name
from medcurate.errors import Code

_FILE_NAMES = frozenset({"nifti"})
"""Formats whose headers have no place for the contrast, so that names have it."""


class Decider:
    """Gives rows of a catalogue what is known of them beyond it, and marks those that the dataset does not want."""

    def __init__(
        self, settings: HomogenizeSettings, sources: SourceFacts, labels: TumorLabels, past: PastSteps
    ) -> None:
        self._settings = settings
        self._past = past
        self._sources = sources
        self._labels = labels
        self._seen: set[str] = set()

    @classmethod
    def open(cls, folder: Path, settings: HomogenizeSettings, settled: Mapping[str, str] | None = None) -> Decider:
        """Read the cards, the labels, the decisions and the user's statements about the sources.

        Parameters
        ----------
        settled : mapping of str to str, optional
            ``image_id`` to tumor type, where a search for copies has found more images that a decision is about.

        Raises
        ------
        UsageError
            A label is of a file that is not there, or a file cannot be read.
        """
        sources = SourceFacts.read(settings.cards, settings.source_info)
        labels = open_tumor_labels(folder, settings.tumor_labels, sources.label_maps())
        labels.decided = labels.decided.with_settled(settled or {})
        return cls(settings, sources, labels, PastSteps.of_inputs(folder))

    def check_sources(self) -> None:
        """Raise if something is said of a source that no row is of. Call it after the last batch.

        Raises
        ------
        UsageError
            Naming the source, and those that there are.
        """
        self._sources.check_known(self._seen)

    def notes(self) -> list[str]:
        """Tell of decisions that match no image. Call it after the last batch."""
        return self._labels.decided.notes()

    @property
    def sources(self) -> SourceFacts:
        """What is known of the sources."""
        return self._sources

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch, filled in and filtered."""
        self._seen.update(pc.unique(batch["source"]).to_pylist())
        if self._settings.keep_duplicates:
            batch = _without_marks(batch)
        batch = _replaced(batch, "steps", self._past.find(batch["image_id"]))
        batch = self._labels.apply(self._with_licenses(_with_contrasts(batch)))
        batch = self._labels.decided.apply(batch)
        cut = self._settings.output == "images"
        return RowFilter(self._settings.filters).apply(batch, volumes_are_cut=cut)

    def _with_licenses(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        licenses = {name: self._sources.license_of(name) for name in pc.unique(batch["source"]).to_pylist()}
        found = [licenses[name] for name in batch["source"].to_pylist()]
        return _replaced(batch, "license", pc.coalesce(pa.array(found, pa.string()), batch["license"]))


def _with_contrasts(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = (batch[name].to_pylist() for name in ("contrast", "format", "path", "kind"))
    found = [
        contrast_of_name(path) if contrast is None and form in _FILE_NAMES and kind != "mask" else contrast
        for contrast, form, path, kind in zip(*columns, strict=True)
    ]
    return _replaced(batch, "contrast", pa.array(found, pa.string()))


def _without_marks(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Take copies for images of their own."""
    copies = pc.fill_null(pc.equal(batch["reason"], Code.DUPLICATE.value), False)
    batch = _replaced(batch, "status", pc.if_else(copies, "kept", batch["status"]))
    return _replaced(batch, "reason", pc.if_else(copies, pa.scalar(None, pa.string()), batch["reason"]))


def _replaced(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), SCHEMA.field(name), column)
