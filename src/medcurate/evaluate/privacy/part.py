"""The part ``privacy``: whether the generator reproduces training images.

Four kinds of tests, each with the same for real images of patients that were held out: copies, also mirrored, turned,
shifted, scaled and noisy ones; pieces of training images; distances to the training images; membership.

What becomes of copies that were found is not decided here: `evaluate` calls `policy.act_on_copies` with the metrics
and ``PrivacySettings.on_copies`` once the report is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medcurate.dataset import Dataset
from medcurate.evaluate.collages.judged import Collages, Side, judge_collages
from medcurate.evaluate.collages.pictures import pieces_figure
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.neighbors import nearest
from medcurate.evaluate.privacy.copies import Copies, judge_copies
from medcurate.evaluate.privacy.copy_search import Closest, closest
from medcurate.evaluate.privacy.distances import (
    HALVINGS,
    LEAST,
    authenticity,
    closer_to_training,
    distance_metrics,
    to_training,
)
from medcurate.evaluate.privacy.fingerprints import SIDE, VECTOR_SIDE, Fingerprints, fingerprints
from medcurate.evaluate.privacy.membership import LEAST as LEAST_MEMBERS
from medcurate.evaluate.privacy.membership import LEAST_PATIENTS, Played, membership_metrics
from medcurate.evaluate.privacy.pictures import likeness_figure, pairs_figure
from medcurate.evaluate.privacy.settings import PrivacySettings
from medcurate.evaluate.privacy.verdicts import distance_verdict, membership_verdict
from medcurate.progress import ProgressReport
from medcurate.results import Figure

_HELD_OUT_PAIRS = 8
_DEFAULT = PrivacySettings()


def measure(sides: Sides, settings: PrivacySettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Look for training images among the synthetic ones.

    Parameters
    ----------
    sides : Sides
        The training images are those of `generator_ids`, if known, or else all of `train`.
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        The metric ``privacy/copies`` lists the copies, and says whether they are a leak, in its settings: see
        `policy.act_on_copies`, which removes them or raises `PolicyError`.

    Raises
    ------
    UsageError
        An image cannot be read.
    """
    training, notes = training_images(sides)
    if min(len(sides.synthetic), len(sides.test)) < 1 or len(training) < 2:
        return Part(notes=(*notes, _too_few(sides, training)))
    with _report(sides, training, progress) as report:
        seen = _Seen.read(replace(sides, train=training), report)
        copies = _judged(seen, settings)
    pieces = _pieces(seen, settings)
    near = _distances(seen, settings)
    member = _membership(seen, settings)
    return Part(
        metrics=(*copies.metrics, *pieces.metrics, *near.metrics, *member.metrics),
        verdicts=(copies.verdict, pieces.verdict, *near.verdicts, *member.verdicts),
        figures=tuple(_figures(seen, copies, pieces, settings)),
        notes=(*notes, *near.notes, *member.notes, *_held_out_notes(seen)),
    )


