from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import encoder
from medcurate.errors import UsageError
from medcurate.evaluate.paired.feature_distance import FeatureDistance
from tests.evaluate.drawn_slices import slices


def test_one_is_the_root_mean_square_distance_of_two_real_images(rng):
    images, encode = slices(rng, 14), encoder("classical")
    distance = FeatureDistance.fit(encode, encode.encode(images))
    every = [distance.between(images, np.roll(images, shift, axis=0)) for shift in range(1, 14)]
    assert np.sqrt(np.mean(np.square(every))) == pytest.approx(1, abs=1e-3)


def test_nothing_apart_is_zero_and_more_noise_is_farther(rng):
    images, encode = slices(rng, 24), encoder("classical")
    distance = FeatureDistance.fit(encode, encode.encode(images))
    np.testing.assert_allclose(distance.between(images, images), 0, atol=1e-6)
    noise = rng.normal(0, 1, images.shape)
    means = [distance.between(images, np.clip(images + s * noise, 0, 255).astype(np.uint8)).mean() for s in (5, 15, 40)]
    assert 0 < means[0] < means[1] < means[2]


def test_wrong_arguments_are_named(rng):
    encode = encoder("classical")
    with pytest.raises(UsageError, match="two real images or more"):
        FeatureDistance.fit(encode, encode.encode(slices(rng, 1)))
    with pytest.raises(UsageError, match="same features"):
        FeatureDistance.fit(encode, encode.encode(np.repeat(slices(rng, 1), 4, axis=0)))
    images = slices(rng, 4)
    with pytest.raises(UsageError, match="one shape"):
        FeatureDistance.fit(encode, encode.encode(images)).between(images, images[:3])
