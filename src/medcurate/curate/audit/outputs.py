"""``label_audit.csv`` and its contact sheet, for the review of tumor labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue
from medcurate.curate.audit.confident_learning import Suspicion
from medcurate.curate.audit.rows import AuditRows
from medcurate.curate.audit.two_models import LabelEvidence
from medcurate.curate.review.contact_sheet import TILE, Tile, contact_sheet, encode
from medcurate.curate.review.thumbnails import View, thumbnails
from medcurate.curate.sources.inputs import Item
from medcurate.curate.sources.row_pixels import row_files
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.run_folder import atomic_write

TABLE = "label_audit.csv"
SHEET = "label_audit.jpg"
COLUMNS = (
    "source", "path", "frame", "tumor", "suggested", "probability_given", "probability_suggested", "evidence", "rank",
    "flagged",
)  # fmt: skip
MAX_TILES = 120


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Results of the audit per entry of `AuditRows`; labels and suggestions are indices into `classes`."""

    classes: tuple[str, ...]
    given: NDArray[np.intp]
    evidence: LabelEvidence

    @property
    def suspicion(self) -> Suspicion:
        """Combined suspicion of both models."""
        return self.evidence.suspicion

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Probabilities of the model with the stronger evidence against the label."""
        return self.evidence.probabilities


class _Place(NamedTuple):
    source: str
    path: str
    frame: int | None


def write_outputs(folder: Path, rows: AuditRows, verdicts: Verdicts) -> None:
    """Write the table and the contact sheet, most suspect first, each file atomically.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    order = verdicts.suspicion.order(rows.image_id)
    places = _places(folder, rows.number)
    with atomic_write(folder / TABLE) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_lines(order, rows, verdicts, places))
        text.flush()
        text.detach()
    sheet = _sheet(folder, order[:MAX_TILES], rows, verdicts, places)
    with atomic_write(folder / SHEET, durable=False) as stream:
        stream.write(sheet)


def _places(folder: Path, numbers: NDArray[np.int64]) -> dict[int, _Place]:
    wanted = set(numbers.tolist())
    places = {}
    number = 0
    for batch in Catalogue.open(folder).batches(_Place._fields):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if number in wanted:
                places[number] = _Place(*row)
            number += 1
    return places


def _lines(
    order: NDArray[np.intp], rows: AuditRows, verdicts: Verdicts, places: dict[int, _Place]
) -> Iterator[tuple[str | int, ...]]:
    suspicion = verdicts.suspicion
    for rank, entry in enumerate(order.tolist(), 1):
        source, path, frame = places[int(rows.number[entry])]
        given, suggested = int(verdicts.given[entry]), int(suspicion.suggested[entry])
        own, other = verdicts.probabilities[entry, [given, suggested]]
        yield (
            source, path, "" if frame is None else frame, verdicts.classes[given], verdicts.classes[suggested],
            f"{own:.4f}", f"{other:.4f}", str(verdicts.evidence.evidence[entry]), rank, int(suspicion.flagged[entry]),
        )  # fmt: skip


def _sheet(
    folder: Path, shown: NDArray[np.intp], rows: AuditRows, verdicts: Verdicts, places: dict[int, _Place]
) -> bytes:
    suspicion = verdicts.suspicion
    numbers = rows.number[shown].tolist()
    items = _items(folder, set(numbers))
    views = {n: View(item, places[n].frame, None) for n, item in items.items()}
    small = thumbnails(list(views.values()), TILE, recorded_inputs(folder).options)
    tiles = []
    for rank, (entry, number) in enumerate(zip(shown.tolist(), numbers, strict=True), 1):
        given, suggested = int(verdicts.given[entry]), int(suspicion.suggested[entry])
        own, other = verdicts.probabilities[entry, [given, suggested]]
        image = small.get(views[number]) if number in views else None
        # The line below the name shows the labels instead of the folder.
        name = places[number].path.replace("!", "/").rsplit("/", 1)[-1]
        said = f"{verdicts.classes[given]} > {verdicts.classes[suggested]}"
        flagged = bool(suspicion.flagged[entry])
        tiles.append(Tile(image, float(own), f"against {other:.2f}", f"{said}/{name}", rank, outlined=flagged))
    flagged_images = int(suspicion.flagged.sum())
    summary = (
        f"{len(verdicts.given):,} images audited · {flagged_images:,} flagged (framed) · {len(tiles):,} shown, most "
        f"suspect first · label > suggestion, probability of the label against that of the suggestion"
    )
    return encode(contact_sheet("label audit", summary, tiles), ".jpg")


def _items(folder: Path, numbers: set[int]) -> dict[int, Item]:
    """Return the file of each row, if it still exists."""
    count = 0

    def choose(batch: pa.RecordBatch) -> pa.Array:
        nonlocal count
        chosen = pa.array([count + place in numbers for place in range(batch.num_rows)], pa.bool_())
        count += batch.num_rows
        return chosen

    return {
        row: file.item for file in row_files(folder, choose, ("frame",)) if file.item is not None for row in file.rows
    }