def training_images(sides: Sides) -> tuple[Dataset, tuple[str, ...]]:
    """Return the real images that the generator was trained on, as far as they are known, and what to say about it."""
    train = sides.train
    if sides.generator_ids is None:
        note = (
            f"Which images the generator was trained on is not known (no training_ids.txt): all {len(train):,} real "
            "images that are not held out count as training images."
        )
        return train, (note,)
    known = pc.is_in(train.rows.column("image_id"), value_set=pa.array(sorted(sides.generator_ids), pa.string()))
    found = replace(train, rows=train.rows.filter(known))
    missing = len(sides.generator_ids - set(found.ids))
    if not len(found):
        note = (
            f"None of the {missing:,} images that the generator was trained on is among the real images given: all "
            f"{len(train):,} that are not held out count as training images, and what is found says little."
        )
        return train, (note,)
    note = f"{missing:,} images that the generator was trained on are not among the real images given."
    return found, (note,) if missing else ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read of the three sets, and the closest training image of each image."""

    sides: Sides
    training: Fingerprints
    test: Fingerprints
    synthetic: Fingerprints
    of_test: Closest
    of_synthetic: Closest

    @classmethod
    def read(cls, sides: Sides, report: ProgressReport) -> _Seen:
        sets = (sides.train, sides.test, sides.synthetic)
        training, test, synthetic = (fingerprints(each, sides.size, report.advance) for each in sets)
        found = (closest(each, training, report.advance) for each in (test, synthetic))
        return cls(sides, training, test, synthetic, *found)

    def groups(self, dataset: Dataset) -> list[str | None]:
        """Return the patient of each image; None where not known."""
        return list(dataset.rows.column("patient_group").to_pylist())

    def record(self) -> dict[str, Any]:
        """Return what every metric is measured with."""
        return {"size": min(SIDE, self.sides.size), "training": len(self.training), "seed": self.sides.seed}


@contextmanager
def _report(sides: Sides, training: Dataset, progress: bool | None) -> Iterator[ProgressReport]:
    total = len(training) + 2 * len(sides.test) + 2 * len(sides.synthetic)
    with ProgressReport("privacy", total=total, show=progress is not False) as report:
        yield report


def _judged(seen: _Seen, settings: PrivacySettings) -> Copies:
    return judge_copies(
        seen.of_synthetic,
        seen.of_test,
        names=seen.sides.synthetic.rows.column("path").to_pylist(),
        training_names=seen.sides.train.rows.column("path").to_pylist(),
        rate=settings.false_alarms,
        groups=seen.groups(seen.sides.test),
        synthetic_groups=seen.groups(seen.sides.synthetic),
        seed=seen.sides.seed,
        settings=seen.record(),
    )


def _pieces(seen: _Seen, settings: PrivacySettings) -> Collages:
    sides = seen.sides
    synthetic, training, held_out = (
        Side(fingerprint.thumbnails, seen.groups(dataset))
        for fingerprint, dataset in (
            (seen.synthetic, sides.synthetic),
            (seen.training, sides.train),
            (seen.test, sides.test),
        )
    )
    return judge_collages(
        synthetic,
        training,
        held_out,
        names=sides.synthetic.rows.column("path").to_pylist(),
        training_names=sides.train.rows.column("path").to_pylist(),
        rate=settings.false_alarms,
        most=settings.most_pieces,
        seed=sides.seed,
        rounds=settings.rounds,
        settings=seen.record(),
    )


def _distances(seen: _Seen, settings: PrivacySettings) -> Part:
    shown = [side.vectors[side.shows] for side in (seen.synthetic, seen.training, seen.test)]
    synthetic, training, test = shown
    if min(len(synthetic), len(test)) < LEAST or len(training) < LEAST:
        return Part(notes=(f"Distances need at least {LEAST} images of each kind: not measured.",))
    groups = _of(seen, seen.sides.test, np.flatnonzero(seen.test.shows))
    of_made = _of(seen, seen.sides.synthetic, np.flatnonzero(seen.synthetic.shows))
    of_training = _of(seen, seen.sides.train, np.flatnonzero(seen.training.shows))
    more: dict[str, Any] = {
        "seed": seen.sides.seed,
        "settings": seen.record() | {"features": f"pixels at {VECTOR_SIDE} x {VECTOR_SIDE}, mean 0, length 1"},
    }
    of_synthetic, of_test = to_training(synthetic, training), to_training(test, training)
    metrics = (
        *distance_metrics(
            of_synthetic, of_test, groups=groups, synthetic_groups=of_made, rounds=settings.rounds, **more
        ),
        closer_to_training(
            synthetic,
            training,
            test,
            groups=groups,
            training_groups=of_training,
            synthetic_groups=of_made,
            halvings=min(HALVINGS, settings.halvings),
            **more,
        ),
        authenticity(
            of_synthetic, of_test, training, groups=groups, synthetic_groups=of_made, rounds=settings.rounds, **more
        ),
    )
    return Part(metrics, (distance_verdict({metric.name: metric for metric in metrics}),))


def _membership(seen: _Seen, settings: PrivacySettings) -> Part:
    rows = [np.flatnonzero(side.shows) for side in (seen.training, seen.test)]
    if min(map(len, rows)) < LEAST_MEMBERS or not seen.synthetic.shows.any():
        return Part(notes=(f"The membership test needs {LEAST_MEMBERS} training and held-out images: not made.",))
    rng = np.random.default_rng(seen.sides.seed)
    rows[0] = np.sort(rng.permutation(rows[0])[: settings.most_members])
    synthetic = seen.synthetic.vectors[seen.synthetic.shows]
    members, others = (
        Played(nearest(side.vectors[chosen], synthetic, 1)[0][:, 0], _looks(side, chosen), _of(seen, dataset, chosen))
        for side, dataset, chosen in zip(
            (seen.training, seen.test), (seen.sides.train, seen.sides.test), rows, strict=True
        )
    )
    if min(members.patients(), others.patients()) < LEAST_PATIENTS:
        return Part(notes=(f"The membership test needs {LEAST_PATIENTS} patients on each side: not made.",))
    metrics = membership_metrics(
        members,
        others,
        seed=seen.sides.seed,
        rounds=settings.rounds,
        halvings=settings.halvings,
        settings=seen.record()
        | {"features": f"pixels at {VECTOR_SIDE} x {VECTOR_SIDE}, mean 0, length 1", "synthetic": len(synthetic)},
    )
    return Part(metrics, (membership_verdict({metric.name: metric for metric in metrics}),))


def _looks(side: Fingerprints, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what a picture looks like without regard to any other: its lowest frequencies, brightness and contrast."""
    pictures = side.thumbnails[rows].reshape(len(rows), -1).astype(np.float32)
    gray = np.stack([pictures.mean(axis=1), pictures.std(axis=1), *np.quantile(pictures, (0.25, 0.75), axis=1)], axis=1)
    fine = np.abs(np.diff(pictures, axis=1)).mean(axis=1, keepdims=True)
    return np.concatenate([side.plain[rows].reshape(len(rows), -1), gray / 255, fine / 255], axis=1)


