"""What the search for pieces of training images found: metrics, a verdict, and what the pictures show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.collages import chance
from medcurate.evaluate.collages.repeats import (
    LEAST_CORRELATION,
    MARGIN,
    Piece,
    Repeats,
    find_repeats,
    largest_piece,
)
from medcurate.evaluate.collages.verdict import collage_verdict
from medcurate.evaluate.collages.windows import SIDE, STEP, WINDOW, Indices
from medcurate.evaluate.design.bootstrap import drawn_rows
from medcurate.evaluate.design.folds import group_numbers
from medcurate.results import Metric, Verdict

REPEATED = "privacy/repeated_windows"
PIECE = "privacy/largest_piece"
_LISTED = 24
_HOW: dict[str, Any] = {
    "window": WINDOW,
    "step": STEP,
    "pixels": SIDE,
    "least_correlation": LEAST_CORRELATION,
    "margin": MARGIN,
    "unit_of_n": "images",
}

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
    found = find_repeats(
        np.concatenate([made.pictures, new.pictures]),
        np.concatenate([training.pictures, held_out.pictures]),
        patients,
        own,
    )
    real = Real(len(training.groups), patients, of_training)
    pieces = tuple(real.only_training(largest_piece(found, image)) for image in range(len(own)))
    more = (settings or {}) | _HOW
    record = more | {"images": _listed(pieces[: len(rows)], rows, names, training_names)}
    share = share_metric(found, real, made.groups, new.groups, rate=rate, seed=seed, rounds=rounds, settings=record)
    shares = np.array([piece.share for piece in pieces])
    sides = ((shares[: len(rows)], made.groups), (shares[len(rows) :], new.groups))
    metrics = (share, *_piece_metrics(sides, seed, rounds, more))
    floor = chance.floor(int(of_training.sum()), int((~of_training).sum()), share.settings["images_with_windows"], rate)
    return Collages(rows, found, pieces[: len(rows)], metrics, collage_verdict(metrics, floor))


@dataclass(frozen=True, slots=True)
class Real:
    """The real images that are searched, training images first.

    Attributes
    ----------
    training : int
        How many of them are training images.
    patients : ndarray of int64, shape (images,)
    of_training : ndarray of bool, shape (patients,)
        Which patients have training images.
    """

    training: int
    patients: Indices
    of_training: NDArray[np.bool_]

    def only_training(self, piece: Piece) -> Piece:
        """Return a piece of a training image, and none where it is of a held-out one."""
        return piece if piece.row < self.training else Piece(0.0, -1)


def share_metric(
    repeats: Repeats,
    real: Real,
    groups: Groups,
    held_out: Groups,
    *,
    rate: float,
    seed: int = 0,
    rounds: int = 500,
    settings: dict[str, Any] | None = None,
) -> Metric:
    """Return the share of windows that repeat a training image, with the chance of so much in the settings.

    Parameters
    ----------
    repeats : Repeats
        Of generated images, then of held-out ones.
    groups, held_out : sequence
        Patient of each generated and each held-out image: whole patients are drawn again for the intervals.
    """
    more = {**(settings or {}), "false_alarms": rate}
    counts = _counts(repeats, len(groups) + len(held_out), real.training)
    made, new = counts[: len(groups)], counts[len(groups) :]
    tests = _tests(repeats, made, new, held_out, real, seed) if made[:, 1].any() else {}
    own = _share_metric(made, groups, seed, rounds, more | tests)
    return own.with_baseline(_share_metric(new, held_out, seed + 1, rounds, more))


def _patients(training: Side, held_out: Side) -> tuple[Indices, NDArray[np.bool_]]:
    """Return a number for the patient of each real image, and which patients are training patients."""
    groups = [*training.groups, *held_out.groups]
    number = group_numbers(groups, len(groups))
    of_training = np.zeros(int(number.max()) + 1, bool)
    of_training[number[: len(training.groups)]] = True
    return number, of_training


def _counts(repeats: Repeats, images: int, training: int) -> Indices:
    """Return for each image how many windows repeat a training image, and how many there are: shape (images, 2)."""
    hits = repeats.repeated & (repeats.row < training)
    image = repeats.windows.image
    return np.stack([np.bincount(image[hits], minlength=images), np.bincount(image, minlength=images)], axis=1)


def _share(counts: Indices) -> float:
    hits, windows = counts.sum(axis=0)
    return float(hits / windows) if windows else float("nan")


def _share_metric(counts: Indices, groups: Groups, seed: int, rounds: int, settings: dict[str, Any]) -> Metric:
    more = settings | {
        "windows": int(counts[:, 1].sum()),
        "images_with_windows": int((counts[:, 1] > 0).sum()),
        "patients": len(set(group_numbers(groups, len(groups)).tolist())),
    }
    if not counts[:, 1].any():
        why = {"why": "no window shows enough of a head"}
        return Metric(REPEATED, float("nan"), None, len(counts), more | why, better="lower")
    draws = [_share(counts[rows]) for rows in drawn_rows(len(counts), groups=groups, seed=seed, rounds=rounds)]
    return Metric(REPEATED, _share(counts), _ends(draws), len(counts), more, better="lower")


def _ends(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.nanquantile(np.asarray(draws, np.float64), [0.025, 0.975])
    return float(low), float(high)


def _tests(repeats: Repeats, made: Indices, new: Indices, groups: Groups, real: Real, seed: int) -> dict[str, Any]:
    hits = repeats.repeated & (repeats.windows.image < len(made))
    who = np.bincount(real.patients[repeats.row[hits]], minlength=len(real.of_training))
    preferred = chance.chance_of_training(who, np.bincount(real.patients), real.of_training, seed=seed)
    number = group_numbers(groups, len(groups))
    repeated, windows = (np.bincount(number, new[:, column]) for column in (0, 1))
    more = chance.chance_of_share(_share(made), repeated[windows > 0] / windows[windows > 0])
    return {
        "p_value": chance.chance_of_both(preferred, more),
        "p_value_of_training_patients": preferred,
        "p_value_of_share": more,
        "training_patients_repeated": int((who[real.of_training] > 0).sum()),
        "held_out_patients_repeated": int((who[~real.of_training] > 0).sum()),
    }


def _piece_metrics(
    sides: Sequence[tuple[NDArray[np.float64], Groups]], seed: int, rounds: int, settings: dict[str, Any]
) -> Iterator[Metric]:
    for words, level in (("median", 0.5), ("95th percentile", 0.95)):
        found = []
        for number, (shares, groups) in enumerate(sides):
            drawn = drawn_rows(len(shares), groups=groups, seed=seed + number, rounds=rounds)
            ends = _ends([float(np.quantile(shares[rows], level)) for rows in drawn])
            value = float(np.quantile(shares, level))
            found.append(Metric(f"{PIECE}[{words}]", value, ends, len(shares), settings, better="lower"))
        yield found[0].with_baseline(found[1])


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
