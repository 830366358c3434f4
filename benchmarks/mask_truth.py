"""Metrics of masks for expert masks that were shifted, eroded, grown or dropped, compared with peers.

Each metric must change in the right direction and by the right amount. The masks are those of ``volumes/brats2013``.
Peers run in turns with ours on the same pairs: SimpleITK in this process; MONAI in an interpreter that has it
(``--monai PYTHON``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, ratios
from medcurate.evaluate.dice.agreement import agree, compare_masks
from medcurate.evaluate.dice.regions import NUMBERINGS
from medcurate.results import Metric

REGIONS = NUMBERINGS["brats2013"]
Labels = NDArray[np.uint8]
SHIFTS_MM = (0, 1, 2, 4, 8, 16)
LAYERS = (-3, -2, -1, 0, 1, 2, 3)
DROPPED = (0.0, 0.1, 0.25, 0.5, 0.9)
ROUNDS = 5


def read_masks(data: Path) -> dict[str, Labels]:
    """Read the labels of every patient, 240 x 240 x 155 of 1 mm."""
    files = sorted((data / "volumes/brats2013").rglob("OTMultiClass.nii.gz"))
    return {file.parent.name: np.asarray(nib.Nifti1Image.from_filename(file).dataobj, np.uint8) for file in files}


def shifted(labels: Labels, mm: float) -> Labels:
    """Move along the first axis; tumors are more than 16 mm from the border."""
    return np.roll(labels, round(mm), 0)


def layered(labels: Labels, layers: float) -> Labels:
    """Grow the whole tumor by layers of voxels (as edema), or take layers off."""
    whole = labels > 0
    ball = ndimage.generate_binary_structure(3, 1)
    if layers > 0:
        return np.where(ndimage.binary_dilation(whole, ball, round(layers)) & ~whole, np.uint8(2), labels)
    return np.where(ndimage.binary_erosion(whole, ball, round(-layers)), labels, np.uint8(0)) if layers else labels


def dropped(labels: Labels, share: float) -> Labels:
    """Leave the mask out in a share of the slices with tumor, spread evenly."""
    inside = np.flatnonzero(labels.any(axis=(0, 1)))
    out = inside[np.linspace(0, len(inside) - 1, round(share * len(inside))).astype(int)]
    changed = labels.copy()
    changed[..., out] = 0
    return changed


CHANGES: Mapping[str, tuple[Callable[[Labels, float], Labels], tuple[float, ...], str]] = {
    "shifted": (shifted, SHIFTS_MM, "by {:g} mm"),
    "layers of 1 mm": (layered, LAYERS, "{:+g}"),
    "slices without their mask": (dropped, DROPPED, "{:.0%}"),
}

FLAT = (
    "Distances stop growing once a slice in four is gone: the next one with a mask is as near as before. Dice goes on."
)
NOTES = {"slices without their mask": (FLAT,)}


def curve(
    masks: Mapping[str, Labels], change: Callable[[Labels, float], Labels], amounts: tuple[float, ...], words: str
):
    """Yield the figures of one change, region by region."""
    for amount in amounts:
        found = [change(labels, amount) for labels in masks.values()]
        expected = list(masks.values())
        metrics = compare_masks(found, expected, regions=REGIONS, spacing_mm=(1, 1, 1), groups=list(masks))  # type: ignore[arg-type]
        for metric in metrics:
            yield figure(metric, words.format(amount))


def figure(metric: Metric, column: str) -> Figure:
    low, high = metric.interval or (None, None)
    name = metric.name.removeprefix("dice/")
    return Figure(name=name, column=column, value=metric.value, low=low, high=high, n=metric.n, unit=metric.unit)


def pairs(masks: Mapping[str, Labels]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield real masks and copies of them moved by 3 mm and grown by one layer: as a segmenter's answers are."""
    for labels in masks.values():
        whole = labels > 0
        yield ndimage.binary_dilation(np.roll(whole, 3, 0)), whole


