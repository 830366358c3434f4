"""What the search for pieces of training images found: metrics, a verdict, and what the pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.bootstrap import drawn_rows
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.privacy.collages import chance
from medcurate.evaluate.privacy.collages.repeats import (
    LEAST_CORRELATION,
    MARGIN,
    Piece,
    Repeats,
    find_repeats,
    largest_piece,
)
from medcurate.evaluate.privacy.collages.verdict import collage_verdict
from medcurate.evaluate.privacy.collages.windows import STEP, WINDOW, Indices
from medcurate.evaluate.privacy.fingerprints import SIDE
from medcurate.results import Metric, Verdict

REPEATED = "privacy/repeated_windows"
PIECE = "privacy/largest_piece"
_LISTED = 24

Pictures = NDArray[np.uint8]
Groups = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Side:
    """Pictures of one kind, 64 pixels wide and high, with the patient of each."""

    pictures: Pictures
    groups: Groups

    def take(self, rows: Indices) -> Side:
        """Return some of them."""
        return Side(self.pictures[rows], [self.groups[row] for row in rows.tolist()])


@dataclass(frozen=True, slots=True)
class Collages:
    """What was found.

    Attributes
    ----------
    rows : ndarray of int64
        Generated images that were searched.
    repeats : Repeats
        Of these, in this order; real images are training images first, then held-out ones.
    pieces : tuple of Piece
        The largest of each.
    """

    rows: Indices
    repeats: Repeats
    pieces: tuple[Piece, ...]
    metrics: tuple[Metric, ...]
    verdict: Verdict

    @property
    def order(self) -> Indices:
        """Places in `rows`, the image with the largest piece first."""
        return np.argsort([-piece.share for piece in self.pieces], kind="stable")


def judge_collages(
    synthetic: Side,
    training: Side,
    held_out: Side,
    *,
    names: Sequence[str],
    training_names: Sequence[str],
    rate: float,
    most: int,
    seed: int = 0,
    rounds: int = 500,
    settings: dict[str, Any] | None = None,
) -> Collages:
    """Search the windows of generated and of held-out images among those of training images.

    Parameters
    ----------
    names, training_names : sequence of str
        By which images are listed.
    rate : float
        False alarms of the verdict, in (0, 0.5).
    most : int
        Images of each kind whose windows are searched; of more, so many are drawn.
    """
    rng = np.random.default_rng(seed)
    rows, tested = (np.sort(rng.permutation(len(side.groups))[:most]) for side in (synthetic, held_out))
    made, new = synthetic.take(rows), held_out.take(tested)
    patients, of_training = _patients(training, held_out)
    own = np.r_[np.full(len(rows), -1), patients[len(training.groups) :][tested]]
    both = find_repeats(
        np.concatenate([made.pictures, new.pictures]),
        np.concatenate([training.pictures, held_out.pictures]),
        patients,
        own,
    )
    shares = _shares(both, len(rows) + len(tested), len(training.groups))
    counts, inside = shares[: len(rows)], shares[len(rows) :]
    pieces = tuple(_of_training(largest_piece(both, image), len(training.groups)) for image in range(len(own)))
    more: dict[str, Any] = {
        **(settings or {}),
        "window": WINDOW,
        "step": STEP,
        "pixels": SIDE,
        "least_correlation": LEAST_CORRELATION,
        "margin": MARGIN,
        "unit_of_n": "images",
    }
    of_real = _share_metric(inside, new.groups, seed + 1, rounds, more)
    tests = _tests(both, counts, inside, new.groups, patients, of_training, seed)
    floor = chance.floor(int(of_training.sum()), int((~of_training).sum()), int((counts[:, 1] > 0).sum()), rate)
    record = more | tests | {"false_alarms": rate, "images": _listed(pieces[: len(rows)], rows, names, training_names)}
    share = _share_metric(counts, made.groups, seed, rounds, record).with_baseline(of_real)
    metrics = (share, *_piece_metrics(pieces, len(rows), made.groups, new.groups, seed, rounds, more))
    return Collages(rows, both, pieces[: len(rows)], metrics, collage_verdict(metrics, floor))


def _patients(training: Side, held_out: Side) -> tuple[Indices, NDArray[np.bool_]]:
    """Number the patients of all real images, and say which of them are training patients."""
    groups = [*training.groups, *held_out.groups]
    number = group_numbers(groups, len(groups))
    of_training = np.zeros(int(number.max()) + 1, bool)
    of_training[number[: len(training.groups)]] = True
    return number, of_training


def _shares(repeats: Repeats, images: int, training: int) -> Indices:
    """Return for each image how many windows repeat a training image, and how many there are: shape (images, 2)."""
    hits = repeats.repeated & (repeats.row < training)
    image = repeats.windows.image
    return np.stack([np.bincount(image[hits], minlength=images), np.bincount(image, minlength=images)], axis=1)


def _of_training(piece: Piece, training: int) -> Piece:
    return piece if piece.row < training else Piece(0.0, -1)


def _share(counts: Indices) -> float:
    hits, windows = counts.sum(axis=0)
    return float(hits / windows) if windows else float("nan")


def _share_metric(counts: Indices, groups: Groups, seed: int, rounds: int, settings: dict[str, Any]) -> Metric:
    more = {**settings, "windows": int(counts[:, 1].sum()), "patients": len(set(group_numbers(groups, len(groups))))}
    if not counts[:, 1].any():
        why = {"why": "no window shows enough of a head"}
        return Metric(REPEATED, float("nan"), None, len(counts), more | why, better="lower")
    draws = [_share(counts[rows]) for rows in drawn_rows(len(counts), groups=groups, seed=seed, rounds=rounds)]
    return Metric(REPEATED, _share(counts), _ends(draws), len(counts), more, better="lower")


def _ends(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.nanquantile(np.asarray(draws, np.float64), [0.025, 0.975])
    return float(low), float(high)


def _tests(
    repeats: Repeats,
    counts: Indices,
    held_out: Indices,
    groups: Groups,
    patients: Indices,
    of_training: NDArray[np.bool_],
    seed: int,
) -> dict[str, Any]:
    made = repeats.repeated & (repeats.windows.image < len(counts))
    who = np.bincount(patients[repeats.row[made]], minlength=len(of_training))
    preferred = chance.chance_of_training(who, np.bincount(patients), of_training, seed=seed)
    number = group_numbers(groups, len(groups))
    hits, windows = (np.bincount(number, held_out[:, column]) for column in (0, 1))
    share = _share(counts)
    more = chance.chance_of_share(share, hits[windows > 0] / windows[windows > 0])
    return {
        "p_value": chance.chance_of_both(preferred, more),
        "p_value_of_training_patients": preferred,
        "p_value_of_share": more,
        "training_patients_repeated": int((who[of_training] > 0).sum()),
        "held_out_patients_repeated": int((who[~of_training] > 0).sum()),
    }


def _piece_metrics(
    pieces: Sequence[Piece],
    made: int,
    groups: Groups,
    held_out: Groups,
    seed: int,
    rounds: int,
    settings: dict[str, Any],
) -> list[Metric]:
    found = []
    shares = np.array([piece.share for piece in pieces])
    for words, level in (("median", 0.5), ("95th percentile", 0.95)):
        sides = []
        for values, of, number in ((shares[:made], groups, seed), (shares[made:], held_out, seed + 1)):
            draws = [
                float(np.quantile(values[rows], level))
                for rows in drawn_rows(len(values), groups=of, seed=number, rounds=rounds)
            ]
            value = float(np.quantile(values, level))
            sides.append(Metric(f"{PIECE}[{words}]", value, _ends(draws), len(values), settings, better="lower"))
        found.append(sides[0].with_baseline(sides[1]))
    return found


def _listed(
    pieces: Sequence[Piece], rows: Indices, names: Sequence[str], training_names: Sequence[str]
) -> list[dict[str, Any]]:
    order = sorted((at for at, piece in enumerate(pieces) if piece.row >= 0), key=lambda at: -pieces[at].share)
    return [
        {
            "synthetic": names[int(rows[at])],
            "training": training_names[pieces[at].row],
            "share": round(pieces[at].share, 4),
        }
        for at in order[:_LISTED]
    ]
