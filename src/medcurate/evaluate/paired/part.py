"""The part of an evaluation that looks at pairs: errors, similarities, feature distance and texture of each pair."""

from __future__ import annotations

import numpy as np

from medcurate.encoders import encoder
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.paired.drawing import image_gallery, spread_figure, volume_gallery
from medcurate.evaluate.paired.image_pairs import score_images
from medcurate.evaluate.paired.images import IMAGE_RANGE
from medcurate.evaluate.paired.pair_metrics import Naming, look_metrics, own_nearer_metric, similarity_metrics
from medcurate.evaluate.paired.pairs import ImagePair, Pairs, find_pairs
from medcurate.evaluate.paired.references import fit_references, some_images, some_slices
from medcurate.evaluate.paired.settings import PairedSettings
from medcurate.evaluate.paired.structural_similarity import scales
from medcurate.evaluate.paired.verdicts import verdict_of
from medcurate.evaluate.paired.volume_pairs import VolumeScores, score_volumes
from medcurate.progress import ProgressReport

NO_PAIRS = (
    "No pairs: no held-out real image has a synthetic one of the same path, file name or image_id. Errors and "
    "similarities of pairs are for images that were made from a real one, such as another contrast of it; --pairs "
    "names such pairs."
)
_DEFAULTS = PairedSettings()
_NOT_HELD_OUT = "real images that are not held out"


def measure(sides: Sides, settings: PairedSettings = _DEFAULTS, *, progress: bool | None = None) -> Part:
    """Compare each synthetic image with the real one that it stands for.

    Parameters
    ----------
    sides : Sides
        Pairs are those with a real image or volume among ``sides.test``.
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        Only a note where there are no pairs.

    Raises
    ------
    UsageError
        The list of pairs is wrong, or an image cannot be read.
    MissingExtra
        The encoder or a figure needs a package that is not installed.
    """
    found = find_pairs(sides.test, sides.synthetic, settings.pairs, not_held_out=sides.train)
    if not len(found):
        return Part(notes=(NO_PAIRS,))
    images, notes = _drawn(found, settings.most_pairs, sides.seed)
    with ProgressReport("pairs", total=len(images) + len(found.volumes), show=progress is not False) as report:
        parts = [_images(sides, settings, images, found.rule, report)] if images else []
        parts += [_volumes(sides, settings, found, report)] if found.volumes else []
    return Part(
        metrics=tuple(metric for part in parts for metric in part.metrics),
        verdicts=tuple(verdict for part in parts for verdict in part.verdicts),
        figures=tuple(figure for part in parts for figure in part.figures),
        notes=(*notes, *(note for part in parts for note in part.notes)),
    )


def _drawn(found: Pairs, most: int, seed: int) -> tuple[tuple[ImagePair, ...], tuple[str, ...]]:
    """Return the pairs of pictures that are measured, and what a reader must know of the choice."""
    notes = [f"{len(found):,} pairs, found by: {found.rule}"]
    if found.passed_over:
        notes.append(f"{found.passed_over:,} listed pairs are passed over: their real images are not held out")
    images = found.images
    if len(images) > most:
        places = np.sort(np.random.default_rng(seed).choice(len(images), most, replace=False)).tolist()
        notes.append(f"{most:,} of {len(images):,} pairs of pictures are measured, drawn with seed {seed}")
        images = tuple(images[place] for place in places)
    return images, tuple(notes)


def _images(
    sides: Sides, settings: PairedSettings, pairs: tuple[ImagePair, ...], rule: str, report: ProgressReport
) -> Part:
    named = encoder(settings.encoder)
    fitted = fit_references(some_images(sides.train, sides.size), named, sides.size, _NOT_HELD_OUT)
    scores = score_images(sides, pairs, fitted, report)
    shared = {"pairs": rule, "data_range": IMAGE_RANGE, "size": " x ".join(map(str, scores.shape))}
    shared |= {"pairs_scaled_to_one_size": scores.scaled} if scores.scaled else {}
    naming = Naming("", shared, sides.seed, settings.rounds)
    groups = [pair.group for pair in pairs]
    metrics = similarity_metrics(naming, scores.regions, scores.baseline, groups, scales(scores.shape))
    metrics += look_metrics(naming, fitted, scores.texture, scores.distance, groups, sides.size)
    verdicts = []
    if scores.own_nearer.size:
        own = own_nearer_metric(naming, scores.own_nearer)
        metrics.append(own)
        verdicts.append(verdict_of(own, metrics, rule))
    figures = (
        spread_figure(scores.regions, scores.baseline),
        image_gallery(sides, pairs, scores.regions),
    )
    return Part(tuple(metrics), tuple(verdicts), figures, fitted.notes)


def _volumes(sides: Sides, settings: PairedSettings, found: Pairs, report: ProgressReport) -> Part:
    named = encoder(settings.encoder)
    count, size = settings.slices_per_volume, sides.size
    names = {pair.real.name for pair in found.volumes}
    fitted = fit_references(some_slices(sides.train, names, count, size), named, size, f"slices of {_NOT_HELD_OUT}")
    scores = score_volumes(found.volumes, fitted, settings, size, report)
    lost = len(found.volumes) - len(scores.measured)
    notes = (
        [f"{lost:,} pairs of volumes are left out: their shapes differ, or the real one is constant"] if lost else []
    )
    if not scores.measured:
        return Part(notes=tuple(notes))
    naming = Naming("3-D", {"pairs": found.rule} | _range_of(scores, settings), sides.seed, settings.rounds)
    groups = [pair.group for pair in scores.measured]
    metrics = similarity_metrics(naming, scores.regions, {}, groups, scales(scores.shape))
    slices = Naming("3-D", {"pairs": found.rule, "slices": count}, sides.seed, settings.rounds)
    metrics += look_metrics(slices, fitted, scores.texture, scores.distance, groups, size)
    return Part(tuple(metrics), (), (volume_gallery(scores.middle),), (*notes, *fitted.notes))


def _range_of(scores: VolumeScores, settings: PairedSettings) -> dict[str, object]:
    given = settings.data_range is not None
    return {
        "data_range": [min(scores.data_ranges), max(scores.data_ranges)],
        "data_range_rule": "given" if given else "largest minus least value of each real volume",
        "size": " x ".join(map(str, scores.shape)),
    }
