"""A segmenter learns what it is shown, the same by seed, in 2-D and 3-D."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import SampleSet
from medcurate.dataset.samples.choice import region_channels
from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.overlap import overlap
from medcurate.evaluate.dice.regions import NUMBERINGS
from medcurate.evaluate.dice.segmenter import Network, changed, region_loss
from tests.evaluate.dice.masked_folders import drawn

BRATS = NUMBERINGS["brats2013"]


def examples(seed: int, n: int) -> Examples:
    rng = np.random.default_rng(seed)
    pairs = [drawn(rng) for _ in range(n)]
    images = np.stack([image for image, _ in pairs])[..., None]
    mask = np.stack([region_channels(labels, BRATS) for _, labels in pairs])
    return Examples(SampleSet({"target": images, "mask": mask}), tuple(map(str, range(n))), False, None)


def test_it_learns_to_find_tumors_it_has_not_seen(network):
    train, test = examples(1, 16), examples(2, 6)
    steps: list[int] = []

    segmenter = network.train([(train, np.arange(16))], seed=0, advance=steps.append)

    assert sum(steps) == len(segmenter.losses) == network.training.steps
    assert np.mean(segmenter.losses[-5:]) < 0.6 * np.mean(segmenter.losses[:5])
    rows, found = zip(*segmenter.find_all(test), strict=True)
    assert rows == tuple(range(6))
    assert overlap((np.stack(found) & 1) > 0, test.mask[..., 0] > 0).dice > 0.8


def test_the_seed_decides_and_only_the_chosen_rows_count(network):
    train = examples(1, 8)
    other = examples(1, 8)
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


@pytest.mark.parametrize("dimensions", [2, 3])
def test_mirroring_moves_image_and_mask_together(rng, dimensions):
    pairs = [drawn(rng, (12, 10, 8)[:dimensions]) for _ in range(20)]
    gray = np.stack([image for image, _ in pairs])[..., None].astype(np.float32) / 255
    masks = np.stack([region_channels(labels, BRATS) for _, labels in pairs]).astype(np.float32) / 255
    numbers = rng.random((20, 3), np.float32)
    axis = 1 if dimensions == 2 else 0

    pixels, moved = (np.asarray(one) for one in changed(gray, masks, numbers))

    for row, (mirrored, contrast, brightness) in enumerate(numbers):
        image, mask = gray[row], masks[row]
        if mirrored < 0.5:
            image, mask = np.flip(image, axis), np.flip(mask, axis)
        np.testing.assert_array_equal(moved[row], mask)
        varied = image * (0.8 + 0.4 * contrast) + 0.1 * brightness - 0.05
        np.testing.assert_allclose(pixels[row], np.where(image > 0, varied, 0), atol=1e-6)
    assert 0 < (numbers[:, 0] < 0.5).sum() < 20


def test_the_loss_is_cross_entropy_and_dice():
    expected = np.zeros((1, 2, 2, 1), np.float32)
    expected[0, 0, 0] = 1

    def loss(logits: float) -> float:
        wanted = np.where(expected > 0, logits, -logits).astype(np.float32)
        return float(np.asarray(region_loss(expected, wanted)))

    assert loss(0.0) == pytest.approx(np.log(2) + 1 - (2 * 0.5 + 1) / (1 + 2 + 1), abs=1e-5)
    assert loss(20.0) == pytest.approx(0, abs=1e-5)
    assert loss(-20.0) > 10
