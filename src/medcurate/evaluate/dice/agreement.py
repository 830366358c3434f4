"""How well label maps agree: many pairs, by region, and over patients with intervals.

The slices of one patient are no independent witnesses. Their pixels are counted together (which gives the Dice of the
volume that the slices make up), their distances averaged, and intervals draw patients.

The rule for empty masks: a pair whose masks are both empty says nothing about where a region sits; it is left out and
counted. Where one of the two is empty, Dice and Jaccard are 0, and both distances are the diagonal of the image, as the
BraTS challenge counts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isinf, nan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import bootstrap_interval
from medcurate.evaluate.dice.overlap import Overlap, overlap
from medcurate.evaluate.dice.regions import Regions, as_bits, region_masks
from medcurate.evaluate.dice.surface import bounding_box, surface_distances
from medcurate.results import Better, Metric

Quantity = Literal["dice", "jaccard", "hausdorff95", "surface_distance"]
QUANTITIES: tuple[Quantity, ...] = ("dice", "jaccard", "hausdorff95", "surface_distance")
OVERLAPS = frozenset({"dice", "jaccard"})
EMPTY_RULE = "both empty: left out and counted; one empty: Dice and Jaccard 0, distances the diagonal of the image"
_BETTER: Mapping[Quantity, Better] = {
    "dice": "higher",
    "jaccard": "higher",
    "hausdorff95": "lower",
    "surface_distance": "lower",
}
_FEWEST = 2  # patients or images, below which there is no interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two masks of one region agree.

    Attributes
    ----------
    hausdorff95, surface_distance : float
        In the unit of the spacing; NaN where both masks are empty, the diagonal of the image where one is.
    """

    overlap: Overlap
    hausdorff95: float = nan
    surface_distance: float = nan

    @property
    def both_empty(self) -> bool:
        """Say whether neither mask has a pixel."""
        return not self.overlap.found and not self.overlap.expected

    @property
    def one_empty(self) -> bool:
        """Say whether one mask has pixels and the other none."""
        return (not self.overlap.found) != (not self.overlap.expected)


def agree(
    found: NDArray[np.bool_],
    expected: NDArray[np.bool_],
    *,
    spacing_mm: Sequence[float] | None = None,
    shape: Sequence[int] | None = None,
) -> Agreement:
    """Compare two masks of one region.

    Parameters
    ----------
    found, expected : ndarray of bool, of one shape
        2-D or 3-D.
    spacing_mm : sequence of float, optional
        Distance of the pixels along each axis (mm); 1 by default.
    shape : sequence of int, optional
        Of the image that the masks were cut out of, for its diagonal; their own by default.

    Raises
    ------
    UsageError
        They cannot be compared.
    """
    counts = overlap(found, expected)
    distances = surface_distances(found, expected, spacing_mm=spacing_mm)
    hausdorff, average = distances.hausdorff(95), distances.average()
    if isinf(average):
        spacing = np.ones(found.ndim) if spacing_mm is None else np.asarray(spacing_mm, float)
        hausdorff = average = float(np.linalg.norm(np.array(shape or found.shape) * spacing))
    return Agreement(counts, hausdorff, average)


@dataclass(slots=True)
class _Group:
    """What is known of one patient in one region."""

    overlap: Overlap = field(default_factory=lambda: Overlap(0, 0, 0))
    hausdorff95: float = 0.0
    surface_distance: float = 0.0
    measured: int = 0


@dataclass(slots=True)
class Tally:
    """Adds up the agreement of many pairs; it holds a few numbers a patient and region, and no masks."""

    regions: Regions
    pairs: int = 0
    _groups: dict[str, dict[str, _Group]] = field(default_factory=dict)
    _both_empty: dict[str, int] = field(default_factory=dict)
    _one_empty: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        group: str,
        found: NDArray[np.uint8],
        expected: NDArray[np.uint8],
        *,
        spacing_mm: Sequence[float] | None = None,
    ) -> None:
        """Add a pair of one patient.

        Parameters
        ----------
        group : str
            The patient; or the image, where patients are not known.
        found, expected : ndarray of uint8, of one shape
            Regions as `as_bits` gives them.

        Raises
        ------
        UsageError
            Their shapes differ.
        """
        if found.shape != expected.shape:
            raise UsageError(f"masks: expected two of one shape, received {found.shape} and {expected.shape}")
        self.pairs += 1
        box = bounding_box((found | expected) != 0) or (slice(0),) * found.ndim
        masks = region_masks(found[box], self.regions), region_masks(expected[box], self.regions)
        for region in self.regions:
            result = agree(masks[0][region], masks[1][region], spacing_mm=spacing_mm, shape=found.shape)
            self._count(region, group, result)

    def _count(self, region: str, group: str, result: Agreement) -> None:
        self._both_empty[region] = self._both_empty.get(region, 0) + result.both_empty
        self._one_empty[region] = self._one_empty.get(region, 0) + result.one_empty
        total = self._groups.setdefault(region, {}).setdefault(group, _Group())
        if not result.both_empty:
            total.overlap += result.overlap
            total.hausdorff95 += result.hausdorff95
            total.surface_distance += result.surface_distance
            total.measured += 1

    def by_group(self, quantity: Quantity, region: str) -> dict[str, float]:
        """Return a quantity of each patient; patients without the region in either mask are left out."""
        found = {name: group for name, group in self._groups.get(region, {}).items() if group.measured}
        if quantity in OVERLAPS:
            return {name: float(getattr(group.overlap, quantity)) for name, group in found.items()}
        return {name: getattr(group, quantity) / group.measured for name, group in found.items()}

    def counts(self, region: str) -> dict[str, int]:
        """Return how many pairs there are, and how many have one or both masks empty."""
        return {
            "pairs": self.pairs,
            "both_empty": self._both_empty.get(region, 0),
            "one_empty": self._one_empty.get(region, 0),
        }


