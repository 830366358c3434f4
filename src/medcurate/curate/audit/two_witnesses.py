"""Suspicion from two models: one that has seen nothing of the image's patient, and one that has seen its other images.

The second knows best what a single image should be called, as its neighbors in the stack show. But it cannot see that a
whole patient is labeled wrong: the neighbors have the same wrong label, and vouch for it. The first can, though it is
less sure of a single image; so what it says of all images of a patient with the same label is averaged.

What is suspect to either is suspect. The odds against a label by both are added, so that an image comes first that one
of them is sure of. Of twenty ways to join the two, this lost least beside the better of them, of single images and of
whole patients with planted errors (``benchmarks/label_audit.py``, with other seeds than those reported).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.audit.confident_learning import Suspicion, suspect
from medcurate.curate.audit.out_of_sample import predict_held_out

PATIENTS = "patients"
IMAGES = "images"
_DECIMALS = 4
_LEAST = 1e-4  # what a probability that is rounded to 0 counts


@dataclass(frozen=True, slots=True)
class Testimony:
    """What is said of n labels of m classes.

    Attributes
    ----------
    suspicion : Suspicion
        ``flagged`` by either model; ``margin`` is (1 - o) / (1 + o) where o is the sum of the odds against the label by
        both; ``suggested`` by the model that ``evidence`` names; ``joint`` by the one that has not seen the patient.
    probabilities : ndarray of float, shape (n, m)
        By the model that ``evidence`` names.
    evidence : ndarray of str, shape (n,)
        Which model speaks more against the label: ``patients``, learned from other patients only, or ``images``,
        learned from all other images.
    """

    suspicion: Suspicion
    probabilities: NDArray[np.float64]
    evidence: NDArray[np.str_]


def hear(
    features: NDArray[np.float32],
    labels: NDArray[np.integer],
    patients: NDArray[np.integer],
    copies: NDArray[np.integer],
    *,
    seed: int = 0,
    told: Callable[[], None] | None = None,
) -> Testimony:
    """Judge labels by both models; by one where no patient has two images.

    Parameters
    ----------
    features : ndarray, shape (n, d)
    labels : ndarray of int, shape (n,)
        Classes from 0, each of which occurs.
    patients, copies : ndarray of int, shape (n,)
        Groups of images of one patient, and of copies of one image, both numbered in order of appearance.
    told : callable, optional
        Called for each fold, see `predict_held_out`.

    Raises
    ------
    UsageError
        See `predict_held_out`.
    """
    by_patients = predict_held_out(features, labels, patients, seed=seed, told=told)
    if np.array_equal(patients, copies):
        return Testimony(suspect(labels, by_patients), by_patients, np.full(len(labels), IMAGES))
    by_images = predict_held_out(features, labels, copies, seed=seed, told=told)
    return join(labels, patients, by_patients, by_images)


def join(
    labels: NDArray[np.integer],
    patients: NDArray[np.integer],
    by_patients: NDArray[np.float64],
    by_images: NDArray[np.float64],
) -> Testimony:
    """Join the probabilities of the model that has not seen the patient with those of the one that has.

    Raises
    ------
    ValueError
        See `medcurate.curate.audit.confident_learning.suspect`.
    """
    by_patients = _averaged(by_patients, labels, patients)
    apart, beside = suspect(labels, by_patients), suspect(labels, by_images)
    odds = np.stack([_odds_against(by_patients, labels), _odds_against(by_images, labels)])
    louder = odds[0] >= odds[1]
    total = odds.sum(axis=0)
    suspicion = replace(
        apart,
        margin=(1 - total) / (1 + total),
        suggested=np.where(louder, apart.suggested, beside.suggested),
        flagged=apart.flagged | beside.flagged,
    )
    probabilities = np.where(louder[:, None], by_patients, by_images)
    return Testimony(suspicion, probabilities, np.where(louder, PATIENTS, IMAGES))


def _averaged(
    p: NDArray[np.float64], labels: NDArray[np.integer], patients: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Average over the images of a patient that have the same label: they are wrong together, or right."""
    units = np.unique(np.stack([patients, labels]), axis=1, return_inverse=True)[1].ravel()
    sums = np.stack([np.bincount(units, column) for column in p.T], axis=1)
    return np.asarray((sums / np.bincount(units)[:, None]).round(_DECIMALS)[units], np.float64)


def _odds_against(p: NDArray[np.float64], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how many times as likely as the label the likeliest other class is."""
    rows = np.arange(len(labels))
    others = p.copy()
    others[rows, labels] = 0.0
    return np.asarray(np.maximum(others.max(axis=1), _LEAST) / np.maximum(p[rows, labels], _LEAST))
