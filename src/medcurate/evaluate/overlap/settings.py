"""Settings of the part overlap, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.errors import UsageError


@dataclass(frozen=True, slots=True)
class OverlapSettings:
    """Settings of the part overlap.

    Attributes
    ----------
    encoder : str
        See `medcurate.encoders.encoder`.
    label : {'tumor', 'plane'}
        Classes by which the second picture is colored and coverage is reported.
    most : int
        Largest number of images per side; of more, so many are drawn by the seed.
    k : int
        Number of nearest neighbors.
    clusters : int
        Largest number of clusters of the real images.
    images_a_cluster : int
        Smallest average number of images per cluster: fewer images make fewer clusters.
    draws : int
        Number of draws of halves, for intervals and baselines.
    umap_neighbors : int
        Number of neighbors that UMAP uses.
    umap_min_distance : float
        Smallest distance of points in the layout.
    bandwidth : float
        Bandwidth of the densities, in units of Scott's rule, which is too wide for the islands of an embedding.
    cells : int
        Cells of the grid of the densities, along each axis.
    """

    encoder: str = "classical"
    label: str = "tumor"
    most: int = 10_000
    k: int = 5
    clusters: int = 50
    images_a_cluster: int = 15
    draws: int = 200
    umap_neighbors: int = 15
    umap_min_distance: float = 0.1
    bandwidth: float = 0.5
    cells: int = 128

    def __post_init__(self) -> None:
        least = {"most": 8, "k": 1, "clusters": 1, "images_a_cluster": 2, "draws": 20, "umap_neighbors": 2, "cells": 16}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UsageError(f"{name}: expected {low} or more, received {getattr(self, name)}")
        if self.label not in ("tumor", "plane"):
            raise UsageError(f"label: expected tumor or plane, received {self.label!r}")
        if not (self.bandwidth > 0 and 0 <= self.umap_min_distance <= 1):
            raise UsageError(
                "bandwidth, umap_min_distance: expected more than 0, and 0 to 1, received "
                f"{self.bandwidth}, {self.umap_min_distance}"
            )
