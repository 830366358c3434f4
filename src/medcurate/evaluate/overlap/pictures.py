"""The pictures of the part overlap: the embedding by origin and by class, and real images that nothing comes near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.charts import COLORS, Chart, gallery_figure, scatter_figure, style
from medcurate.evaluate.overlap.cluster_coverage import RealClusters
from medcurate.results import Figure

SHOWN = 3000
"""Points of each origin in a picture."""
_CLUSTERS, _IMAGES = 6, 8
_RASTER_ABOVE = 1500
_UNKNOWN, _OTHERS = "not known", "all others"
_READ_WITH_CARE = (
    "Only what lies together means something: distances between islands, and their sizes, do not. The figures beside "
    "the picture do not depend on how it looks."
)


Places = NDArray[np.float64]


def embedding_figures(
    places: Places, n_real: int, classes: tuple[Sequence[str | None], Sequence[str | None]], seed: int
) -> Iterator[Figure]:
    """Yield the embedding colored by origin and, where classes are known, by class.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Real images first.
    classes : tuple of sequence of str or None
        Of the real and of the synthetic images.
    seed : int
        Of the choice of points where there are too many to draw.
    """
    real, synthetic = (np.sort(rows) for rows in _few(n_real, len(places) - n_real, seed))
    shown = np.concatenate([real, synthetic + n_real])
    drawn = f" {len(shown):,} of {len(places):,} images are drawn." if len(shown) < len(places) else ""
    yield scatter_figure(
        "overlap/origin",
        "Embedding by origin",
        "UMAP of held-out real and synthetic images, fitted on both. Where the images are alike, both colors lie on "
        f"each other everywhere. {_READ_WITH_CARE}{drawn}",
        places[shown],
        ["real, held out"] * len(real) + ["synthetic"] * len(synthetic),
    )
    of_real, of_synthetic = ([name or _UNKNOWN for name in names] for names in classes)
    if len(set(of_real + of_synthetic)) > 1:
        yield _by_class(
            (places[real], places[synthetic + n_real]),
            ([of_real[row] for row in real.tolist()], [of_synthetic[row] for row in synthetic.tolist()]),
            drawn,
        )


def _by_class(places: tuple[Places, Places], names: tuple[list[str], list[str]], drawn: str) -> Figure:
    """Draw real and synthetic images side by side, in the same colors: one below the other, points hide points."""
    counts = Counter(names[0] + names[1])
    common = [name for name, _ in counts.most_common(len(COLORS) - (len(counts) > len(COLORS)))]
    order = sorted(common) + ([_OTHERS] if len(counts) > len(common) else [])
    everything = np.concatenate(places)
    margin = 0.03 * np.ptp(everything, axis=0)
    low, high = everything.min(axis=0) - margin, everything.max(axis=0) + margin
    with style():
        chart = Chart(columns=2, width=4.2, height=4.0)
        for axes, title, of, points in zip(chart.axes, ("real, held out", "synthetic"), names, places, strict=True):
            for number, name in enumerate(order):
                own = [one == name or (name == _OTHERS and one not in common) for one in of]
                axes.scatter(
                    points[own, 0],
                    points[own, 1],
                    s=8,
                    color=COLORS[number],
                    alpha=0.6,
                    linewidths=0,
                    label=name,
                    rasterized=len(everything) > _RASTER_ABOVE,
                )
            axes.set(
                xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[], title=f"{title} ({len(of):,})"
            )
        chart.axes[0].legend(markerscale=2, loc="upper left", bbox_to_anchor=(0.0, -0.02), ncols=2)
        return chart.figure(
            "overlap/class",
            "Embedding by class",
            "The same places, real images on the left and synthetic ones on the right, colored by class. A synthetic "
            f"class should lie where the real class of its name does.{drawn}",
        )


def uncovered_figure(test: Dataset, clusters: RealClusters, n_synthetic: int, size: int) -> Figure | None:
    """Show real images of the clusters that synthetic images cover least; None where all are covered.

    Parameters
    ----------
    test : Dataset
        The real images that were clustered.
    size : int
        Of a tile (pixels).
    """
    n = len(clusters.labels)
    shares = clusters.shares(np.arange(n), n + np.arange(n_synthetic))
    worst = [int(one) for one in np.argsort(shares, kind="stable") if shares[one] < 0.5][:_CLUSTERS]
    if not worst:
        return None
    tiles = np.zeros((len(worst) * _IMAGES, size, size), np.uint8)
    for line, cluster in enumerate(worst):
        rows = np.flatnonzero(clusters.labels == cluster)
        rows = rows[np.linspace(0, len(rows) - 1, min(_IMAGES, len(rows))).astype(int)]
        tiles[line * _IMAGES : line * _IMAGES + len(rows)] = read_pixels(test, size, rows)
    missed = int((shares < 0.5).sum())
    percentages = ", ".join(f"{100 * shares[one]:.0f} %" for one in worst)
    return gallery_figure(
        "overlap/uncovered",
        "Real images that synthetic ones do not come near",
        f"Each row shows real images of one cluster; {missed} of {clusters.count} clusters are not covered, the least "
        f"covered first. Share of their images with a synthetic neighbor: {percentages}.",
        tiles,
        columns=_IMAGES,
    )


def _few(n_real: int, n_synthetic: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return rng.permutation(n_real)[:SHOWN], rng.permutation(n_synthetic)[:SHOWN]
