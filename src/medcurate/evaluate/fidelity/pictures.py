"""Pictures of fidelity: shares compared with their baselines, and the least and most realistic images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.charts import bars_figure, gallery_figure
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.folds import PART
from medcurate.evaluate.neighbors import kth_distances, nearest
from medcurate.results import Figure, Metric

_COLUMNS = 8
_SHARES = ("precision", "recall", "coverage", "authenticity")


def shares_figure(metrics: Sequence[Metric]) -> Figure:
    """Draw the metrics that are shares of images, of synthetic and of real ones.

    Parameters
    ----------
    metrics : sequence of Metric
        With their `real_vs_real`.
    """
    shown = [metric for metric in metrics if metric.name.removeprefix(f"{PART}/").partition("[")[0] in _SHARES]
    baselines = [metric.real_vs_real or metric for metric in shown]
    return bars_figure(
        f"{PART}/shares",
        "Shares beside real against real",
        "Precision: synthetic images that lie where held-out real images lie. Recall and coverage: held-out real "
        "images that synthetic ones reach; coverage also by tumor type and plane. Authenticity: images that are no "
        "copies of training images. The bars named real are the same for real training images (authenticity: for "
        "held-out ones), which is what a perfect generator would reach. Lines are 95 % intervals.",
        {"real": [one.value for one in baselines], "synthetic": [one.value for one in shown]},
        labels=[metric.name.removeprefix(f"{PART}/") for metric in shown],
        x_label="share of images",
        intervals={"real": [one.interval for one in baselines], "synthetic": [one.interval for one in shown]},
    )


def extremes_figure(compared: FidelitySets, size: int, shown: int, k: int) -> Figure:
    """Show the synthetic images that are least and most like real ones, each next to its nearest held-out real image.

    Parameters
    ----------
    size : int
        Of the images (pixels).
    shown : int
        Synthetic images.
    k : int
        Distances are divided by the distance of the real image to its k-th nearest neighbor.
    """
    half = max(1, min(shown, len(compared)) // 2)
    distances, rows = nearest(compared.generated.features, compared.test.features, 1)
    radii = np.maximum(kth_distances(compared.test.features, k)[rows[:, 0]], np.finfo(np.float64).tiny)
    order = np.argsort(distances[:, 0] / radii, kind="stable")
    chosen = np.concatenate([order[::-1][:half], order[:half]])
    made = read_pixels(compared.generated.dataset, size, chosen)
    real = read_pixels(compared.test.dataset, size, rows[chosen, 0])
    return gallery_figure(
        f"{PART}/extremes",
        "Least and most like real images",
        f"Pairs: a synthetic image, and to its right the held-out real image that is nearest to it in the features of "
        f"the encoder. The first {half} pairs are the synthetic images farthest from any real one, farthest first; the "
        f"last {half} are those nearest to one, nearest first. Look at the first for faults, at the last for copies.",
        np.stack([made, real], axis=1).reshape(-1, size, size),
        columns=_COLUMNS,
        group=2,
    )
