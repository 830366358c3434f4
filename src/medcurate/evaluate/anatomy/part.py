"""The part of an evaluation that needs no pairs: gray values, texture and anatomy, against the real ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import pixel_batches
from medcurate.errors import UsageError
from medcurate.evaluate import head
from medcurate.evaluate.anatomy.distances import Weights
from medcurate.evaluate.anatomy.drawing import histogram_figure, measures_figure, outliers_figure, spectrum_figure
from medcurate.evaluate.anatomy.measures import Measured, measure_dataset
from medcurate.evaluate.anatomy.profiles import histogram_gap, in_decibels, profile_distance, spectrum_gap
from medcurate.evaluate.anatomy.ranges import PART, all_draws, distance_metric, distance_metrics, range_metrics
from medcurate.evaluate.anatomy.settings import AnatomySettings
from medcurate.evaluate.anatomy.verdicts import verdict_of
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.design.mean_metric import mean_metric
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.fidelity.naturalness import SHARPNESS, NaturalnessModel
from medcurate.progress import ProgressReport
from medcurate.results import Metric

NO_IMAGES = "Anatomy is measured on pictures: a side has none."
NO_PLANES = (
    "The plane of no image is known: left-right asymmetry and ventricle size are not measured. "
    "`medcurate homogenize` sorts the planes."
)
_DEFAULTS = AnatomySettings()


def measure(sides: Sides, settings: AnatomySettings = _DEFAULTS, *, progress: bool | None = None) -> Part:
    """Compare gray values, texture and anatomy of synthetic images with the real ranges.

    Parameters
    ----------
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        Only a note where a side has no pictures.

    Raises
    ------
    UsageError
        An image cannot be read.
    MissingExtra
        matplotlib is not installed.
    """
    datasets = (sides.train, sides.test, sides.synthetic)
    if not all(len(dataset) for dataset in datasets):
        return Part(notes=(NO_IMAGES,))
    total = sum(len(dataset) for dataset in datasets)
    with ProgressReport("anatomy", total=total, show=progress is not False) as report:
        train, test, synthetic = (measure_dataset(dataset, sides.size, report) for dataset in datasets)
    weights = all_draws((train, test, synthetic), settings, sides.seed)
    metrics = [*range_metrics(train, test, synthetic, settings)]
    metrics += distance_metrics(train, test, synthetic, (weights[0], weights[1], weights[2]), sides.seed)
    metrics += _profile_metrics((train, test, synthetic), weights, sides)
    texture, notes = _naturalness(sides, settings)
    metrics = [_with_size(metric, sides.size) for metric in (*metrics, *texture)]
    verdict = verdict_of(metrics, min(_patients(sides.train), _patients(sides.test)))
    figures = (
        measures_figure(train, test, synthetic, settings),
        histogram_figure(test, synthetic),
        spectrum_figure(test, synthetic, sides.size),
        outliers_figure(sides.synthetic, train, synthetic, sides.size, settings),
    )
    if not any(plane is not None for plane in synthetic.planes) or not any(plane is not None for plane in test.planes):
        notes = (*notes, NO_PLANES)
    return Part(
        tuple(metrics),
        () if verdict is None else (verdict,),
        tuple(figure for figure in figures if figure is not None),
        notes,
    )


def _profile_metrics(
    sides: tuple[Measured, Measured, Measured], weights: tuple[Weights, ...], of: Sides
) -> Iterator[Metric]:
    sizes = (len(sides[1]), len(sides[2]), len(sides[0]))
    record: dict[str, Any] = {"seed": of.seed, "rounds": len(weights[0])}
    kinds = (
        ("gray_distance", histogram_gap, [side.histograms for side in sides], "gray values"),
        ("spectrum_distance", spectrum_gap, [in_decibels(side.spectra) for side in sides], "dB"),
    )
    definitions = {
        "gray_distance": {"definition": "Wasserstein distance of mean histograms of the head", "head_rule": head.RULE},
        "spectrum_distance": {"definition": "mean absolute difference of mean spectra, Hann window, rings"},
    }
    for name, gap, rows, unit in kinds:
        found = profile_distance(rows[1], rows[2], gap, (weights[1], weights[2]))
        baseline = profile_distance(rows[1], rows[0], gap, (weights[1], weights[0]))
        yield distance_metric(f"{PART}/{name}", found, baseline, sizes, record | definitions[name], unit)


def _naturalness(sides: Sides, settings: AnatomySettings) -> tuple[list[Metric], tuple[str, ...]]:
    """Return NIQE of synthetic images, with that of held-out real ones; it is fitted on the other real images."""
    some = [_spread(dataset, settings.most_textures) for dataset in (sides.train, sides.test, sides.synthetic)]
    try:
        model = NaturalnessModel.fit(pixel_batches(some[0], sides.size), sides.size)
    except UsageError as error:
        return [], (str(error),)
    record = {
        "definition": "NIQE (Mittal et al., 2013) refitted on real images; not comparable with published values",
        "patch": model.patch, "patches_fitted": model.n_patches, "images_fitted": model.n_images,
        "sharpness": SHARPNESS,
    }  # fmt: skip
    test, synthetic = (
        mean_metric(
            f"{PART}/niqe",
            np.array([model.score(image) for batch in pixel_batches(dataset, sides.size) for image in batch]),
            groups=dataset.rows.column("patient_group").to_pylist(),
            settings=record,
            better="near",
            unit_of_n="images",
            seed=sides.seed,
            rounds=settings.rounds,
        )
        for dataset in some[1:]
    )
    return [synthetic.with_baseline(test)], ()


def _patients(dataset: Dataset) -> int:
    """Return the number of patients; an image whose patient is not known counts as one."""
    groups = dataset.rows.column("patient_group").to_pylist()
    return int(group_numbers(groups, len(groups)).max(initial=-1)) + 1


def _spread(dataset: Dataset, most: int) -> Dataset:
    """Return at most so many images, spread evenly over the dataset."""
    if len(dataset) <= most:
        return dataset
    places = np.linspace(0, len(dataset) - 1, most).astype(np.int64)
    return replace(dataset, rows=dataset.rows.take(pa.array(places)))


def _with_size(metric: Metric, size: int) -> Metric:
    baseline = metric.real_vs_real
    return replace(
        metric,
        settings={**metric.settings, "size": size},
        real_vs_real=None if baseline is None else replace(baseline, settings={**baseline.settings, "size": size}),
    )
