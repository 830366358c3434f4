"""Scalings beside what they are made for."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.denoising.preconditioning import Edm, RectifiedFlow

SIGMAS = np.geomspace(0.002, 80, 30)


def test_what_the_network_is_given_and_learns_has_unit_variance():
    """With independent images and noise: Karras et al. (2022), appendix B.6."""
    data = 0.5
    scales = Edm(data).scales(SIGMAS)
    skip, out, given, feature = (np.asarray(one) for one in scales)
    np.testing.assert_allclose(given**2 * (data**2 + SIGMAS**2), 1, rtol=1e-6)
    learned = ((1 - skip) ** 2 * data**2 + skip**2 * SIGMAS**2) / out**2
    np.testing.assert_allclose(learned, 1, rtol=1e-6)
    np.testing.assert_allclose(feature, np.log(SIGMAS) / 4, rtol=1e-6)


def test_a_rectified_flow_learns_the_way_from_image_to_noise():
    rng = np.random.default_rng(0)
    image, noise = rng.normal(size=30), rng.normal(size=30)
    skip, out, given, _ = (np.asarray(one) for one in RectifiedFlow().scales(SIGMAS))
    noisy = image + SIGMAS * noise
    np.testing.assert_allclose((image - skip * noisy) / out, noise - image, rtol=1e-5, atol=1e-6)
    time = SIGMAS / (1 + SIGMAS)
    np.testing.assert_allclose(given * noisy, (1 - time) * image + time * noise, rtol=1e-6)


@pytest.mark.parametrize("kind", [Edm(), RectifiedFlow()])
def test_levels_fall_from_the_highest_to_the_lowest(kind):
    found = kind.visited(14, 0.002, 80)
    assert len(found) == 14
    np.testing.assert_allclose(found[[0, -1]], [80, 0.002], rtol=1e-9)
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("kind", [Edm(mean=-1.0, deviation=1.2), RectifiedFlow(mean=-1.0, deviation=1.2)])
def test_what_is_learned_has_a_normal_logarithm(kind):
    found = np.asarray(kind.learned(np.array([-1.0, 0.0, 1.0], np.float32)))
    np.testing.assert_allclose(np.log(found), [-2.2, -1.0, 0.2], rtol=1e-5)
