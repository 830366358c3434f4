"""Time to homogenize one image, compared with the same work by Pillow, by SciPy and NumPy, and by nibabel."""

from __future__ import annotations

from time import perf_counter

import cv2
import nibabel as nib
import nibabel.processing
import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy import ndimage

from benchmarks.figures import Figure, Result, Table, ratios
from medcurate.curate.steps import Picture, Resample, preset, run

ROUNDS = 9
SIZE = 128


@pytest.fixture(scope="module")
def images(data):
    """Decode 300 JPEGs to gray: every tenth, so that all folders and sizes occur."""
    paths = sorted((data / "sartaj").rglob("*.jpg"))[::10][:300]
    return [cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE) for path in paths]


@pytest.fixture(scope="module")
def heads(data):
    """Load four whole heads of 2 mm."""
    paths = sorted((data / "volumes" / "nichart" / "t1").glob("*.nii.gz"))[:4]
    loaded = [nib.load(path) for path in paths]
    return [nib.Nifti1Image(image.get_fdata(dtype=np.float32), image.affine) for image in loaded]


def ours(pixels):
    picture, records = run(Picture(pixels=pixels, value_range=(0, 255)), preset("plain-2d", size=SIZE))
    return picture.levels(), records


def by_pillow(pixels):
    """Crop to what is brighter than 30, stretch, shrink by areas and pad."""
    image = Image.fromarray(pixels)
    image = image.crop(image.point(lambda level: 255 * (level > 30)).getbbox())
    image = ImageOps.autocontrast(image, cutoff=0.5)
    return np.asarray(ImageOps.pad(image, (SIZE, SIZE), method=Image.Resampling.BOX))


def by_scipy(pixels):
    """Crop to what is brighter than 30, stretch between percentiles, interpolate linearly and pad."""
    (box,) = ndimage.find_objects((pixels > 30).astype(np.uint8))
    values = pixels[box].astype(np.float32)
    low, high = np.percentile(values, (0.5, 99.5))
    values = np.clip((values - low) / (high - low), 0, 1)
    small = ndimage.zoom(values, SIZE / max(values.shape), order=1)
    missing = [SIZE - n for n in small.shape]
    square = np.pad(small, [(n // 2, n - n // 2) for n in missing])
    return np.rint(255 * square).astype(np.uint8)


def seconds(function, items) -> float:
    began = perf_counter()
    for item in items:
        function(item)
    return perf_counter() - began


def in_turns(functions, items):
    """Return the seconds of each round of each function; the first round warms up and does not count."""
    took = {name: [] for name in functions}
    for round_ in range(ROUNDS + 1):
        for name, function in functions.items():
            spent = seconds(function, items)
            if round_:
                took[name].append(spent)
    return took


def table(title, mine, took, n, unit, scale):
    figures = [
        Figure(name=name, value=scale * float(np.median(times)) / n, n=n, unit=unit) for name, times in took.items()
    ]
    figures += [ratios(f"as fast as {name}", took[mine], times, n=n) for name, times in took.items() if name != mine]
    return Table(
        title=title,
        counts=f"pictures; median of {ROUNDS} rounds in turns",
        interval="bootstrap over rounds, 95 %",
        figures=figures,
    )


def test_homogenizing_beside_its_peers(images, heads):
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        flat = in_turns(
            {
                "medcurate: plain-2d at 128 pixels, with records": ours,
                "Pillow: getbbox, autocontrast, pad": by_pillow,
                "SciPy and NumPy: find_objects, percentile, zoom, pad": by_scipy,
            },
            images,
        )
        deep = in_turns(
            {
                "medcurate: resample to 1 mm": lambda image: Resample(spacing_mm=1.0).apply(
                    Picture(pixels=np.asarray(image.dataobj), affine=image.affine)
                ),
                "nibabel.processing.resample_to_output, linear": lambda image: nib.processing.resample_to_output(
                    image, (1, 1, 1), order=1
                ),
            },
            heads,
        )
    finally:
        cv2.setNumThreads(threads)
    Result(
        name="steps",
        settings={"images": len(images), "volumes": len(heads), "rounds": ROUNDS, "threads": 1},
        tables=[
            table("Time to homogenize one image, one thread", next(iter(flat)), flat, len(images), "µs", 1e6),
            table("Time to resample one head of 2 mm to 1 mm", next(iter(deep)), deep, len(heads), "ms", 1e3),
        ],
    ).write()
    assert np.median(flat[next(iter(flat))]) / len(images) < 0.02
