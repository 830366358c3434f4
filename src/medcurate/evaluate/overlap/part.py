"""The part ``overlap`` (also ``--umap``): whether real and synthetic images lie in the same places.

One exact neighbor search is used for everything: the layout of UMAP, the shares of neighbors, and the coverage of
clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from medcurate.errors import MissingExtra
from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.neighbors import nearest
from medcurate.evaluate.overlap.class_coverage import class_coverage
from medcurate.evaluate.overlap.cluster_coverage import RealClusters, cluster_coverage
from medcurate.evaluate.overlap.density_overlap import density_overlap
from medcurate.evaluate.overlap.embedding import embed
from medcurate.evaluate.overlap.neighbor_lists import NeighborLists, list_length, neighbor_shares
from medcurate.evaluate.overlap.pictures import embedding_figures, uncovered_figure
from medcurate.evaluate.overlap.settings import OverlapSettings
from medcurate.evaluate.overlap.verdicts import verdicts
from medcurate.results import Metric

_DEFAULT = OverlapSettings()


def measure(sides: Sides, settings: OverlapSettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Lay out real and synthetic images, and measure how they lie.

    Parameters
    ----------
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        Without umap-learn, a note stands in place of the layout and its density; all else is measured.

    Raises
    ------
    UsageError
        An image cannot be read, or the encoder is refused.
    """
    least = max(8, 2 * settings.k)
    if min(len(sides.test), len(sides.synthetic)) < least or len(sides.train) < 4:
        return Part(notes=(_too_few(sides, least),))
    encoded = EncodedSides.of(sides, settings.encoder, most=settings.most, progress=progress)
    if len(set(encoded.test.groups)) < 2:
        return Part(notes=("Overlap was not looked at: the held-out real images are all of one patient.",))
    return _measured(sides, settings, encoded)


def _measured(sides: Sides, settings: OverlapSettings, encoded: EncodedSides) -> Part:
    real, synthetic = encoded.test.features, encoded.synthetic.features
    both = np.concatenate([real, synthetic])
    groups = [*encoded.test.groups, *[None] * len(synthetic)]
    length = max(list_length(settings.k, groups), settings.umap_neighbors)
    near = nearest(both, both, min(length, len(both) - 1), skip_self=True)
    lists = NeighborLists.among(near[1], settings.k, groups)
    record = encoded.record(sides.size)
    drawn: dict[str, Any] = {"groups": encoded.test.groups, "draws": settings.draws, "seed": sides.seed}
    layout = _layout(sides, settings, encoded, near, drawn | {"settings": record})
    fewer: dict[str, Any] = {"clusters": settings.clusters, "images_a_cluster": settings.images_a_cluster}
    drawn.update(settings=record, k=settings.k)
    names = (encoded.test.names(settings.label), encoded.synthetic.names(settings.label))
    metrics = (
        *layout.metrics,
        *neighbor_shares(real, synthetic, lists=lists, **drawn),
        cluster_coverage(real, synthetic, lists=lists, **fewer, **drawn),
        *class_coverage((real, synthetic), names, label=settings.label, **fewer, **drawn),
        *_training_images(encoded, fewer, drawn),
    )
    clusters = RealClusters.of(real, lists, seed=sides.seed, **fewer)
    uncovered = uncovered_figure(encoded.test.dataset, clusters, len(synthetic), sides.size)
    figures = (*layout.figures, *([] if uncovered is None else [uncovered]))
    return Part(metrics, tuple(verdicts(metrics, figures)), figures, (*encoded.notes, *layout.notes))


def _training_images(encoded: EncodedSides, fewer: dict[str, Any], drawn: dict[str, Any]) -> tuple[Metric, ...]:
    """Measure real training images in place of synthetic ones: the best that a generator can learn from them.

    A difference between training and held-out images, such as of two hospitals, is not the generator's fault.
    """
    real, rows = encoded.test.features, encoded.unseen
    if len(rows) < max(8, 2 * drawn["k"]):
        return ()
    rows = np.random.default_rng(drawn["seed"]).permutation(rows)[: max(len(real), len(encoded.synthetic))]
    train = encoded.train.features[np.sort(rows)]
    groups = [*encoded.test.groups, *np.array(encoded.train.groups)[np.sort(rows)].tolist()]
    lists = NeighborLists.of(np.concatenate([real, train]), drawn["k"], groups)
    of_real, _ = neighbor_shares(real, train, lists=lists, name="overlap/training_neighbors", **drawn)
    name = "overlap/cluster_coverage[by real training images]"
    return of_real, cluster_coverage(real, train, lists=lists, name=name, **fewer, **drawn)


def _layout(
    sides: Sides, settings: OverlapSettings, encoded: EncodedSides, near: tuple[Any, Any], drawn: dict[str, Any]
) -> Part:
    real, synthetic = encoded.test, encoded.synthetic
    features = np.concatenate([real.features, synthetic.features])
    try:
        places = embed(
            features,
            near,
            neighbors=settings.umap_neighbors,
            min_distance=settings.umap_min_distance,
            seed=sides.seed,
        )
    except MissingExtra as error:
        return Part(notes=(f"No embedding: {error}",))
    umap = {"embedding": "UMAP", "neighbors": settings.umap_neighbors, "min_distance": settings.umap_min_distance}
    overlap = density_overlap(
        places[: len(real)],
        places[len(real) :],
        bandwidth=settings.bandwidth,
        cells=settings.cells,
        **drawn | {"settings": drawn["settings"] | umap},
    )
    names = (real.names(settings.label), synthetic.names(settings.label))
    return Part((overlap,), figures=tuple(embedding_figures(places, len(real), names, sides.seed)))


def _too_few(sides: Sides, least: int) -> str:
    return (
        f"Overlap was not looked at: expected {least} or more held-out real and as many synthetic images, and 4 real "
        f"training images, received {len(sides.test):,}, {len(sides.synthetic):,} and {len(sides.train):,}. Volumes "
        "are not compared."
    )
