"""Do the metrics of pairs and of anatomy change in the right direction? ``python -m benchmarks.paired_truth``.

Held-out real slices are changed by a known amount, and stand for the synthetic ones: noise, blur, a shift, mirrored
halves, shrunken heads, another brightness. Every metric is measured at every strength, and insensitive ones are
reported. Writes ``paired_truth.json``. Ventricle size is compared with the true ventricles of phantoms.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, bootstrap, wilson
from medcurate.dataset.files import read_image
from medcurate.encoders import encoder
from medcurate.evaluate.anatomy.distances import distribution_distances, draws
from medcurate.evaluate.anatomy.measures import MEASURES, measure_image
from medcurate.evaluate.anatomy.profiles import histogram_gap, in_decibels, profile_distance, spectrum_gap
from medcurate.evaluate.anatomy.ranges import RealRange
from medcurate.evaluate.anatomy.spectrum import power_spectrum
from medcurate.evaluate.anatomy.ventricles import ventricle_share
from medcurate.evaluate.fidelity.naturalness import NaturalnessModel
from medcurate.evaluate.head import head_mask
from medcurate.evaluate.paired import scores
from medcurate.evaluate.paired.feature_distance import FeatureDistance
from medcurate.phantom import Tissue, random_head, render, slices
from medcurate.pictures import fit

SIZE = 128
ROUNDS = 200
SEED = 0
Images = NDArray[np.uint8]
Change = Callable[[Images, float], Images]


def noise(images: Images, sigma: float) -> Images:
    """Add noise as magnitude images have it (Rice)."""
    rng = np.random.default_rng(SEED)
    real = images + rng.normal(0, sigma, images.shape)
    return np.clip(np.hypot(real, rng.normal(0, sigma, images.shape)), 0, 255).astype(np.uint8) if sigma else images


def blur(images: Images, sigma: float) -> Images:
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images]) if sigma else images


def shift(images: Images, pixels: float) -> Images:
    return np.roll(images, int(pixels), axis=2)


def mirror(images: Images, share: float) -> Images:
    """Make the right half the mirror image of the left one, in a share of the images (%)."""
    count = round(share / 100 * len(images))
    half = images[:count, :, : SIZE // 2]
    return np.concatenate([np.concatenate([half, half[..., ::-1]], axis=2), images[count:]])


def shrink(images: Images, percent: float) -> Images:
    """Shrink heads by so many percent, on black."""
    if not percent:
        return images
    factor = 1 - percent / 100
    at = (1 - factor) * (SIZE - 1) / 2
    map_ = np.array([[factor, 0, at], [0, factor, at]])
    return np.stack([cv2.warpAffine(image, map_, (SIZE, SIZE), flags=cv2.INTER_LINEAR) for image in images])


def brighten(images: Images, percent: float) -> Images:
    return np.clip(images * (1 + percent / 100), 0, 255).astype(np.uint8)


CHANGES: Mapping[str, tuple[Change, Sequence[float], str]] = {
    "noise (standard deviation, gray values)": (noise, (0, 2, 4, 8, 16, 32), "noise"),
    "blur (standard deviation, pixels)": (blur, (0, 0.5, 0.8, 1.2, 2, 3), "blur"),
    "shift to the right (pixels)": (shift, (0, 1, 2, 4, 8, 16), "shift"),
    "right half mirrored from the left (% of images)": (mirror, (0, 5, 10, 25, 50, 100), "mirror"),
    "heads shrunken (%)": (shrink, (0, 2, 5, 10, 20, 40), "shrink"),
    "brighter (%)": (brighten, (0, 5, 10, 20, 40, 80), "brighter"),
}


@dataclass(frozen=True, slots=True)
class Described:
    """What anatomy measures of a set of images."""

    values: NDArray[np.float64]
    histograms: NDArray[np.float64]
    spectra: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Real:
    """Real slices: to fit on, and held out."""

    train: Images
    test: Images
    train_planes: Sequence[str]
    test_planes: Sequence[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired_truth", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--n", type=int, default=150, help="held-out slices")
    parser.add_argument("--phantoms", type=int, default=12)
    options = parser.parse_args(arguments)
    measure(read(options.data.resolve(), options.n), options.phantoms).write()
    return 0


def read(data: Path, n: int) -> Real:
    """Read axial and coronal slices of sartaj whose plane was labeled; other folders of images for each side."""
    with (data / "sartaj_planes.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["plane"] in ("axial", "coronal")]
    rng = np.random.default_rng(SEED)
    rows = [rows[place] for place in rng.permutation(len(rows))]
    images = np.stack([fit(_gray(data / "sartaj" / row["path"]), SIZE, pad=True) for row in rows]).astype(np.uint8)
    planes = [row["plane"] for row in rows]
    return Real(images[n:], images[:n], planes[n:], planes[:n])


def _gray(path: Path) -> NDArray[np.uint8]:
    return np.asarray(read_image(path), np.uint8)


def measure(real: Real, phantoms: int) -> Result:
    """Measure every metric at every strength of every change."""
    fitted_on = _Fitted(real)
    tables = []
    unnoticed = []
    for title, (change, strengths, _) in CHANGES.items():
        pairs, sets = [], []
        for strength in strengths:
            changed = change(real.test, strength)
            column = f"{strength:g}"
            pairs += list(fitted_on.paired(changed, column))
            sets += list(fitted_on.unpaired(changed, column))
        counts = {
            "Pairs": f"{len(real.test)} real axial and coronal slices, each beside itself changed",
            "Sets": f"{len(real.test)} changed slices against {len(real.train)} other real ones",
        }
        for name, figures in (("Pairs", pairs), ("Sets", sets)):
            tables.append(
                Table(
                    title=f"{name}: {title}",
                    counts=counts[name],
                    interval="bootstrap over slices, 95 %; Wilson for shares",
                    figures=figures,
                )
            )
        blind = ", ".join(_blind(pairs + sets, strengths))
        unnoticed.append(f"{title}: not noticed even at the greatest strength by {blind or 'none of them'}")
    tables.append(ventricles(phantoms))
    tables[0] = _with_notes(tables[0], unnoticed)
    return Result(
        name="paired_truth",
        tables=tables,
        settings={
            "size": SIZE,
            "rounds": ROUNDS,
            "seed": SEED,
            "held out": len(real.test),
            "fitted on": len(real.train),
        },
    )


def _with_notes(table: Table, notes: Sequence[str]) -> Table:
    return Table(title=table.title, counts=table.counts, interval=table.interval, figures=table.figures, notes=notes)


def _blind(figures: Sequence[Figure], strengths: Sequence[float]) -> Iterator[str]:
    """Name the metrics whose interval at the greatest strength holds or touches that of no change."""
    at = {(figure.name, figure.column): figure for figure in figures}
    for name in dict.fromkeys(figure.name for figure in figures):
        none, most = at.get((name, "0")), at.get((name, f"{strengths[-1]:g}"))
        if none is None or most is None or None in (none.low, none.high, most.low, most.high):
            continue
        if most.low <= none.high and none.low <= most.high:
            yield name


class _Fitted:
    """The real slices, and what is fitted on them."""

    def __init__(self, real: Real) -> None:
        self._real = real
        self._heads = [head_mask(image) for image in real.test]
        encode = encoder("classical")
        self._distance = FeatureDistance.fit(encode, encode.encode(real.train))
        self._texture = NaturalnessModel.fit([real.train], SIZE)
        self._train = described(real.train, real.train_planes)
        self._weights = [
            draws(n, groups=None, seed=SEED + k, rounds=ROUNDS) for k, n in enumerate((len(real.train), len(real.test)))
        ]

    def paired(self, changed: Images, column: str) -> Iterator[Figure]:
        rows = [
            scores.score_pair(one.astype(float), other.astype(float), {"head": head}, data_range=255)["head"]
            for one, other, head in zip(self._real.test, changed, self._heads, strict=True)
        ]
        values = {measure.name: np.array(rows)[:, place] for place, measure in enumerate(scores.MEASURES)}
        values["feature_distance"] = self._distance.between(self._real.test, changed)
        for name, numbers in values.items():
            known = numbers[np.isfinite(numbers)]
            if known.size:  # PSNR of equal images is infinite
                low, high = bootstrap([known], lambda drawn: float(drawn[0].mean()), seed=SEED, rounds=ROUNDS)
                yield Figure(
                    name=name, value=float(known.mean()), low=low, high=high, n=known.size, unit="", column=column
                )

    def unpaired(self, changed: Images, column: str) -> Iterator[Figure]:
        niqe = np.array([self._texture.score(image) for image in changed])
        niqe = niqe[np.isfinite(niqe)]
        low, high = bootstrap([niqe], lambda drawn: float(drawn[0].mean()), seed=SEED, rounds=ROUNDS)
        yield Figure(name="niqe", value=float(niqe.mean()), low=low, high=high, n=niqe.size, unit="", column=column)
        found = described(changed, self._real.test_planes)
        weights = (self._weights[0], self._weights[1])
        for name, gap, ours, theirs in (
            ("gray_distance", histogram_gap, self._train.histograms, found.histograms),
            ("spectrum_distance", spectrum_gap, in_decibels(self._train.spectra), in_decibels(found.spectra)),
        ):
            distance = profile_distance(ours, theirs, gap, weights)
            low, high = distance.interval
            yield Figure(name=name, value=distance.value, low=low, high=high, n=len(changed), unit="", column=column)
        for place, measure in enumerate(MEASURES):
            ours, theirs = self._train.values[:, place], found.values[:, place]
            known = theirs[np.isfinite(theirs)]
            if known.size < 2 or not np.isfinite(ours).any():
                continue
            range_ = RealRange.of(ours, 0.01, 0.99)
            outside = range_.below(known) + range_.above(known)
            low, high = wilson(outside, known.size)
            share = 100 * outside / known.size
            name = f"outside[{measure.name}]"
            yield Figure(name=name, value=share, low=100 * low, high=100 * high, n=known.size, column=column)
            distance = distribution_distances(ours, theirs, weights)["wasserstein"]
            low, high = distance.interval
            yield Figure(name=f"wasserstein[{measure.name}]", value=distance.value, low=low, high=high, n=known.size,
                         unit="", column=column)  # fmt: skip


def described(images: Images, planes: Sequence[str]) -> Described:
    """Measure anatomy and texture of images."""
    heads = [head_mask(image) for image in images]
    values = [
        measure_image(*pair, None, plane=plane, contrast=None)
        for *pair, plane in zip(images, heads, planes, strict=True)
    ]
    histograms = [
        np.bincount(image[head], minlength=256) / max(1, head.sum()) for image, head in zip(images, heads, strict=True)
    ]
    return Described(np.array(values), np.array(histograms), np.array([power_spectrum(image) for image in images]))


def ventricles(count: int) -> Table:
    """Compare ventricle size with the true ventricles of phantoms, in axial slices of the upper half of the head."""
    figures = []
    for contrast in ("T1", "T1ce", "FLAIR"):
        for stripped in (False, True):
            pairs = np.array([pair for seed in range(count) for pair in _of_phantom(seed, contrast, stripped)])
            low, high = bootstrap([pairs], lambda drawn: _correlation(drawn[0]), seed=SEED, rounds=ROUNDS)
            name = f"{contrast}, {'skull stripped' if stripped else 'whole head'}"
            figures.append(Figure(name=name, value=_correlation(pairs), low=low, high=high, n=len(pairs), unit=""))
    return Table(
        title="Ventricle size in phantoms: correlation with the true share of the head",
        counts=f"axial slices of {count} phantoms, half of them with a tumor",
        interval="bootstrap over slices, 95 %",
        figures=figures,
        notes=["From the middle of the head's height to 80 %: below it, cisterns and air count as fluid, too."],
    )


def _correlation(pairs: NDArray[np.float64]) -> float:
    return float(np.corrcoef(pairs.T)[0, 1])


def _of_phantom(seed: int, contrast: str, stripped: bool) -> Iterator[tuple[float, float]]:
    head = random_head(np.random.default_rng(seed), spacing_mm=2.0, tumor="none" if seed % 2 else None)
    volume = render(head, contrast, np.random.default_rng(seed), skull_stripped=stripped)
    shown = np.clip(volume / np.quantile(volume, 0.995) * 255, 0, 255).astype(np.uint8)
    pictures, labels = slices(shown, "axial"), slices(head.labels, "axial")
    for place in range(len(pictures) // 2, int(0.8 * len(pictures)), 3):
        image = np.asarray(fit(np.ascontiguousarray(pictures[place]), SIZE, pad=True), np.uint8)
        tissue = fit(np.ascontiguousarray(labels[place]).astype(np.uint8), SIZE, pad=True, nearest=True)
        mask = head_mask(image)
        true = np.isin(tissue, (int(Tissue.VENTRICLE), int(Tissue.CHOROID_PLEXUS))).sum() / max(1, mask.sum())
        yield ventricle_share(image, mask), float(true)


if __name__ == "__main__":
    raise SystemExit(main())
