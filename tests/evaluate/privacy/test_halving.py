"""Halves of images without a patient in common."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.privacy.halving import halves


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_halves_share_no_patient(rng, share):
    patients = rng.integers(0, 30, 200).tolist()
    drawn = halves(200, patients, rng, share=share)
    assert set(np.array(patients)[drawn]).isdisjoint(np.array(patients)[~drawn])
    assert drawn.mean() == pytest.approx(share, abs=0.06)


def test_both_halves_have_images_even_if_one_patient_has_nearly_all(rng):
    for _ in range(20):
        drawn = halves(10, ["a"] * 9 + ["b"], rng)
        assert 0 < drawn.sum() < 10
    assert halves(10, ["a"] * 10, rng).sum() == 5
