"""Dice, Hausdorff-95 and average symmetric surface distance of pairs of masks by MONAI; prints seconds and values."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from monai.metrics import compute_average_surface_distance, compute_dice, compute_hausdorff_distance
from monai.metrics.utils import get_edge_surface_distance


def measure(found: torch.Tensor, expected: torch.Tensor) -> list[float]:
    every = {"include_background": True}
    return [
        float(compute_dice(found, expected, **every)),
        float(compute_hausdorff_distance(found, expected, percentile=95, **every)),
        float(compute_average_surface_distance(found, expected, symmetric=True, **every)),
    ]


def in_float64(found: torch.Tensor, expected: torch.Tensor) -> list[float]:
    """Return the same, with the percentile of MONAI's own distances taken in float64: its own is interpolated in 32."""
    dice, _, average = measure(found, expected)
    both = get_edge_surface_distance(found[0, 0].bool(), expected[0, 0].bool(), symmetric=True, class_index=0)[1]
    return [dice, max(float(torch.quantile(one.double(), 0.95)) for one in both), average]


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    pairs = []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as stored:
            pairs.append([torch.from_numpy(stored[name])[None, None].float() for name in ("found", "expected")])
    measure(*pairs[0])
    began = time.perf_counter()
    values = [measure(*pair) for pair in pairs]
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "values": values, "float64": [in_float64(*pair) for pair in pairs]}))


main(Path(sys.argv[1]))
