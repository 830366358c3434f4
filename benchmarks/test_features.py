"""Time to describe one image, compared with OpenCV's gradient histograms alone on an image that is already small."""

from __future__ import annotations

from time import perf_counter

import cv2
import numpy as np
import pytest

from benchmarks.figures import Figure, Result, Table, ratios
from medcurate.curate.measures.plane_features import SIDE, describe, normalize

ROUNDS = 15


@pytest.fixture(scope="module")
def images(data):
    """Decode 200 JPEGs to gray."""
    paths = sorted((data / "sartaj" / "Testing").rglob("*.jpg"))[:200]
    return [cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE) for path in paths]


def seconds(function, images) -> float:
    began = perf_counter()
    for image in images:
        function(image)
    return perf_counter() - began


def test_describe_beside_hog_alone(benchmark, images):
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        small = [normalize(image) for image in images]
        hog = cv2.HOGDescriptor((SIDE, SIDE), (16, 16), (8, 8), (8, 8), 9)
        full = cv2.HOGDescriptor((128, 128), (16, 16), (8, 8), (8, 8), 9)
        peers = {
            "gradient histograms alone, 64 x 64 pixels (cv2.HOGDescriptor)": lambda: seconds(hog.compute, small),
            "resize to 128 x 128 and gradient histograms (cv2)": lambda: seconds(
                lambda image: full.compute(cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)), images
            ),
        }
        took = {name: [] for name in peers}

        def others():
            for name, peer in peers.items():
                took[name].append(peer())

        ours = []
        benchmark.pedantic(lambda: ours.append(seconds(describe, images)), setup=others, rounds=ROUNDS, warmup_rounds=1)
    finally:
        cv2.setNumThreads(threads)
    n = len(images)
    figures = [
        Figure(name=name, value=1e6 * float(np.median(times)) / n, n=n, unit="µs")
        for name, times in [("medcurate: normalize and describe", ours), *took.items()]
    ]
    figures += [ratios(f"as fast as {name}", ours, times, n=n) for name, times in took.items()]
    Result(
        name="features",
        settings={"images": n, "rounds": ROUNDS, "threads": 1},
        tables=[
            Table(
                title="Time to describe one image, one thread",
                counts=f"images; median of {ROUNDS} rounds in turns",
                interval="bootstrap over rounds, 95 %",
                figures=figures,
            )
        ],
    ).write()
    assert np.median(ours) / n < 0.005
