"""Bases from which slices are drawn. Each base draws slices of the classes that it can show, and names its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.table import CLASSES
from medcurate.phantom.tissues import TUMOR, Tissue
from tools.plane_training.fields import Image, recolor, smooth_field, texture
from tools.plane_training.outside_brain import add_head, end_view
from tools.plane_training.sampling import SIZE, Volume, plane_coordinates, sample, sample_nearest

PLANES = CLASSES[:3]

DISTANCE_STEPS = 6
"""Steps per millimeter in which `TissueBase` stores the distance from the brain (up to 42 mm)."""

_FOREGROUND = 40  # gray value in 0..255
_MIN_FOREGROUND = 0.05  # of the slice
_MIN_BRAIN_PX = 60
_TISSUE_CONTRASTS = (  # gray, white, fluid: T1, T2, FLAIR, PD
    (0.6, 0.85, 0.2),
    (0.6, 0.45, 1.0),
    (0.65, 0.5, 0.15),
    (0.7, 0.6, 0.85),
)
_REALISTIC_SHARE = 0.5  # the others have tissues in random order of brightness


class Base(Protocol):
    """Interface of a base from which slices can be drawn."""

    @property
    def name(self) -> str:
        """Name of the base."""

    @property
    def source(self) -> str:
        """Its source; a model can leave a source out."""

    @property
    def weight(self) -> float:
        """Relative frequency of slices from it."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of `CLASSES` that it can show."""

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:
        """Draw a slice of the class `name`, values about [0, 1]; None if it shows too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TissueBase:
    """Tissue maps, and the T1 image of the same brain.

    Attributes
    ----------
    volume : Volume
        Four channels: fractions of gray matter, white matter and fluid (255 is 1), distance from the brain
        (`DISTANCE_STEPS`).
    t1 : Volume
        One channel, on the same grid.
    """

    name: str
    source: str
    weight: float
    volume: Volume
    t1: Volume
    classes: tuple[str, ...] = PLANES

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:
        """Give each tissue a random signal; add fine detail, and often skull, scalp and neck."""
        coordinates = plane_coordinates(rng, self.volume, name, swell_ventricles=True)
        gray, white, fluid, distance = sample(self.volume, coordinates)
        gray, white, fluid, distance = gray / 255, white / 255, fluid / 255, distance / DISTANCE_STEPS
        if float(gray.sum() + white.sum()) < _MIN_BRAIN_PX:
            return None
        signal = rng.uniform(0.05, 1, 3)
        if rng.random() < _REALISTIC_SHARE:
            signal = np.array(_TISSUE_CONTRASTS[rng.integers(4)]) * np.exp(rng.normal(0, 0.12, 3))
        image = np.asarray(gray * signal[0] + white * signal[1] + fluid * signal[2], np.float32)
        if rng.random() < 0.3:
            t1 = sample(self.t1, coordinates)[0]
            image = image * 0.4 + t1 / 255 * 0.6 if rng.random() < 0.5 else recolor(rng, t1)
        image = image + texture(rng, (SIZE, SIZE), rng.uniform(0.6, 2), 0.05) * (gray + white)
        if rng.random() < 0.6:
            brain = np.clip(gray + white + fluid, 0, 1)
            image = add_head(rng, image, brain, distance, fluid=float(signal[2]), plane=name)
        return np.asarray(image, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeBase:
    """A real volume of gray values."""

    name: str
    source: str
    weight: float
    volume: Volume
    classes: tuple[str, ...] = PLANES

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:
        """Recolor a random plane."""
        gray = sample(self.volume, plane_coordinates(rng, self.volume, name))[0]
        if float(np.mean(gray > _FOREGROUND)) < _MIN_FOREGROUND:
            return None
        image = _recolored(rng, gray, rng.uniform(0.6, 2))
        if name != "axial" and rng.random() < 0.45:
            image = end_view(rng, image, int(rng.uniform(0.5, 0.85) * SIZE))
        return image


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceBase:
    """Real slices whose plane is known from the header, or which show no brain.

    Attributes
    ----------
    slices : sequence of (class name, ndarray of uint8)
    """

    name: str
    source: str
    weight: float
    slices: Sequence[tuple[str, NDArray[np.uint8]]]
    classes: tuple[str, ...]

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:
        """Recolor one of the slices, a little deformed."""
        wanted = [pixels for kind, pixels in self.slices if kind == name]
        gray = deformed(rng, wanted[int(rng.integers(len(wanted)))])
        return _recolored(rng, gray, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBase:
    """Phantom heads: labels of all tissues (`medcurate.phantom.Tissue`), one channel per head."""

    name: str
    source: str
    weight: float
    heads: Sequence[Volume]
    classes: tuple[str, ...] = PLANES

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:
        """Give each tissue a random signal, near a real contrast in half of the slices; some without skull."""
        head = self.heads[int(rng.integers(len(self.heads)))]
        labels = sample_nearest(head, plane_coordinates(rng, head, name))
        if np.mean(labels > 0) < 0.06:
            return None
        stripped = rng.random() < 0.3
        if stripped:
            labels = np.where(np.isin(labels, _IN_SKULL), labels, 0).astype(np.uint8)
            if np.mean(labels > 0) < 0.04:
                return None
        image = label_signals(rng)[labels]
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.3)), np.float32)
        image = image + texture(rng, (SIZE, SIZE), rng.uniform(0.6, 2.5), 0.05) * (labels > 0)
        if name != "axial" and not stripped and rng.random() < 0.6:
            image = end_view(rng, image, int(rng.uniform(0.45, 0.9) * SIZE))
        return np.asarray(image, np.float32)


_IN_SKULL = (*range(Tissue.CSF, Tissue.DURA), *TUMOR)
_LABEL_SIGNALS = {  # T1, T2, FLAIR, CT; approximate, because only their order matters
    Tissue.AIR: (0, 0, 0, 0),
    Tissue.CSF: (0.2, 1, 0.12, 0.3),
    Tissue.VENTRICLE: (0.18, 1, 0.1, 0.28),
    Tissue.CORTEX: (0.55, 0.6, 0.62, 0.45),
    Tissue.WHITE_MATTER: (0.8, 0.42, 0.5, 0.42),
    Tissue.DEEP_GRAY: (0.62, 0.5, 0.58, 0.46),
    Tissue.CEREBELLAR_CORTEX: (0.55, 0.6, 0.6, 0.45),
    Tissue.CEREBELLAR_WHITE: (0.75, 0.45, 0.5, 0.43),
    Tissue.BRAINSTEM: (0.72, 0.45, 0.5, 0.44),
    Tissue.CHOROID_PLEXUS: (0.5, 0.8, 0.5, 0.5),
    Tissue.PITUITARY: (0.8, 0.5, 0.5, 0.5),
    Tissue.DURA: (0.35, 0.3, 0.35, 0.5),
    Tissue.VESSEL: (0.3, 0.15, 0.2, 0.45),
    Tissue.CORTICAL_BONE: (0.08, 0.05, 0.06, 1.5),
    Tissue.MARROW: (0.75, 0.5, 0.5, 1.2),
    Tissue.FAT: (1, 0.8, 0.95, 0.1),
    Tissue.SKIN: (0.55, 0.5, 0.6, 0.4),
    Tissue.MUSCLE: (0.45, 0.3, 0.35, 0.45),
    Tissue.EYE: (0.25, 1, 0.15, 0.4),
    Tissue.LENS: (0.4, 0.4, 0.4, 0.5),
    Tissue.OPTIC_NERVE: (0.5, 0.5, 0.5, 0.4),
    Tissue.AIRWAY: (0.02, 0.02, 0.02, 0),
    Tissue.MUCOSA: (0.5, 0.7, 0.7, 0.4),
    Tissue.TONGUE: (0.5, 0.4, 0.4, 0.45),
    Tissue.TEETH: (0.1, 0.05, 0.05, 1.8),
    Tissue.DISC: (0.4, 0.6, 0.4, 0.45),
    Tissue.EDEMA: (0.45, 0.85, 0.95, 0.35),
    Tissue.TUMOR_CORE: (0.4, 0.8, 0.6, 0.4),
    Tissue.TUMOR_ENHANCING: (1, 0.6, 0.8, 0.55),
    Tissue.SPINAL_CORD: (0.7, 0.45, 0.5, 0.44),
}
_LABEL_CONTRAST_SHARES = (0.4, 0.25, 0.25, 0.1)
_SIGNAL_TABLE = np.array([_LABEL_SIGNALS[tissue] for tissue in Tissue])  # (tissue, contrast)


def label_signals(rng: np.random.Generator) -> Image:
    """Draw the signal of every tissue, shape (len(Tissue),): near a real contrast (55 %) or of any brightness."""
    if rng.random() < 0.55:
        contrast = int(rng.choice(len(_LABEL_CONTRAST_SHARES), p=_LABEL_CONTRAST_SHARES))
        signals = _SIGNAL_TABLE[:, contrast] * np.exp(rng.normal(0, 0.15, len(Tissue)))
    else:
        signals = rng.uniform(0.02, 1, len(Tissue))
        signals[Tissue.AIR] = 0
        signals[[Tissue.CORTICAL_BONE, Tissue.AIRWAY]] *= rng.choice([0.2, 1.0])  # mostly dark, bright on CT
    return signals.astype(np.float32)


def _recolored(rng: np.random.Generator, gray: Image | NDArray[np.uint8], grain_px: float) -> Image:
    """Apply a random curve to gray values and add texture to the foreground."""
    grain = texture(rng, (gray.shape[0], gray.shape[1]), grain_px, 0.04)
    return np.asarray(recolor(rng, gray) + grain * (gray > 25), np.float32)


def deformed(rng: np.random.Generator, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit a slice into SIZE x SIZE with a small random rotation, scaling, shift and elastic deformation."""
    height, width = pixels.shape
    scale = SIZE / max(height, width) * np.exp(rng.normal(0, 0.1))
    turn = np.deg2rad(rng.normal(0, 7))
    stretch = np.exp(rng.normal(0, 0.08, 2)) * scale
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * stretch
    shift = SIZE / 2 - matrix @ np.array([width / 2, height / 2]) + rng.normal(0, 5, 2)
    back = np.linalg.inv(matrix).astype(np.float32)
    x, y = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    bend = rng.uniform(0, 3)
    x += smooth_field(rng, (SIZE, SIZE), 4, bend) - np.float32(shift[0])
    y += smooth_field(rng, (SIZE, SIZE), 4, bend) - np.float32(shift[1])
    return np.asarray(
        cv2.remap(pixels, back[0, 0] * x + back[0, 1] * y, back[1, 0] * x + back[1, 1] * y, cv2.INTER_LINEAR), np.uint8
    )
