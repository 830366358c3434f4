"""The share of clusters of real images that synthetic images cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.evaluate.neighbors import checked
from medcurate.evaluate.overlap.half_samples import Rows, compare
from medcurate.evaluate.overlap.neighbor_lists import NeighborLists
from medcurate.results import Metric

_STARTS = 3


def cluster_coverage(
    real: ArrayLike,
    synthetic: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    k: int = 5,
    clusters: int = 50,
    images_a_cluster: int = 15,
    lists: NeighborLists | None = None,
    draws: int = 200,
    seed: int = 0,
    name: str = "overlap/cluster_coverage",
    settings: Mapping[str, Any] | None = None,
) -> Metric:
    """Return the share of clusters of real images that synthetic images cover, see `RealClusters.coverage`.

    Parameters
    ----------
    real, synthetic : array_like, shape (n, d) and (m, d)
        Features.
    groups : sequence of str, length n, optional
        Patient of each real image.
    k, clusters, images_a_cluster : int
        See `RealClusters`.
    lists : NeighborLists, optional
        Of real and synthetic images together, the real ones first, where they are known.
    draws, seed : int
        See `half_samples`.
    settings : mapping, optional
        Recorded with the value.

    Returns
    -------
    Metric
        In [0, 1], with its real-against-real baseline.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are too few images.
    """
    real, synthetic = checked(real, "real"), checked(synthetic, "synthetic")
    of = groups if groups is not None else range(len(real))
    lists = lists or NeighborLists.of(np.concatenate([real, synthetic]), k, [*of, *[None] * len(synthetic)])
    of_real = RealClusters.of(real, lists, clusters=clusters, images_a_cluster=images_a_cluster, seed=seed)
    found = compare(of_real.coverage, of, len(synthetic), draws=draws, seed=seed)["coverage"]
    record = {
        **(settings or {}),
        "k": lists.k,
        "clusters": of_real.count,
        "clustered_by": "k-means",
        "covered": "half of the cluster's images or more have a neighbor",
        "seed": seed,
    }
    return found.metric(name, n=(len(real), len(synthetic)), settings=record, better="higher")


@dataclass(frozen=True, slots=True, eq=False)
class RealClusters:
    """Clusters of real images in feature space.

    Attributes
    ----------
    labels : ndarray of int64, shape (n,)
        Cluster of each real image.
    lists : NeighborLists
        Of real and synthetic images together, the real ones first.
    """

    labels: NDArray[np.int64]
    count: int
    lists: NeighborLists

    @classmethod
    def of(cls, real: ArrayLike, lists: NeighborLists, *, clusters: int, images_a_cluster: int, seed: int) -> Self:
        """Cluster real images by k-means (Lloyd, 1982; started as by Arthur & Vassilvitskii, 2007).

        Parameters
        ----------
        real : array_like, shape (n, d)
        clusters : int
            Largest number; fewer if there are not enough images.
        images_a_cluster : int
            Smallest average number of images per cluster.
        """
        from sklearn.cluster import KMeans

        table = checked(real, "real")
        count = max(1, min(clusters, len(table) // images_a_cluster, len(np.unique(table, axis=0))))
        labels = KMeans(count, n_init=_STARTS, random_state=seed).fit_predict(table)
        return cls(np.asarray(labels, np.int64), count, lists)

    def coverage(self, real: Rows, other: Rows) -> dict[str, float]:
        """Return the share of clusters of the real images that the others cover.

        A cluster is covered where at least half of its real images have another side's image nearer than their k-th
        nearest real neighbor, see `NeighborLists.covered`. One neighbor alone would not do: the larger a cluster is,
        the easier it has one.

        Returns
        -------
        dict of str to float
            ``coverage``, in [0, 1].
        """
        shares = self.shares(real, other)
        return {"coverage": float(np.mean(shares[~np.isnan(shares)] >= 0.5))}

    def shares(self, real: Rows, other: Rows) -> NDArray[np.float64]:
        """Return the share of covered images in each cluster, shape (count,); NaN where a cluster has none of them."""
        own = self.labels[real]
        members = np.bincount(own, minlength=self.count)
        covered = np.bincount(own, weights=self.lists.covered(real, other), minlength=self.count)
        shares = np.full(self.count, np.nan)
        np.divide(covered, members, out=shares, where=members > 0)
        return shares
