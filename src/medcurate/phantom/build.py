"""Individual sizes of a phantom head, in addition to the spatial warp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Sizes of one head: lengths in millimeters, and factors around 1."""

    csf_mm: float
    skull_mm: float
    scalp_mm: float
    skin_mm: float
    eye_mm: float
    sinus: float
    frontal_sinus: float
    nose: float
    jaw: float
    neck: float
    ventricle_mm: float
    septum_mm: float
    atrophy: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Build:
        """Draw the sizes of one person."""
        return cls(
            csf_mm=rng.uniform(1.6, 4.0),
            skull_mm=rng.uniform(4.5, 8.5),
            scalp_mm=rng.uniform(3.5, 8.0),
            skin_mm=rng.uniform(1.6, 2.6),
            eye_mm=rng.uniform(11.6, 13.4),
            sinus=rng.uniform(0.75, 1.15),
            frontal_sinus=rng.uniform(0.0, 1.3),
            nose=rng.uniform(0.85, 1.15),
            jaw=rng.uniform(0.92, 1.08),
            neck=rng.uniform(0.85, 1.12),
            ventricle_mm=rng.uniform(-1.0, 5.0) if rng.random() < 0.7 else rng.uniform(-1.0, 1.0),
            septum_mm=rng.uniform(-2.0, 2.0),
            atrophy=rng.uniform(-0.6, 0.9),
        )
