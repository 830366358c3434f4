"""Synthetic and real images are drawn in equal numbers, and none that the scale was learned on."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.fidelity.features import FidelitySets
from tests.evaluate.evaluation_samples import plain


@pytest.fixture(scope="module")
def encoded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sides")
    real, made = plain(folder / "real", {"none": 40}), plain(folder / "made", {"none": 30}, seed=1)
    return EncodedSides.of(open_sides(real, made, size=16), "classical", most=100, progress=False)


def test_as_many_real_as_synthetic_images_and_none_of_them_made_the_scale(encoded):
    found = FidelitySets.of(encoded, seed=0)
    assert len(found) == len(found.generated) == len(found.real) == len(encoded.unseen) == 10
    unseen = {encoded.train.dataset.ids[row] for row in encoded.unseen.tolist()}
    assert set(found.real.dataset.ids) == unseen
    assert set(found.generated.dataset.ids) < set(encoded.synthetic.dataset.ids)
    assert (len(found.train), len(found.test)) == (20, 20)


def test_features_stay_with_their_images(encoded):
    found = FidelitySets.of(encoded, seed=0)
    for drawn, whole in ((found.generated, encoded.synthetic), (found.real, encoded.train)):
        places = [whole.dataset.ids.index(image) for image in drawn.dataset.ids]
        np.testing.assert_array_equal(drawn.features, whole.features[places])


def test_the_seed_decides_which(encoded):
    one, again, other = (FidelitySets.of(encoded, seed=seed).generated.dataset.ids for seed in (0, 0, 1))
    assert one == again != other