def _of(seen: _Seen, dataset: Dataset, rows: np.ndarray[Any, Any]) -> list[str | None]:
    groups = seen.groups(dataset)
    return [groups[row] for row in rows.tolist()]


def _figures(seen: _Seen, copies: Copies, pieces: Collages, settings: PrivacySettings) -> Iterator[Figure]:
    sides = seen.sides
    pairs: Sequence[tuple[str, str, str, Dataset, Closest, int]] = (
        (
            "privacy/pairs",
            "Closest pairs",
            "a synthetic image",
            sides.synthetic,
            seen.of_synthetic,
            settings.pairs_shown,
        ),
        (
            "privacy/pairs_held_out",
            "Closest pairs of held-out real images, for comparison",
            "a real image of a held-out patient",
            sides.test,
            seen.of_test,
            min(settings.pairs_shown, _HELD_OUT_PAIRS),
        ),
    )
    for name, title, left, dataset, found, count in pairs:
        figure = pairs_figure(name, title, left, dataset, sides.train, found, size=sides.size, pairs=count)
        if figure is not None:
            yield figure
    drawn = pieces_figure(
        seen.synthetic.thumbnails[pieces.rows], pieces.repeats, seen.training.thumbnails, pieces.order
    )
    if drawn is not None:
        yield drawn
    held_out = seen.of_test.score[~seen.of_test.equal]
    yield likeness_figure(seen.of_synthetic.score, held_out, copies.limit.value, settings.false_alarms)


def _held_out_notes(seen: _Seen) -> Iterator[str]:
    equal = int(seen.of_test.equal.sum())
    if equal:
        yield (
            f"{equal:,} held-out images are equal to a training image gray value by gray value: they set no limit, but "
            "the split leaks. Run medcurate dedupe first."
        )
    if any(group is None for group in seen.groups(seen.sides.test)):
        yield (
            "Patients are not known for all held-out images. Where training has other images of the same patient, the "
            "limit is too high, and changed copies are missed."
        )
    blank = int((~seen.synthetic.shows).sum())
    if blank:
        yield f"{blank:,} synthetic images show nothing (one gray value): they are compared with none."


def _too_few(sides: Sides, training: Dataset) -> str:
    return (
        f"Privacy was not looked at: expected images on each side, received {len(sides.synthetic):,} synthetic, "
        f"{len(training):,} training and {len(sides.test):,} held-out ones. Volumes are not compared."
    )
