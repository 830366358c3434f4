"""The part ``copies``: whether synthetic images are copies of real ones, or of each other.

It runs whatever parts are asked for, and before all of them. Copies of real images look real, are as various as these
and have the same neighbors; so where there are more of them than between real images of different patients, no other
part may say anything good (see `medcurate.evaluate.withdrawal`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.charts import gallery_figure
from medcurate.evaluate.copies.compared import Compared, compare_sides
from medcurate.evaluate.copies.metrics import HELD_OUT, REPEATS, TRAINING, copy_metric
from medcurate.evaluate.copies.search import Matches
from medcurate.evaluate.copies.settings import CopiesSettings
from medcurate.evaluate.copies.spectra import FREQUENCIES, SIDE
from medcurate.evaluate.copies.verdicts import copies_verdict, repeats_verdict
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.privacy.fingerprints import turn
from medcurate.progress import ProgressReport
from medcurate.results import Figure, Metric

_DEFAULT = CopiesSettings()
_PAIRS_PER_ROW = 4
OF_EACH_OTHER = "of_each_other"
"""Name of the figure that shows synthetic images alone."""


def measure(sides: Sides, settings: CopiesSettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Look for copies of real images and for repeats among the synthetic ones.

    Parameters
    ----------
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        With the metrics ``copies/training``, ``copies/held_out`` and ``copies/repeats``.

    Raises
    ------
    UsageError
        An image or the list of pairs cannot be read.
    """
    counts = [len(side) for side in (sides.train, sides.test, sides.synthetic)]
    if not all(counts):
        return Part(notes=(_no_images(sides),))
    with ProgressReport("copies", total=sum(counts), show=progress is not False) as report:
        compared = compare_sides(sides, settings, report.advance)
    training, held_out, repeats = _metrics(sides, settings, compared)
    figures = tuple(_figures(sides, settings, compared))
    shown = {figure.name for figure in figures}
    return Part(
        metrics=(training, held_out, repeats),
        verdicts=(
            copies_verdict(training, held_out, tuple(sorted(shown & {"copies/of_training", "copies/of_held_out"}))),
            repeats_verdict(repeats, tuple(shown & {"copies/of_each_other"})),
        ),
        figures=figures,
        notes=tuple(_notes(sides, compared)),
    )


def _metrics(sides: Sides, settings: CopiesSettings, compared: Compared) -> Iterator[Metric]:
    size = min(sides.size, SIDE)
    lowest = min(FREQUENCIES, size // 2)
    record: dict[str, Any] = {
        "features": f"{lowest} x {lowest} lowest frequencies, rings of equal power",
        "size": size,
        "seed": sides.seed,
    }
    known = [group or None for group in compared.synthetic.rows.column("patient_group").to_pylist()]
    real = compared.between_real
    for name, matches, others in (
        (TRAINING, compared.to_training, compared.train),
        (HELD_OUT, compared.to_held_out, compared.test),
    ):
        yield copy_metric(
            name,
            matches,
            real,
            likeness=settings.least_likeness,
            groups=[known[row] for row in compared.judged.tolist()],
            real_groups=compared.real_patients,
            settings=record | {"compared_with": len(others)},
        )
    yield copy_metric(
        REPEATS,
        compared.to_each_other,
        compared.within_real,
        likeness=settings.least_likeness,
        groups=[known[row] for row in compared.repeated.tolist()],
        real_groups=compared.real_patients,
        equal=(compared.equal_repeats, compared.equal_real),
        settings=record | {"distinct": compared.distinct, "all": len(compared.synthetic)},
    )


def _figures(sides: Sides, settings: CopiesSettings, compared: Compared) -> Iterator[Figure]:
    of_each_other = compared.to_each_other
    for name, what, images, matches, others, rows in (
        ("of_training", "training images", compared.judged, compared.to_training, compared.train, None),
        ("of_held_out", "held-out images", compared.judged, compared.to_held_out, compared.test, None),
        (
            OF_EACH_OTHER,
            "other synthetic images",
            compared.repeated,
            of_each_other,
            compared.synthetic,
            compared.repeated,
        ),
    ):
        order = np.argsort(-matches.likeness, kind="stable")
        found = order[(matches.equal | (matches.likeness >= settings.least_likeness))[order]]
        if len(found):
            places = matches.row[found[: settings.copies_shown]]
            pairs = (images[found[: settings.copies_shown]], places if rows is None else rows[places])
            yield _figure(sides, name, what, (compared.synthetic, others), pairs, matches, found)


def _figure(
    sides: Sides,
    name: str,
    what: str,
    datasets: tuple[Dataset, Dataset],
    pairs: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
    matches: Matches,
    found: np.ndarray[Any, Any],
) -> Figure:
    lefts, rights = (read_pixels(dataset, sides.size, rows) for dataset, rows in zip(datasets, pairs, strict=True))
    views = matches.view[found[: len(lefts)]].tolist()
    turned = [turn(picture, view) for picture, view in zip(lefts, views, strict=True)]
    tiles = np.stack([picture for pair in zip(turned, rights, strict=True) for picture in pair]).astype(np.uint8)
    caption = (
        f"{len(lefts)} of the {len(found):,} synthetic images that are copies of {what}, the closest first, row by "
        "row: on the left of each pair the synthetic image, on the right the one that it is a copy of. What was "
        "mirrored or turned is shown turned back."
    )
    if name != OF_EACH_OTHER:
        caption += " The picture shows real images: it is as confidential as they are."
    return gallery_figure(f"copies/{name}", f"Copies of {what}", caption, tiles, columns=2 * _PAIRS_PER_ROW, group=2)


def _notes(sides: Sides, compared: Compared) -> Iterator[str]:
    kinds = (
        ("real training", sides.train, len(compared.train)),
        ("held-out", sides.test, len(compared.test)),
        ("synthetic", sides.synthetic, len(compared.synthetic)),
    )
    for kind, given, read in kinds:
        if read < len(given):
            yield (
                f"{read:,} of {len(given):,} {kind} images were drawn, with seed {sides.seed}: copies of others are "
                "not found."
            )
    if len(compared.judged) < len(compared.synthetic):
        yield (
            f"{len(compared.judged):,} of {len(compared.synthetic):,} synthetic images were compared with the real "
            f"ones, and {len(compared.repeated):,} with each other; equal images were counted among all."
        )
    if compared.excused:
        yield (
            f"{compared.excused:,} synthetic images stand for a held-out one (pairs): likeness to it counts only where "
            "it is equal."
        )
    if not any(compared.real_patients):
        yield (
            "Patients are not known: real images of one patient count as images of different patients, and what they "
            "have in common is taken for copies between real images."
        )


def _no_images(sides: Sides) -> str:
    return (
        f"Copies were not looked for: expected images on each side, received {len(sides.synthetic):,} synthetic, "
        f"{len(sides.train):,} training and {len(sides.test):,} held-out ones. Volumes are not compared."
    )
