"""Time of the metrics of a pair, compared with other libraries: ``python -m benchmarks.paired_speed``.

scikit-image for PSNR and SSIM, sewar for MS-SSIM and VIF; both in turns on the same pairs, one thread, time of the
processor. Writes ``paired_speed.json``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray
from sewar.full_ref import msssim, vifp
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, ratios
from medcurate.dataset.files import read_image
from medcurate.evaluate.paired.information_fidelity import vif
from medcurate.evaluate.paired.intensity_error import psnr
from medcurate.evaluate.paired.structural_similarity import SCALE_WEIGHTS, ms_ssim, scales, ssim
from medcurate.pictures import fit

ROUNDS = 5
Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
Metric = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

PEERS: dict[str, tuple[Metric, Metric]] = {
    "PSNR beside scikit-image": (
        lambda a, b: psnr(a, b, data_range=255),
        lambda a, b: float(peak_signal_noise_ratio(a, b, data_range=255)),
    ),
    "SSIM beside scikit-image": (
        lambda a, b: ssim(a, b, data_range=255),
        lambda a, b: float(
            structural_similarity(a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        ),
    ),
    "MS-SSIM beside sewar": (lambda a, b: ms_ssim(a, b, data_range=255), lambda a, b: float(msssim(a, b, MAX=255.0))),
    "VIF beside sewar": (lambda a, b: vif(a, b, data_range=255), lambda a, b: float(vifp(a - a.min(), b - a.min()))),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired_speed", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 240])
    parser.add_argument("--n", type=int, default=12, help="pairs of each size")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    paths = sorted((options.data.resolve() / "sartaj" / "Testing").rglob("*.jpg"))
    paths = paths[:: max(1, len(paths) // options.n)][: options.n]
    tables = [_table(_pairs(paths, size), f"{size} x {size} pixels", _names(size)) for size in options.sizes]
    tables.append(
        _table([_volume(paths)], "64 x 128 x 128 voxels", ["PSNR beside scikit-image", "SSIM beside scikit-image"])
    )
    Result(
        name="paired_speed",
        tables=tables,
        settings={"pairs": options.n, "rounds": ROUNDS, "threads": 1, "clock": "process time"},
    ).write()
    return 0


def _names(size: int) -> list[str]:
    """Leave out MS-SSIM where five scales do not fit: sewar does not scale the weights of fewer to a sum of 1."""
    return [name for name in PEERS if scales((size, size)) == len(SCALE_WEIGHTS) or "MS-SSIM" not in name]


def _pairs(paths: Sequence[Path], size: int) -> list[Pair]:
    rng = np.random.default_rng(0)
    images = [fit(read_image(path), size, pad=True).astype(np.float64) for path in paths]
    return [(image, np.clip(image + rng.normal(0, 10, image.shape), 0, 255).round()) for image in images]


def _volume(paths: Sequence[Path]) -> Pair:
    stacks = zip(*_pairs(list(paths) * (64 // len(paths) + 1), 128), strict=True)
    real, synthetic = (np.stack(images[:64]) for images in stacks)
    return real, synthetic


def _table(pairs: Sequence[Pair], what: str, names: Sequence[str]) -> Table:
    figures = []
    for name in names:
        took: tuple[list[float], list[float]] = ([], [])
        gap = max(abs(PEERS[name][0](*pair) - PEERS[name][1](*pair)) for pair in pairs)
        for _ in range(ROUNDS):
            for spent, metric in zip(took, PEERS[name], strict=True):
                began = process_time()
                for pair in pairs:
                    metric(*pair)
                spent.append(process_time() - began)
        ours = 1e3 * float(np.median(took[0])) / len(pairs)
        figures += [
            Figure(name=name, value=ours, n=len(pairs), unit="ms", column="one pair"),
            ratios(name, *took, n=len(pairs), column="times as fast"),
            Figure(name=name, value=gap, n=len(pairs), unit="", column="largest difference of values"),
        ]
    return Table(
        title=f"Metrics of a pair, {what}",
        counts=f"pairs; median of {ROUNDS} rounds in turns",
        interval="bootstrap over rounds, 95 %",
        figures=figures,
    )


if __name__ == "__main__":
    raise SystemExit(main())