def scores_by_group(tallies: Sequence[Tally], quantity: Quantity, region: str) -> dict[str, float]:
    """Return a quantity of each patient, its mean over several measurements of the same pairs.

    Parameters
    ----------
    tallies : sequence of Tally
        One, or one for each training of a segmenter.
    quantity : {'dice', 'jaccard', 'hausdorff95', 'surface_distance'}
    """
    found: dict[str, list[float]] = {}
    for tally in tallies:
        for group, value in tally.by_group(quantity, region).items():
            found.setdefault(group, []).append(value)
    return {group: float(np.mean(values)) for group, values in found.items()}


def agreement_metrics(
    tallies: Sequence[Tally],
    name: str,
    *,
    settings: Mapping[str, Any],
    seed: int,
    patients: Mapping[str, str] | None = None,
) -> tuple[Metric, ...]:
    """Return quantities of every region, as means over patients.

    Parameters
    ----------
    tallies : sequence of Tally
        One, or one for each training of a segmenter: their mean counts.
    name : str
        With the places ``{quantity}`` and ``{region}``, such as ``dice/pairs_{quantity}[{region}]``.
    settings : mapping
        What else changes the values; ``unit`` is that of distances.
    seed : int
        Of the bootstrap.
    patients : mapping of str to str, optional
        Where the pairs of a tally are grouped by image: the patient of each, whom the bootstrap draws.
    """
    return tuple(
        mean_metric(
            name.format(quantity=quantity, region=region),
            scores_by_group(tallies, quantity, region),
            settings={
                **settings, "seed": seed, "empty_masks": EMPTY_RULE, **_counts(tallies, region), **_definition(quantity)
            },
            seed=seed,
            better=_BETTER[quantity],
            unit="" if quantity in OVERLAPS else str(settings.get("unit", "px")),
            patients=patients,
        )
        for region in tallies[0].regions
        for quantity in QUANTITIES
    )  # fmt: skip


def compare_masks(
    found: NDArray[np.integer],
    expected: NDArray[np.integer],
    *,
    regions: Regions,
    spacing_mm: Sequence[float] | None = None,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> tuple[Metric, ...]:
    """Compare label maps with label maps: Dice, Jaccard, Hausdorff-95 and surface distance by region.

    Parameters
    ----------
    found, expected : ndarray of int, shape (n, height, width) or (n, x, y, z)
        Labels, 0 is background.
    regions : Regions
        See `medcurate.evaluate.dice.regions`.
    spacing_mm : sequence of float, optional
        Distance of the pixels along each axis (mm); pixels by default.
    groups : sequence of str, optional
        The patient of each pair; each pair stands alone by default.
    seed : int
        Of the bootstrap.

    Returns
    -------
    tuple of Metric
        ``dice/dice[whole_tumor]``, ``dice/jaccard[whole_tumor]``, ...; see the module for patients and empty masks.

    Raises
    ------
    UsageError
        The label maps cannot be compared.
    """
    tally = Tally(regions)
    names = [str(row) for row in range(len(expected))] if groups is None else list(groups)
    if not len(found) == len(expected) == len(names):
        raise UsageError(
            f"found, expected, groups: expected one of each for a pair, received {len(found)}, {len(expected)} and "
            f"{len(names)}"
        )
    for group, one, other in zip(names, found, expected, strict=True):
        tally.add(group, as_bits(one, regions), as_bits(other, regions), spacing_mm=spacing_mm)
    unit = {"unit": "px" if spacing_mm is None else "mm", "unit_of_n": "images" if groups is None else "patients"}
    settings = {**unit, "spacing_mm": None if spacing_mm is None else list(spacing_mm)}
    return agreement_metrics([tally], "dice/{quantity}[{region}]", settings=settings, seed=seed)


def mean_metric(
    name: str,
    values: Mapping[str, float],
    *,
    settings: Mapping[str, Any],
    seed: int,
    better: Better | None,
    unit: str = "",
    patients: Mapping[str, str] | None = None,
) -> Metric:
    """Return the mean over patients (or images), with its bootstrap interval; NaN, and why, where there is none.

    Parameters
    ----------
    values : mapping of str to float
        Of each patient.
    better : {'higher', 'lower', 'near'} or None
    patients : mapping of str to str, optional
        The patient of each name in `values`, where those are images.
    """
    array = np.array(list(values.values()), float)
    made = Metric(name, nan, None, len(array), dict(settings), better=better, unit=unit)
    if not len(array):
        return replace(made, settings={**settings, "why": "no pair has the region in either mask"})
    if len(set(values if patients is None else map(patients.__getitem__, values))) < _FEWEST:
        alone = {"no_interval": "all of one patient or image"}
        return replace(made, value=float(array.mean()), settings={**settings, **alone})
    groups = None if patients is None else [patients[name] for name in values]
    interval = bootstrap_interval(lambda rows: float(array[rows].mean()), len(array), groups=groups, seed=seed)
    return replace(made, value=float(array.mean()), interval=interval)


def _counts(tallies: Sequence[Tally], region: str) -> dict[str, int | list[int]]:
    """Return the counts of one tally as numbers, those of several as lists."""
    counts = [tally.counts(region) for tally in tallies]
    if len(counts) == 1:
        return dict(counts[0])
    return {"pairs": counts[0]["pairs"], **{k: [c[k] for c in counts] for k in ("both_empty", "one_empty")}}


def _definition(quantity: Quantity) -> dict[str, str]:
    if quantity in OVERLAPS:
        return {"over_slices": "pixels of a patient counted together"}
    return {"over_slices": "mean over the pairs of a patient", "surface": "pixels with a face outside, as in MONAI"}
