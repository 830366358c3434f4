"""Similarity of slices in the details that neighbors in one head share, as evidence for `slice_linkage`.

Outline and size of a head are similar in many people. Fine structure is specific, so the low frequencies of a thumbnail
are weighted down before two are correlated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from medcurate.catalogue import Catalogue
from medcurate.curate.measures.image_digest import IMAGE, Digests
from medcurate.curate.patients.patient_evidence import key
from medcurate.curate.patients.slice_linkage import Likeness

FREQUENCIES = 20
"""Number of horizontal and of vertical frequencies compared."""

CANDIDATES = 12
"""Number of most similar images found per image."""

_EXPONENT = 1.25
_EXACT = 50_000  # number of images of one plane and size up to which all pairs are compared
_BLOCK = 4_096


def likeness_of(digests: Digests, catalogue: Catalogue) -> Likeness:
    """Return pairs of images that may show one head; memory holds about 1.6 KB per image.

    Parameters
    ----------
    digests : Digests
        Digests of the images of the catalogue.
    catalogue : Catalogue
        With planes: only images of one plane and size are compared. Volumes are not compared; their names are better
        evidence.
    """
    usable = np.flatnonzero(digests.records["usable"] & (digests.records["kind"] == IMAGE))
    row = digests.records["row"][usable].astype(np.int64)
    vectors = np.empty((len(usable), FREQUENCIES**2), np.float32)
    for start in _starts(len(usable)):
        vectors[start : start + _BLOCK] = describe_slices(digests.thumbnails(usable[start : start + _BLOCK]))
    return alike(vectors, row, _stacks(catalogue)[row])


def _stacks(catalogue: Catalogue) -> NDArray[np.uint64]:
    """Return a key of plane and size per row."""
    found = [np.empty(0, np.uint64)]
    for batch in catalogue.batches(["plane", "height", "width"]):
        lines = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        found.append(np.array([key(*map(str, line)) for line in lines], np.uint64))
    return np.concatenate(found)


def describe_slices(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a unit vector per image; inner products are the similarity, from -1 to 1.

    Parameters
    ----------
    thumbnails : ndarray of uint8, shape (n, side, side)
        Contents of images as squares of at least 20 pixels, see `perceptual_hash.thumbnail`.

    Returns
    -------
    ndarray of float32, shape (n, 400)
    """
    found = np.empty((len(thumbnails), FREQUENCIES**2), np.float32)
    place = np.arange(FREQUENCIES)
    weight = (place[:, None] ** 2 + place[None] ** 2) ** (_EXPONENT / 2)
    for start in range(0, len(thumbnails), _BLOCK):
        part = thumbnails[start : start + _BLOCK].astype(np.float32)
        low = dctn(part, axes=(1, 2), norm="ortho")[:, :FREQUENCIES, :FREQUENCIES] * weight
        flat = low.reshape(len(part), -1)
        found[start : start + _BLOCK] = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return found


def alike(
    vectors: NDArray[np.float32], row: NDArray[np.int64], stack: NDArray[np.uint64], *, candidates: int = CANDIDATES
) -> Likeness:
    """Return for each image the most similar ones of the same plane and size.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        From `describe_slices`.
    row : ndarray of int64, shape (n,)
        Row of each image in the catalogue.
    stack : ndarray of uint64, shape (n,)
        Key that slices of one stack share; only equal keys are compared.
    """
    a, b, likeness = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    order = np.lexsort((row, stack))
    for members in np.split(order, np.flatnonzero(np.diff(stack[order])) + 1):
        if len(members) > 1:
            near, similarity = _nearest(vectors[members], min(candidates + 1, len(members)))
            first = np.repeat(members, near.shape[1])
            second = members[near.ravel()]
            valid = (near.ravel() >= 0) & (first != second)
            a.append(row[first[valid]])
            b.append(row[second[valid]])
            likeness.append(np.clip(similarity.ravel()[valid], 0, 1).astype(np.float32))
    return _once(np.concatenate(a), np.concatenate(b), np.concatenate(likeness))


def _nearest(vectors: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the k vectors with the largest inner product with each vector, itself included."""
    import faiss

    index: Any
    if len(vectors) <= _EXACT:
        index = faiss.IndexFlatIP(vectors.shape[1])
    else:
        lists = int(4 * np.sqrt(len(vectors)))
        index = faiss.index_factory(vectors.shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:: max(1, len(vectors) // (40 * lists))])
        index.nprobe = 16
    index.add(vectors)
    found = [index.search(vectors[start : start + _BLOCK], k) for start in _starts(len(vectors))]
    return np.concatenate([near for _, near in found]), np.concatenate([similarity for similarity, _ in found])


def _starts(n: int) -> Iterator[int]:
    return iter(range(0, n, _BLOCK))


def _once(a: NDArray[np.int64], b: NDArray[np.int64], similarity: NDArray[np.float32]) -> Likeness:
    """Keep each pair once."""
    pairs, first = np.unique(np.stack([np.minimum(a, b), np.maximum(a, b)]), axis=1, return_index=True)
    return Likeness(pairs[0], pairs[1], similarity[first])
