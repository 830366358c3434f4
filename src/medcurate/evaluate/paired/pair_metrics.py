"""Name the numbers of pairs, and give each its settings: what it is, where it was measured, on what scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate import head
from medcurate.evaluate.design.mean_metric import mean_metric
from medcurate.evaluate.design.shares import share_interval
from medcurate.evaluate.fidelity.naturalness import SHARPNESS
from medcurate.evaluate.paired.references import References
from medcurate.evaluate.paired.scores import HEAD, MEASURES, WHOLE
from medcurate.results import Metric

PART = "paired"
BASELINE = (
    "two different real images, of one plane and tumor type where there are such: what someone else's head reaches"
)

Table = NDArray[np.float64]
Groups = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Naming:
    """What all metrics of one kind of pairs share.

    Attributes
    ----------
    variant : str
        In the brackets of every name: ``3-D``, or empty.
    seed, rounds : int
        Seed and number of draws of the bootstrap.
    """

    variant: str
    settings: Mapping[str, Any]
    seed: int
    rounds: int

    def name(self, quantity: str, *more: str) -> str:
        """Return the name of a metric: ``paired/ssim[3-D, head]``."""
        inside = ", ".join(word for word in (self.variant, *more) if word)
        return f"{PART}/{quantity}[{inside}]" if inside else f"{PART}/{quantity}"

    def mean(self, name: str, values: Table, groups: Groups | None, settings: Mapping[str, Any], **more: Any) -> Metric:
        """Return the mean over pairs as a metric."""
        both = {**self.settings, **settings}
        return mean_metric(name, values, groups=groups, settings=both, seed=self.seed, rounds=self.rounds, **more)


def similarity_metrics(
    naming: Naming, regions: Mapping[str, Table], baseline: Mapping[str, Table], groups: Groups, scales: int
) -> list[Metric]:
    """Return the errors and similarities of each region; the baseline is that of two different real images.

    Parameters
    ----------
    regions, baseline : mapping of str to ndarray, shape (n, 6)
        By region, in the order of `MEASURES`.
    groups : sequence of str or None
        Patient of each pair.
    scales : int
        Of MS-SSIM.
    """
    found = []
    for region, table in regions.items():
        where: dict[str, Any] = {"region": region} | ({"head_rule": head.RULE} if region == HEAD else {})
        for column, measure in enumerate(MEASURES):
            if np.isnan(table[:, column]).all():
                continue
            settings = where | {"definition": measure.definition}
            settings |= {"scales": scales} if measure.name == "ms_ssim" else {}
            name = naming.name(measure.name, "" if region == WHOLE else region)
            looks = {"better": measure.better, "unit": measure.unit}
            metric = naming.mean(name, table[:, column], groups, settings, **looks)
            if region in baseline and not np.isnan(baseline[region][:, column]).all():
                between_patients = naming.mean(
                    name, baseline[region][:, column], None, settings | {"compared": BASELINE}, **looks
                )
                metric = metric.with_baseline(between_patients)
            found.append(metric)
    return found


def look_metrics(
    naming: Naming, references: References, texture: Table, distance: Table, groups: Groups, size: int
) -> list[Metric]:
    """Return NIQE of the synthetic images, with that of their real ones, and the feature distance.

    Parameters
    ----------
    texture : ndarray, shape (n, 2)
        NIQE of the real and the synthetic image of each pair.
    distance : ndarray, shape (n,)
    size : int
        At which images were looked at (pixels).
    """
    found = []
    seen: dict[str, Any] = {"size": size, "fitted_on": references.fitted_on}
    if references.naturalness is not None:
        model = references.naturalness
        settings = seen | {
            "definition": "NIQE (Mittal et al., 2013) refitted on real images; not comparable with published values",
            "patch": model.patch, "patches_fitted": model.n_patches, "images_fitted": model.n_images,
            "sharpness": SHARPNESS,
        }  # fmt: skip
        name, unit = naming.name("niqe"), "real images"
        real = naming.mean(name, texture[:, 0], groups, settings, better="lower", unit_of_n=unit)
        ours = naming.mean(name, texture[:, 1], groups, settings, better="near", unit_of_n="synthetic images")
        found.append(ours.with_baseline(real))
    if references.distance is not None:
        model_ = references.distance
        settings = seen | {
            "encoder": model_.encoder.name,
            "definition": "distance of features over the root mean square distance of two real images; like LPIPS, not "
            "LPIPS",
            "images_fitted": model_.n,
        }
        found.append(naming.mean(naming.name("feature_distance"), distance, groups, settings, better="lower"))
    return found


def own_nearer_metric(naming: Naming, nearer: Table) -> Metric:
    """Return the share of synthetic images that are nearer to their own real image than to another one.

    Parameters
    ----------
    nearer : ndarray, shape (n,)
        One per pair: 1 or 0, 0.5 for a tie.
    """
    settings = {
        "definition": "share of synthetic images whose SSIM is higher with their own real image than with another",
        "chance": 0.5, "unit_of_n": "pairs", "interval": "Wilson", "seed": naming.seed,
    }  # fmt: skip
    n = len(nearer)
    interval = share_interval(float(nearer.sum()), n)
    return Metric(
        naming.name("own_nearer"), float(nearer.mean()), interval, n, {**naming.settings, **settings}, better="higher"
    )
