"""Pictures that every step meets in the tests."""

from __future__ import annotations

import numpy as np

from medcurate.curate import steps

OBLIQUE = np.array(
    [  # a volume stored toward left, posterior and superior, turned by 10 degrees about x, anisotropic
        [-1.2, 0.0, 0.0, 40.0],
        [0.0, -0.9 * np.cos(0.17), -2.5 * np.sin(0.17), 35.0],
        [0.0, -0.9 * np.sin(0.17), 2.5 * np.cos(0.17), -20.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
SHUFFLED = OBLIQUE[:, [2, 0, 1, 3]]  # the same, its axes in another order


def blob(shape, center=0.5, radius=0.3):
    """Give a smooth bright ball with an inner structure on a dark background of a little noise."""
    axes = np.meshgrid(*(np.linspace(0, 1, n) - center for n in shape), indexing="ij")
    distance = np.sqrt(sum(axis**2 for axis in axes)) / radius
    noise = np.random.default_rng(len(shape)).random(shape)
    return np.where(distance < 1, 60 + 80 * np.cos(3 * axes[0]) + 40 * (axes[-1] > 0), 0) + 3 * noise


def labels(shape):
    mask = np.zeros(shape, np.uint8)
    mask[tuple(slice(n // 2 - 2, n // 2 + 2) for n in shape)] = 2
    mask[tuple(slice(n // 2, n // 2 + 1) for n in shape)] = 7
    return mask


def volume(affine=OBLIQUE, shape=(24, 30, 22), **more):
    return steps.Picture(pixels=blob(shape), mask=labels(shape), affine=affine, contrast="T1", **more)


def image(**more):
    shape = (60, 50)
    return steps.Picture(pixels=np.rint(blob(shape)), mask=labels(shape), contrast="T1", value_range=(0, 255), **more)


def display_affine():
    """Place an image: stored sideways, its rows toward the left, its columns toward the front."""
    return np.array([[-0.8, 0, 0, 20], [0, 0.7, 0, -15], [0, 0, 3, 5], [0, 0, 0, 1.0]])


PICTURES = {
    "image": image(),
    "image with spacing": image(spacing_mm=(0.8, 0.7)),
    "image with affine": image(affine=display_affine()),
    "volume": volume(),
    "shuffled volume": volume(SHUFFLED, (22, 24, 30)),
    "volume without affine": volume(None),
    "constant image": steps.Picture(pixels=np.full((20, 30), 7), spacing_mm=(1, 2)),
    "constant volume": steps.Picture(pixels=np.zeros((12, 14, 16)), affine=OBLIQUE),
    "one pixel": steps.Picture(pixels=np.ones((1, 1))),
    "thin volume": steps.Picture(pixels=blob((24, 30, 1)), affine=OBLIQUE),
    "tiny values": steps.Picture(pixels=blob((20, 22)) * 1e-43),
    "huge values": steps.Picture(pixels=blob((20, 22)) * 1e35),
    "two values": steps.Picture(pixels=np.eye(24) * 255, value_range=(0, 255)),
}
STANDARD = tuple(np.linspace(1, 100, 11).tolist())
GEOMETRY = {
    "orient": steps.Orient(),
    "crop_foreground": steps.CropForeground(),
    "crop_ends": steps.CropEnds(count=5),
    "resample": steps.Resample(spacing_mm=1.7),
    "resample, cubic": steps.Resample(spacing_mm=0.75, interpolation="cubic"),
    "resample to the finest": steps.Resample(),
    "resample_slices": steps.ResampleSlices(count=20),
    "resample_slices, more": steps.ResampleSlices(count=40, axis=1),
    "resize": steps.Resize(size=24),
    "resize, more": steps.Resize(size=70),
    "pad": steps.Pad(),
    "pad to a side": steps.Pad(side=72, value=3.0),
    "cut_slice": steps.CutSlice(plane="axial", index=0),
}
INTENSITY = {
    "percentile": steps.Percentile(),
    "percentile, wide": steps.Percentile(low=5, high=80),
    "zscore": steps.ZScore(),
    "whitestripe": steps.WhiteStripe(),
    "nyul": steps.Nyul(standard=STANDARD),
    "n4": steps.N4(iterations=(2,)),
    "scale": steps.Scale(),
    "scale, other": steps.Scale(low=0, high=5),
    "quantize": steps.Quantize(),
    "quantize, 16 bits": steps.Quantize(bits=16),
}
STEPS = GEOMETRY | INTENSITY
