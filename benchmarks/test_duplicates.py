"""Seconds to digest an image and to compare a pair, compared with imagehash on the same images."""

from __future__ import annotations

from pathlib import Path

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image

from medcurate.curate.duplicates.hash_search import cluster_hashes
from medcurate.curate.duplicates.pixel_comparison import compare
from medcurate.curate.measures import perceptual_hash as ph
from medcurate.curate.measures.image_digest import digest_pixels

N = 200


@pytest.fixture(scope="module")
def images(data: Path) -> list[np.ndarray]:
    """Give decoded images."""
    files = sorted((data / "sartaj").glob("*/*/*.jpg"))
    return [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files[:: len(files) // N][:N]]


@pytest.mark.benchmark(group="hashes of one image")
def test_digest_of_one_image_with_33_hashes(benchmark, images):
    """Ours: eight views, 25 windows, the thumbnail and the sharpness."""
    benchmark(lambda: [digest_pixels(image) for image in images])


@pytest.mark.benchmark(group="hashes of one image")
def test_imagehash_of_one_image_in_eight_views(benchmark, images):
    """The peer: `imagehash.phash` of 256 bits in each of the eight views, which a search for turned copies needs."""
    pictures = [[Image.fromarray(ph.turn(image, view)) for view in range(8)] for image in images]
    benchmark(lambda: [imagehash.phash(view, hash_size=16) for views in pictures for view in views])


@pytest.mark.benchmark(group="comparison of one pair")
def test_comparison_of_a_pair(benchmark, images):
    """Alignment and comparison of pixels, for pairs that are copies: the dearest ones."""
    thumbs = [digest_pixels(image).thumbnail for image in images]
    small = [digest_pixels(cv2.resize(image, None, fx=0.7, fy=0.7)).thumbnail for image in images]
    benchmark(lambda: [compare(one, other, 0, 96) for one, other in zip(thumbs, small, strict=True)])


@pytest.mark.benchmark(group="search among 20,000 hashes")
def test_search_of_all_hashes(benchmark):
    """Ours."""
    hashes = np.random.default_rng(0).integers(0, 256, (20_000, 32), dtype=np.uint8)
    benchmark(lambda: cluster_hashes(hashes, max_distance=40))


@pytest.mark.benchmark(group="search among 20,000 hashes")
def test_pairwise_comparison_of_all_hashes(benchmark):
    """The peer: all pairs, one line of numpy at a time."""
    hashes = np.random.default_rng(0).integers(0, 256, (20_000, 4), dtype=np.uint64)
    benchmark.pedantic(
        lambda: [
            np.flatnonzero(np.bitwise_count(hashes[n + 1 :] ^ hashes[n]).sum(axis=1) <= 40) for n in range(20_000)
        ],
        rounds=1,
    )
