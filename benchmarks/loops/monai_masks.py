"""Dice, Hausdorff-95 and average symmetric surface distance of pairs of masks by MONAI; prints seconds and values."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from monai.metrics import compute_average_surface_distance, compute_dice, compute_hausdorff_distance


def measure(found: torch.Tensor, expected: torch.Tensor) -> list[float]:
    every = {"include_background": True}
    return [
        float(compute_dice(found, expected, **every)),
        float(compute_hausdorff_distance(found, expected, percentile=95, **every)),
        float(compute_average_surface_distance(found, expected, symmetric=True, **every)),
    ]


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    pairs = []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as stored:
            pairs.append([torch.from_numpy(stored[name])[None, None].float() for name in ("found", "expected")])
    measure(*pairs[0])
    began = time.perf_counter()
    values = [measure(*pair) for pair in pairs]
    print(json.dumps({"seconds": time.perf_counter() - began, "values": values}))


main(Path(sys.argv[1]))
