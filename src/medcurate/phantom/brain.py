"""The inside of the skull: tissues of the brain, ventricles, membranes, vessels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.build import Build
from medcurate.phantom.face import SELLA_MM
from medcurate.phantom.shapes import Array, capsule, ellipsoid, mirrored
from medcurate.phantom.template import Template
from medcurate.phantom.tissues import Tissue

Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Fractions:
    """Partial volumes of the brain: gray and white matter in [0, 1] (the rest is fluid), detail of T1."""

    gray: Array
    white: Array
    detail: Array

    def embedded(self, shape: tuple[int, int, int], box: tuple[slice, ...]) -> Fractions:
        """Insert the fractions into empty volumes of a larger `shape`, at `box`."""
        wide = [np.zeros(shape, np.float32) for _ in range(3)]
        for array, part in zip(wide, (self.gray, self.white, self.detail), strict=True):
            array[box] = part
        return Fractions(*wide)


def fractions(
    template: Template, p: Array, rng_fields: tuple[Array, Array], build: Build, inside: NDArray[np.bool_]
) -> Fractions:
    """Sample the template and sharpen it, so that an average of 152 brains looks like one.

    Parameters
    ----------
    p : ndarray, shape (3, nx, ny, nz)
        MNI millimeters of the voxels, after ventricles and tumor have moved the brain.
    rng_fields : tuple of two ndarrays, shape (nx, ny, nz)
        Smooth random fields that shift the balance between gray matter and fluid, and between gray and white matter,
        which gives each brain its own sulci.
    inside : ndarray of bool, shape (nx, ny, nz)
        Voxels within the skull.
    """
    points = p[:, inside]
    gray, white = template.gray.sample(points), template.white.sample(points)
    fluid = np.clip(1 - gray - white, 0, 1)
    deep = template.vault_mm.sample(points) < -16
    sulci, ribbon = (field[inside] for field in rng_fields)
    gray = gray**2.4
    white = white**2.4 * np.exp(0.5 * ribbon)
    fluid = fluid**2.0 * np.exp(np.where(deep, 0.0, build.atrophy + 0.8 + 0.9 * sulci))
    total = gray + white + fluid + np.float32(1e-6)
    out = [np.zeros(inside.shape, np.float32) for _ in range(3)]
    for array, values in zip(out, (gray / total, white / total, template.detail.sample(points)), strict=True):
        array[inside] = values
    return Fractions(*out)


def _tentorium(p: Array) -> Array:
    """Return the height (mm) of the tentorium above each point of the base, measured on the template."""
    height = 3 - np.float32(0.5) * np.maximum(-45 - p[1], 0) - np.float32(0.42) * np.abs(p[0])
    return np.asarray(height, np.float32)


def _regions(labels: Labels, p: Array, parts: Fractions, vault: Array, tissue: NDArray[np.bool_]) -> None:
    white = parts.white > parts.gray
    labels[tissue] = np.where(white[tissue], np.int8(Tissue.WHITE_MATTER), np.int8(Tissue.CORTEX))
    deep = (ellipsoid(p, (0, -3, 4), (35, 34, 20)) < 0) & (vault < -18)
    labels[tissue & deep & ~white & (np.abs(p[0]) > 3)] = Tissue.DEEP_GRAY
    below = (p[2] < _tentorium(p)) & (p[1] < -10 - 0.65 * np.abs(p[0]))
    labels[tissue & below] = np.where(
        white[tissue & below], np.int8(Tissue.CEREBELLAR_WHITE), np.int8(Tissue.CEREBELLAR_CORTEX)
    )
    stem = np.minimum(
        capsule(p, (0, -24, -9), (0, -28, -36), 15, 15.5), capsule(p, (0, -29, -38), (0, -41, -58), 13.5, 8)
    )
    stem = np.minimum(stem, capsule(p, (0, -41, -58), (0, -47, -82), 8, 6))
    labels[tissue & (stem < 0) & (p[1] > -46 + 0.2 * (p[2] + 60))] = Tissue.BRAINSTEM


def _membranes(labels: Labels, p: Array, brain: Array, edge: Array, ventricle: Array) -> None:
    fluid = labels == Tissue.CSF
    away = ventricle > 6
    labels[fluid & (edge > -1.0)] = Tissue.DURA
    over_callosum = ((p[1] + 5) / 44) ** 2 + ((p[2] - 5) / 34) ** 2 > 1
    falx = (np.abs(p[0]) < 0.9) & over_callosum & (p[2] > -8) & away
    labels[fluid & falx] = Tissue.DURA
    tent = (np.abs(p[2] - _tentorium(p)) < 0.9) & (p[1] < -36) & (np.abs(p[0]) > 2) & away
    labels[fluid & tent] = Tissue.DURA
    q = mirrored(p)
    crown = (p[2] > -14) & (np.abs(p[0]) < 1.2 + 0.45 * (brain + 6)) & ((p[1] < 50) | (p[2] > 10))
    crown &= (edge > -7) & (edge < 0)
    sinuses = np.minimum(
        capsule(q, (0, -101, -14), (50, -80, -27), 3.5), capsule(q, (50, -80, -27), (60, -46, -36), 3.5, 4)
    )
    straight = capsule(p, (0, -46, 6), (0, -96, -16), 2.0, 3.0)
    arteries = np.minimum(capsule(q, (13, 2, -40), (12, 6, -22), 2.6), capsule(p, (0, -15, -46), (0, -10, -22), 1.9))
    arteries = np.minimum(arteries, capsule(q, (12, 5, -21), (38, 4, -17), 1.8, 1.5))
    arteries = np.minimum(arteries, capsule(p, (0, 10, -16), (0, 42, 8), 1.3))
    vessels = crown | ((sinuses < 0) & (edge < 0)) | (straight < 0)
    labels[vessels & (labels <= Tissue.CORTEX) & (labels > 0) | (vessels & (labels == Tissue.DURA))] = Tissue.VESSEL
    labels[(arteries < 0) & (edge < 6)] = Tissue.VESSEL


def paint(labels: Labels, p: Array, moved: Array, template: Template, parts: Fractions, edge: Array) -> None:
    """Label the inside of the skull, in place.

    Parameters
    ----------
    labels : ndarray of int8, shape (nx, ny, nz)
    p, moved : ndarray, shape (3, nx, ny, nz)
        MNI coordinates (mm) of the voxels: of the head, and of the brain after displacement by ventricles and tumor.
    edge : ndarray, shape (nx, ny, nz)
        Distance to the inner side of the skull (mm, negative inside).
    """
    inside = edge < 0
    inside &= p[2] > -74
    labels[inside] = Tissue.CSF
    vault = template.vault_mm.sample(moved)
    ventricle = template.ventricle_mm.sample(moved)
    tissue = inside & (parts.gray + parts.white > 0.5)
    _regions(labels, moved, parts, vault, tissue)
    labels[inside & ~tissue & (ventricle < 1.5)] = Tissue.VENTRICLE
    _membranes(labels, moved, template.brain_mm.sample(moved), edge, ventricle)
    q = mirrored(moved)
    plexus = np.minimum(ellipsoid(q, (25, -44, 8), (3.5, 6, 4)), capsule(q, (3, -8, 15), (14, -30, 16), 1.2, 2))
    labels[(plexus < 0) & (labels == Tissue.VENTRICLE)] = Tissue.CHOROID_PLEXUS
    gland = ellipsoid(p, SELLA_MM, (6.5, 5, 4))
    labels[ellipsoid(p, SELLA_MM, (9, 7, 6)) < 0] = Tissue.CSF
    labels[(gland < 0) | (capsule(p, (0, 2, -30), (0, 1, -19), 1.2) < 0)] = Tissue.PITUITARY
