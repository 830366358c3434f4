"""Combine two models: one trained without the image's patient, and one trained on the patient's other images.

The second is better for single images, because it knows neighboring slices. But it cannot detect that all labels of a
patient are wrong, because the neighbors have the same wrong label. The first can, but is less certain about single
images; so its probabilities are averaged over all images of a patient with the same label.

A label is suspect if either model suspects it. The odds against a label by both are added, so that images of which one
model is certain are ranked first. Of twenty combinations, this one lost least compared with the better single model,
for single images and for whole patients with planted errors (``benchmarks/label_audit.py``, with other seeds than those
reported).
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
_LEAST = 1e-4  # value of a probability that is rounded to 0


@dataclass(frozen=True, slots=True)
class LabelEvidence:
    """Evidence about n labels of m classes.

    Attributes
    ----------
    suspicion : Suspicion
        ``flagged`` by either model; ``margin`` is (1 - o) / (1 + o) where o is the sum of the odds against the label by
        both; ``suggested`` from the model that ``evidence`` names; ``joint`` from the one trained without the patient.
    probabilities : ndarray of float, shape (n, m)
        From the model that ``evidence`` names.
    evidence : ndarray of str, shape (n,)
        Model with the stronger evidence against the label: ``patients``, trained on other patients only, or ``images``,
        trained on all other images.
    """

    suspicion: Suspicion
    probabilities: NDArray[np.float64]
    evidence: NDArray[np.str_]


def combine_models(
    features: NDArray[np.float32],
    labels: NDArray[np.integer],
    patients: NDArray[np.integer],
    copies: NDArray[np.integer],
    *,
    seed: int = 0,
    after_fold: Callable[[], None] | None = None,
) -> LabelEvidence:
    """Evaluate labels by both models; by one if no patient has two images.

    Parameters
    ----------
    features : ndarray, shape (n, d)
    labels : ndarray of int, shape (n,)
        Classes from 0, each of which occurs.
    patients, copies : ndarray of int, shape (n,)
        Groups of images of one patient, and of copies of one image, both numbered in order of appearance.
    after_fold : callable, optional
        Called after each fold, see `predict_held_out`.

    Raises
    ------
    UsageError
        See `predict_held_out`.
    """
    by_patients = predict_held_out(features, labels, patients, seed=seed, after_fold=after_fold)
    if np.array_equal(patients, copies):
        return LabelEvidence(suspect(labels, by_patients), by_patients, np.full(len(labels), IMAGES))
    by_images = predict_held_out(features, labels, copies, seed=seed, after_fold=after_fold)
    return join(labels, patients, by_patients, by_images)


def join(
    labels: NDArray[np.integer],
    patients: NDArray[np.integer],
    by_patients: NDArray[np.float64],
    by_images: NDArray[np.float64],
) -> LabelEvidence:
    """Combine the probabilities of the model trained without the patient with those of the one trained with it.

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
    return LabelEvidence(suspicion, probabilities, np.where(louder, PATIENTS, IMAGES))


def _averaged(
    p: NDArray[np.float64], labels: NDArray[np.integer], patients: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Average over the images of a patient with the same label, which are right or wrong together."""
    units = np.unique(np.stack([patients, labels]), axis=1, return_inverse=True)[1].ravel()
    sums = np.stack([np.bincount(units, column) for column in p.T], axis=1)
    return np.asarray((sums / np.bincount(units)[:, None]).round(_DECIMALS)[units], np.float64)


def _odds_against(p: NDArray[np.float64], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the odds of the most probable other class against the label."""
    rows = np.arange(len(labels))
    others = p.copy()
    others[rows, labels] = 0.0
    return np.asarray(np.maximum(others.max(axis=1), _LEAST) / np.maximum(p[rows, labels], _LEAST))
