from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from medcurate.dataset import Dataset
from medcurate.encoders import encoder, fit_scale
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.overlap.cluster_coverage import cluster_coverage
from medcurate.evaluate.overlap.neighbor_lists import neighbor_shares

SIDE = 150


@pytest.fixture(scope="module")
def images(realdata: Path) -> np.ndarray:
    """Read real images at 64 pixels, none twice."""
    dataset = Dataset.open(realdata / "sartaj").select(split="train")
    rows = np.sort(np.random.default_rng(0).permutation(len(dataset))[: 4 * SIDE])
    pixels = read_pixels(replace(dataset, rows=dataset.rows.take(pa.array(rows))), 64)
    _, first = np.unique([hashlib.sha256(image.tobytes()).hexdigest() for image in pixels], return_index=True)
    return pixels[np.random.default_rng(1).permutation(first)]


def measured(images: np.ndarray, made: np.ndarray):
    classical = encoder("classical")
    train, test = (classical.encode(part) for part in (images[2 * SIDE :], images[:SIDE]))
    scale = fit_scale(train, classical.blocks)
    sides = scale.apply(test), scale.apply(classical.encode(made))
    return {metric.name: metric for metric in (*neighbor_shares(*sides, draws=60), cluster_coverage(*sides, draws=60))}


@pytest.mark.realdata
def test_other_real_images_are_not_told_from_held_out_ones(images):
    for metric in measured(images, images[SIDE : 2 * SIDE]).values():
        low, high = metric.settings["gap_interval"]
        assert low <= 0 <= high, metric.name


@pytest.mark.realdata
def test_a_third_of_noise_and_images_upside_down_are_noticed(images, rng):
    made = images[SIDE : 2 * SIDE].copy()
    noise = made.copy()
    noise[:50] = rng.integers(0, 256, noise[:50].shape)
    for spoiled in (noise, made[:, ::-1]):
        found = measured(images, spoiled)
        assert found["overlap/synthetic_neighbors[of_real]"].settings["gap_interval"][1] < 0
        assert found["overlap/synthetic_neighbors[of_synthetic]"].settings["gap_interval"][0] > 0
