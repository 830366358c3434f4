from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medcurate.phantom.stream.looks import Look, mask_of, prepared

PLAIN = Look(
    margin=0.05, tilt_deg=0.0, shift=(0.0, 0.0), thickness=1, low_mm=-150.0, coil=0.0, blur_px=0.0, noise=0.0, gamma=1.0
)


@pytest.fixture
def disk():
    """A bright disk of 40 pixels off the middle of a dark picture, brighter to the right."""
    y, x = np.mgrid[:90, :100]
    shown = (y - 30) ** 2 + (x - 60) ** 2 <= 20**2
    return np.where(shown, 0.5 + x / 200, 0).astype(np.float32), shown


def test_the_head_fills_the_square_but_for_the_margin_and_stands_in_its_middle(disk):
    image, shown = disk
    picture = prepared(image, shown, shown, PLAIN, 64, np.random.default_rng(0))
    inside = picture > 0.1
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    assert (picture.min(), picture.max()) == (0.0, 1.0)
    assert abs(len(rows) - 64 / 1.1) < 3
    assert abs(len(columns) - 64 / 1.1) < 3
    assert abs(rows.mean() - 31.5) < 1
    assert abs(columns.mean() - 31.5) < 1


def test_a_mask_moves_with_its_picture(disk):
    image, shown = disk
    look = replace(PLAIN, tilt_deg=12.0, shift=(0.05, -0.02))
    picture = prepared(image, shown, shown, look, 64, np.random.default_rng(0))
    moved = mask_of(shown, shown, look, 64)
    assert ((picture > 0.25) == moved).mean() > 0.98


def test_gamma_coil_and_noise_change_what_they_name(disk):
    image, shown = disk
    plain = prepared(image, shown, shown, PLAIN, 64, np.random.default_rng(0))
    dark = prepared(image, shown, shown, replace(PLAIN, gamma=2.0), 64, np.random.default_rng(0))
    np.testing.assert_allclose(dark, plain**2, atol=1e-6)
    noisy = prepared(image, shown, shown, replace(PLAIN, noise=0.05), 64, np.random.default_rng(0))
    assert noisy[:3, :3].std() > plain[:3, :3].std() == 0
    coil = prepared(image, shown, shown, replace(PLAIN, coil=1.0), 64, np.random.default_rng(0))
    assert coil[32, 32] < plain[32, 32]  # the edge is the brightest now


def test_looks_differ_and_a_seed_repeats_them():
    looks = [Look.draw(np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert looks[0] == looks[1] != looks[2]
