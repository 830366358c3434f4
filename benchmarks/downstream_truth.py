"""Test `evaluate --downstream` on synthetic images of known value: ``python -m benchmarks.downstream_truth``.

Half of the training images of `sartaj/` are the real ones; the "synthetic" ones are made from the other half: unchanged
(other patients' images: a perfect generator), with an increasing fraction of wrong labels or noise, or increasingly
blurred; or they are copies of the training images. The benchmark reports the gains and what the verdicts say; how often
a gain is found where there is none, compared with the simple method: one training each, and McNemar's test; and how
often a gain is found that is as large as the stated detectable gain.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.figures import Figure, Result, Table, wilson
from medcurate.encoders import encoder
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.downstream.classic import Classic
from medcurate.evaluate.downstream.material import Labeled, Material, read_material
from medcurate.evaluate.downstream.part import compare
from medcurate.evaluate.downstream.power import Change, detectable_gain
from medcurate.evaluate.downstream.resampling import draw_again, p_value
from medcurate.evaluate.downstream.scores import confusions, scores
from medcurate.evaluate.downstream.settings import DownstreamSettings
from medcurate.evaluate.downstream.training_sets import MORE_REAL, REAL, Draw, Recipe
from medcurate.results import Metric

SIZE = 64
RATIOS = (1.0, 3.0)
NUMBERS = (25, 50)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
BLURS = (2.0, 4.0)
COLUMNS = {"gain": "over real alone", "gain_over_augmentation": "over the best augmentation"}
HELD_OUT = (30, 60, 120, 240)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.downstream_truth", description=__doc__)
    parser.add_argument("--repeats", type=int, default=8, help="trainings of each set")
    parser.add_argument("--experiments", type=int, default=200, help="comparisons of equals")
    parser.add_argument(
        "--powers", type=int, default=100, help="comparisons with a known gain, of each number of images"
    )
    options = parser.parse_args(arguments)
    folder = Path(os.environ["MEDCURATE_DATA"]) / "sartaj"
    material = halves(folder)
    settings = DownstreamSettings(
        ratios=RATIOS, real_per_class=NUMBERS, all_real=False, repeats=options.repeats, most_per_class=max(NUMBERS)
    )
    verdicts: list[str] = []
    figures = [figure for name, made in kinds(material) for figure in gains(name, made, settings, verdicts)]
    figures += [figure for number in NUMBERS for figure in copied(material, number, settings, verdicts)]
    tables = [
        Table(
            title="Gain in balanced accuracy, in percent points, with synthetic images whose worth is known",
            counts="held-out images",
            interval="95 %, paired bootstrap over held-out images and trainings",
            figures=figures,
            notes=[
                "At 0 % wrong the synthetic images are real ones of the other half: the gain of a perfect generator.",
                "Copies: all real images of the row train, and the synthetic ones are the same images again.",
                "Verdicts: " + "; ".join(verdicts) + ".",
            ],
        ),
        equals(material, options.repeats, options.experiments),
        power(material, options.repeats, options.powers),
    ]
    shown = {"size": SIZE, "ratios": list(RATIOS), "repeats": options.repeats, "rounds": settings.rounds}
    Result(name="downstream-truth", tables=tables, settings=shown).write()
    return 0


def halves(folder: Path) -> Material:
    """Read the real images, half of the training images each as real and as synthetic ones."""
    found = read_material(open_sides(folder, folder, size=SIZE), DownstreamSettings(most_per_class=1000, ratios=RATIOS))
    if isinstance(found, str):
        raise SystemExit(found)
    first = np.random.default_rng(0).random(len(found.real)) < 0.5
    return replace(found, real=_take(found.real, first), synthetic=_take(found.real, ~first))


def kinds(material: Material) -> Iterator[tuple[str, Material]]:
    """Yield synthetic images of known worth."""
    good, classes = material.synthetic, len(material.classes)
    rng = np.random.default_rng(1)
    order = rng.random(len(good))
    for share in SHARES:
        wrong = order < share
        labels = np.where(wrong, (good.labels + rng.integers(1, classes, len(good))) % classes, good.labels)
        yield f"{share:.0%} of labels wrong", replace(material, synthetic=Labeled(good.pixels, labels))
    # Gray values alone tell classes apart: the noise is made of images of any class.
    noise = rng.permuted(good.pixels.reshape(len(good), -1), axis=1).reshape(good.pixels.shape)
    noise = noise[rng.permutation(len(noise))]
    for share in (0.5, 1.0):
        pixels = np.where((order < share)[:, None, None], noise, good.pixels)
        yield f"{share:.0%} noise", replace(material, synthetic=Labeled(pixels, good.labels))
    for sigma in BLURS:
        pixels = np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in good.pixels])
        yield f"blurred, {sigma:g} px", replace(material, synthetic=Labeled(pixels, good.labels))


def gains(name: str, material: Material, settings: DownstreamSettings, verdicts: list[str]) -> Iterator[Figure]:
    """Yield the gains and the detectable gains that the part reports, and add its verdicts."""
    part = compare(material, settings, size=SIZE, progress=False)
    # A number that was added for the ceiling is no row of the table.
    asked = {str(number) for number in settings.real_per_class}
    judged = [(verdict.text.split(" ")[0], verdict) for verdict in part.verdicts]
    levels = ", ".join(f"{number} a class {verdict.label}" for number, verdict in judged if number in asked)
    verdicts.append(f"{name}: {levels}")
    for metric in part.metrics:
        if metric.settings.get("real_per_class") not in settings.real_per_class:
            continue
        if metric.name.startswith("downstream/detectable_gain"):
            number, ratio = metric.settings["real_per_class"], metric.settings["training_set"].removeprefix("real+")
            yield _points(f"{number} a class +{ratio}: {name}", metric, "detectable with 80 % power, after correction")
        quantity = metric.name.removeprefix("downstream/").split("[")[0]
        number, ratio = metric.settings.get("real_per_class"), metric.name.rpartition("real+")[2].removesuffix("x]")
        if quantity in COLUMNS and ratio in ("1", "3"):
            yield _points(f"{number} a class +{ratio}x: {name}", metric, COLUMNS[quantity])


def copied(material: Material, number: int, settings: DownstreamSettings, verdicts: list[str]) -> Iterator[Figure]:
    """Yield the gains from copies of the images that train."""
    rng = np.random.default_rng(2)
    rows = [rng.permutation(np.flatnonzero(material.real.labels == c))[:number] for c in range(len(material.classes))]
    real = _take(material.real, np.concatenate(rows))
    again = Labeled(np.repeat(real.pixels, 3, axis=0), np.repeat(real.labels, 3))
    few = replace(settings, real_per_class=(number,), repeats=2)
    yield from gains("copies of the training images", replace(material, real=real, synthetic=again), few, verdicts)


def equals(material: Material, repeats: int, experiments: int) -> Table:
    """Say how often a difference is found between two draws of 25 real images of each class: there is none."""
    pool = _pool(material)
    whole = pool.real
    classic = Classic(encoder("classical"), whole.pixels, seed=0)
    images, tested = classic.represent(whole.pixels), classic.represent(material.test.pixels)
    ours, plain = 0, 0
    for experiment in range(experiments):
        rows = np.random.default_rng((7, experiment)).permutation(len(tested))[: len(tested) // 2]
        truth = material.test.labels[rows]
        pairs = [_two_trainings(pool, classic, images, tested[rows], (experiment, r)) for r in range(repeats)]
        found = [np.stack(side) for side in zip(*pairs, strict=True)]
        ours += _ours(truth, found, experiment) < 0.05
        plain += _mcnemar(truth, found[0][0], found[1][0]) < 0.05
    figures = [
        _share(f"evaluate --downstream, {repeats} trainings", ours, experiments),
        _share("one training each, McNemar's test", plain, experiments),
    ]
    return Table(
        title="How often p < 0.05 where nothing differs: two draws of 25 real images of each class",
        counts="comparisons, each on another half of the held-out images",
        interval="Wilson, 95 %",
        figures=figures,
        notes=["To reach: 5 % or less, before any correction for several tests."],
    )


def power(material: Material, repeats: int, experiments: int) -> Table:
    """Say how often a true gain is found, and which gain is stated to be detectable, by number of held-out images.

    Each comparison is of 25 real images of each class with three times as many more: the gain over all comparisons and
    all held-out images is taken as the true one.
    """
    pool, truth = _pool(material), material.test.labels
    classic = Classic(encoder("classical"), pool.real.pixels, seed=0)
    images, tested = classic.represent(pool.real.pixels), classic.represent(material.test.pixels)
    stated: dict[int, list[float]] = {n: [] for n in HELD_OUT}
    found, true = dict.fromkeys(HELD_OUT, 0), []
    for experiment in range(experiments):
        pairs = [_with_more(pool, classic, images, tested, (experiment, r)) for r in range(repeats)]
        sides = [np.stack(side) for side in zip(*pairs, strict=True)]
        true.append(float(Change.between(truth, *sides, np.arange(len(truth))).by_group.mean()))
        order = np.random.default_rng((8, experiment)).permutation(len(truth))
        for n in HELD_OUT:
            chosen, groups = order[:n], np.arange(n)
            change = Change.between(truth[chosen], sides[0][:, chosen], sides[1][:, chosen], groups)
            draws = draw_again(n, repeats, rounds=1000, seed=experiment)
            stated[n].append(detectable_gain(change, draws.groups, level=0.05, seed=experiment))
            p = _ours(truth[chosen], [side[:, chosen] for side in sides], experiment)
            found[n] += p < 0.05 and change.by_group.mean() > 0
    gain = float(np.mean(true))
    figures = [
        figure
        for n in HELD_OUT
        for figure in (
            _share(f"{n} held-out images", found[n], experiments, column="comparisons that find it", goal=False),
            _spread(f"{n} held-out images", stated[n], "stated detectable gain, points"),
        )
    ]
    return Table(
        title=f"Power: a true gain of {100 * gain:.1f} points from three times as many more real images",
        counts="comparisons, each with other training and held-out images",
        interval="Wilson, 95 %; of the stated gain, the middle 90 % of the comparisons",
        figures=figures,
        notes=["Where the stated gain equals the true one, 80 % of the comparisons or more are to find it."],
    )


def _pool(material: Material) -> Material:
    """Return all real images, of both halves, as one side."""
    whole = Labeled(
        np.concatenate([material.real.pixels, material.synthetic.pixels]),
        np.concatenate([material.real.labels, material.synthetic.labels]),
    )
    return replace(material, real=whole, synthetic=whole)


def _with_more(
    pool: Material, classic: Classic, images: NDArray[Any], tested: NDArray[Any], seed: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    draw = Draw(pool, 25, 25, seed=seed[0], repeat=seed[1])
    few, more = (draw.rows(recipe) for recipe in (Recipe(REAL), Recipe(MORE_REAL, 3.0)))
    one, other = (
        classic.predict(images[rows.real], pool.real.labels[rows.real], tested, classes=len(pool.classes), seed=0)
        for rows in (few, more)
        if rows is not None
    )
    return one, other


def _two_trainings(
    pool: Material, classic: Classic, images: NDArray[Any], tested: NDArray[Any], seed: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    draw = Draw(pool, 25, 25, seed=seed[0], repeat=seed[1])
    first = draw.rows(Recipe(REAL)).real
    second = np.setdiff1d(draw.rows(Recipe(MORE_REAL, 1.0)).real, first)
    classes = len(pool.classes)
    one, other = (
        classic.predict(images[rows], pool.real.labels[rows], tested, classes=classes, seed=0)
        for rows in (first, second)
    )
    return one, other


def _ours(truth: NDArray[Any], found: Sequence[NDArray[Any]], seed: int) -> float:
    groups = np.arange(len(truth))
    draws = draw_again(len(truth), len(found[0]), rounds=1000, seed=seed)
    one, other = (
        draws.mean(scores(draws.confusions(confusions(truth, side, groups))).overall["balanced_accuracy"])
        for side in found
    )
    return p_value(one - other)


def _mcnemar(truth: NDArray[Any], one: NDArray[Any], other: NDArray[Any]) -> float:
    right, also = one.argmax(axis=1) == truth, other.argmax(axis=1) == truth
    only, only_other = int((right & ~also).sum()), int((also & ~right).sum())
    return float(binomtest(only, only + only_other).pvalue) if only + only_other else 1.0


def _share(name: str, count: int, n: int, *, column: str = "", goal: bool = True) -> Figure:
    low, high = wilson(count, n)
    return Figure(
        name=name, column=column, value=100 * count / n, low=100 * low, high=100 * high, n=n,
        at_most=5.0 if goal else None,
    )  # fmt: skip


def _spread(name: str, values: Sequence[float], column: str) -> Figure:
    low, middle, high = (100 * float(value) for value in np.quantile(values, [0.05, 0.5, 0.95]))
    return Figure(name=name, column=column, value=middle, low=low, high=high, n=len(values))


def _points(name: str, metric: Metric, column: str) -> Figure:
    low, high = metric.interval or (None, None)
    return Figure(
        name=name,
        column=column,
        value=100 * metric.value,
        low=None if low is None else 100 * low,
        high=None if high is None else 100 * high,
        n=metric.n,
    )


def _take(images: Labeled, rows: NDArray[Any]) -> Labeled:
    return Labeled(images.pixels[rows], images.labels[rows])


if __name__ == "__main__":
    raise SystemExit(main())
