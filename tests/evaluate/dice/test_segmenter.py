"""A segmenter learns what it is shown, the same by seed, in 2-D and 3-D."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.overlap import overlap
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits
from medcurate.evaluate.dice.segmenter import Network, changed, region_loss
from tests.evaluate.dice.masked_folders import drawn

BRATS = NUMBERINGS["brats2013"]


def examples(seed: int, n: int) -> Examples:
    rng = np.random.default_rng(seed)
    pairs = [drawn(rng) for _ in range(n)]
    images = np.stack([image for image, _ in pairs])[..., None]
    bits = np.stack([as_bits(labels, BRATS) for _, labels in pairs])
    return Examples(images, bits, tuple(map(str, range(n))), False, None)


def test_it_learns_to_find_tumors_it_has_not_seen(network):
    train, test = examples(1, 16), examples(2, 6)
    steps: list[int] = []

    segmenter = network.train([(train, np.arange(16))], seed=0, advance=steps.append)

    assert sum(steps) == len(segmenter.losses) == network.training.steps
    assert np.mean(segmenter.losses[-5:]) < 0.6 * np.mean(segmenter.losses[:5])
    rows, found = zip(*segmenter.find_all(test), strict=True)
    assert rows == tuple(range(6))
    assert overlap((np.stack(found) & 1) > 0, (test.bits & 1) > 0).dice > 0.8


def test_the_seed_decides_and_only_the_chosen_rows_count(network):
    train = examples(1, 8)
    other = Examples(train.images.copy(), train.bits.copy(), train.groups, False, None)
    other.images[4:] = 0

    first = network.train([(train, np.arange(4))], seed=5)
    found = first.find(train.images)
    again = network.train([(other, np.arange(4))], seed=5)
    split = network.train([(train, np.arange(2)), (train, np.arange(2, 4))], seed=5)
    other_rows = network.train([(train, np.arange(4, 8))], seed=5)
    other_seed = network.train([(train, np.arange(4))], seed=6)

    assert first.losses == again.losses == split.losses
    assert first.losses != other_rows.losses
    assert first.losses != other_seed.losses
    assert np.array_equal(first.find(train.images), found)  # though the network was trained again since


def test_nothing_is_left_of_the_training_before(network):
    train = examples(1, 8)
    fresh = Network((32, 32, 1), BRATS, network.training).train([(train, np.arange(8))], seed=3)

    assert network.train([(train, np.arange(8))], seed=3).losses == fresh.losses


def test_mirroring_moves_image_and_mask_together(rng):
    image, labels = drawn(rng)
    bits = as_bits(labels, BRATS)
    seen = set()

    for _ in range(20):
        pixels, moved = changed(image[..., None], bits, rng)
        mirrored = np.array_equal(moved, bits[:, ::-1])
        seen.add(mirrored)
        assert mirrored or np.array_equal(moved, bits)
        gray = image[:, ::-1] if mirrored else image
        assert np.corrcoef(pixels[..., 0].ravel(), gray.ravel())[0, 1] > 0.98
    assert seen == {True, False}


def test_the_loss_is_cross_entropy_and_dice():
    expected = np.zeros((1, 2, 2, 1), np.float32)
    expected[0, 0, 0] = 1

    def loss(logits: float) -> float:
        wanted = np.where(expected > 0, logits, -logits).astype(np.float32)
        return float(np.asarray(region_loss(expected, wanted)))

    assert loss(0.0) == pytest.approx(np.log(2) + 1 - (2 * 0.5 + 1) / (1 + 2 + 1), abs=1e-5)
    assert loss(20.0) == pytest.approx(0, abs=1e-5)
    assert loss(-20.0) > 10