def simpleitk(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Measure Dice, Hausdorff-95 and average symmetric surface distance as SimpleITK's own notebooks do."""
    import SimpleITK as itk  # noqa: N813

    images = [itk.GetImageFromArray(mask.astype(np.uint8)) for mask in (found, expected)]
    overlap = itk.LabelOverlapMeasuresImageFilter()
    overlap.Execute(*images)
    contours = [itk.LabelContour(image, fullyConnected=False) for image in images]
    maps = [itk.GetArrayFromImage(itk.Abs(itk.SignedMaurerDistanceMap(c, False, False, True))) for c in contours]
    inside = [itk.GetArrayFromImage(contour) > 0 for contour in contours]
    one, other = maps[1][inside[0]], maps[0][inside[1]]
    worst = max(float(np.percentile(one, 95)), float(np.percentile(other, 95)))
    return overlap.GetDiceCoefficient(), worst, float(np.concatenate([one, other]).mean())


def ours(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> tuple[float, float, float]:
    result = agree(found, expected)
    return result.overlap.dice, result.hausdorff95, result.surface_distance


def timed(measure: Callable[..., object], given: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> float:
    began = time.perf_counter()
    for found, expected in given:
        measure(found, expected)
    return time.perf_counter() - began


def monai(python: Path, folder: Path) -> tuple[float, dict[str, list[list[float]]]]:
    """Return the seconds of MONAI for the pairs in a folder, without its start, and what it found in each precision."""
    command = [str(python), str(ROOT / "benchmarks/loops/monai_masks.py"), str(folder)]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return answer["seconds"], {"MONAI": answer["values"], "MONAI, percentile in float64": answer["float64"]}


def difference(mine: NDArray[np.float64], theirs: list[tuple[float, ...]] | list[list[float]]) -> float:
    """Return the largest difference, in parts of values above 1: theirs have seven digits."""
    return float((np.abs(mine - theirs) / np.maximum(np.abs(mine), 1)).max())


PEERS = (
    "MONAI with one thread; peers without their start-up.",
    "A difference is in parts of the value where that is above 1. MONAI interpolates its percentile in float32.",
)


def beside_peers(masks: Mapping[str, Labels], python: Path | None, rounds: int, dimensions: int) -> Table:
    """Measure whole tumors beside the peers, in turns."""
    given = list(pairs(masks))
    if dimensions == 2:
        given = [(one[..., at].copy(), other[..., at].copy()) for one, other in given for at in range(40, 100, 4)]
        given = [pair for pair in given if pair[0].any() and pair[1].any()]
    seconds: dict[str, list[float]] = {"ours": [], "SimpleITK": []}
    worst: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        for number, (found, expected) in enumerate(given):
            np.savez(Path(name) / f"{number:04d}.npz", found=found, expected=expected)
        mine = np.array([ours(*pair) for pair in given])
        worst["SimpleITK"] = difference(mine, [simpleitk(*pair) for pair in given])
        for _ in range(rounds):
            seconds["ours"].append(timed(ours, given))
            seconds["SimpleITK"].append(timed(simpleitk, given))
            if python is not None:
                took, values = monai(python, Path(name))
                seconds.setdefault("MONAI", []).append(took)
                worst |= {name: difference(mine, found) for name, found in values.items()}
    peers = [peer for peer in seconds if peer != "ours"]
    figures = [
        ratios("pairs a second, ours over its", seconds["ours"], seconds[peer], n=len(given), column=peer, at_least=1.0)
        for peer in peers
    ]
    figures += [
        Figure(name="largest difference of a value", column=peer, value=amount, n=len(given), unit="", at_most=1e-6)
        for peer, amount in worst.items()
    ]
    return Table(
        title=f"Dice, Hausdorff-95 and surface distance of whole tumors in {dimensions}-D, beside peers",
        counts="pairs of masks",
        interval="bootstrap over rounds",
        figures=figures,
        notes=PEERS,
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--monai", type=Path, help="an interpreter that has MONAI")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    masks = read_masks(options.data)
    if not masks:
        sys.exit(f"no masks in {options.data}/volumes/brats2013")
    tables = [
        Table(
            title=f"Expert masks beside themselves: {title}",
            counts="patients (those with the region)",
            interval="bootstrap over patients",
            figures=list(curve(masks, change, amounts, words)),
            notes=NOTES.get(title, ()),
        )
        for title, (change, amounts, words) in CHANGES.items()
    ]
    tables += [beside_peers(masks, options.monai, options.rounds, dimensions) for dimensions in (3, 2)]
    settings = {"regions": {name: list(labels or ()) for name, labels in REGIONS.items()}, "rounds": options.rounds}
    Result(name="mask-truth", tables=tables, settings=settings).write()


if __name__ == "__main__":
    main()
