"""A random head: labels of all tissues, on a grid in RAS millimeters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medcurate.errors import UsageError
from medcurate.phantom import brain, face, tumors
from medcurate.phantom.build import Build
from medcurate.phantom.fields import Array, Grid, random_displacement, smooth_field
from medcurate.phantom.template import Template, Volume, load_template
from medcurate.phantom.tissues import BRAIN, TUMOR, Tissue

TUMORS = ("none", "glioma", "meningioma", "pituitary")
_SULCUS_MM = 4.5  # half the width of the cavities that count as brain
_LOW_MM = (-98.0, -128.0, -150.0)
_HIGH_MM = (98.0, 122.0, 106.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One person's head.

    Attributes
    ----------
    labels : ndarray of int8, shape (nx, ny, nz)
        Values of `Tissue`. Axis 0 points right, 1 anterior, 2 superior (RAS).
    affine : ndarray, shape (4, 4)
        Voxel to millimeter.
    spacing_mm : float
        In all three directions.
    tumor : {'none', 'glioma', 'meningioma', 'pituitary'}
    masks : dict of str to ndarray of bool
        ``whole`` contains ``core``, which contains ``enhancing``; ``edema`` is ``whole`` without ``core``. Empty
        without a tumor.
    gray, white, detail : ndarray of float32, shape (nx, ny, nz)
        Partial volumes of gray and white matter in [0, 1] within the skull, and fine T1 detail.
    """

    labels: NDArray[np.int8]
    affine: NDArray[np.float64]
    spacing_mm: float
    tumor: str
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    gray: Array
    white: Array
    detail: Array

    @property
    def brain(self) -> NDArray[np.bool_]:
        """Brain mask with ventricles, sulci and tumor, as from a skull-stripping tool; computed at each call."""
        seed = np.isin(self.labels, (*BRAIN, *TUMOR, Tissue.VENTRICLE))
        found = ndimage.find_objects(seed.astype(np.int8))[0]
        margin = int(_SULCUS_MM / self.spacing_mm) + 2
        box = tuple(slice(max(part.start - margin, 0), part.stop + margin) for part in found)
        grown = ndimage.distance_transform_edt(~seed[box], sampling=self.spacing_mm) <= _SULCUS_MM
        closed = ndimage.distance_transform_edt(grown, sampling=self.spacing_mm) > _SULCUS_MM
        closed = ndimage.binary_fill_holes(closed | seed[box])
        closed &= np.isin(self.labels[box], (Tissue.CSF, Tissue.DURA, Tissue.VESSEL))
        closed |= seed[box]
        parts, _ = ndimage.label(closed)
        brain = np.zeros(self.labels.shape, np.bool_)
        brain[box] = parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))
        return brain


def _grid(spacing_mm: float) -> Grid:
    shape = [int((high - low) / spacing_mm) + 1 for low, high in zip(_LOW_MM, _HIGH_MM, strict=True)]
    return Grid(_LOW_MM, (shape[0], shape[1], shape[2]), spacing_mm)


def _rotation(rng: np.random.Generator, sigma_deg: float) -> NDArray[np.float64]:
    a, b, c = np.deg2rad(np.clip(rng.normal(0, sigma_deg, 3), -2.5 * sigma_deg, 2.5 * sigma_deg))
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)


def _points(rng: np.random.Generator, grid: Grid) -> Array:
    """Return the MNI coordinates (mm) of each voxel after a random scaling, tilt and smooth warp."""
    size = 1 / (rng.uniform(0.90, 1.03) * rng.uniform(0.96, 1.04, 3))
    matrix = (_rotation(rng, 3.0) * size).astype(np.float32)
    points = np.tensordot(matrix, grid.points(), axes=1)
    points += rng.normal(0, 2.0, 3).astype(np.float32)[:, None, None, None]
    points += random_displacement(rng, grid)
    return np.ascontiguousarray(points, np.float32)


def _enlarge_ventricles(points: Array, template: Template, amount_mm: float) -> Array:
    """Move the brain away from its ventricles (towards them if negative).

    The shift is the flow of a smooth velocity along the distance to the ventricles, in steps too short to fold.
    """
    distance = template.ventricle_mm
    smooth = ndimage.gaussian_filter(distance.data, 1.0)
    slope = np.stack(np.gradient(smooth, distance.spacing_mm))  # type: ignore[arg-type]
    slope *= np.exp(-((np.maximum(distance.data, 0) / 14) ** 2))
    velocity = [replace(distance, data=np.ascontiguousarray(component, np.float32)) for component in slope]
    around = Grid((-60.0, -90.0, -62.0), (61, 71, 63), 2.0)
    flow, start = around.points(), around.points()
    steps = max(1, int(np.ceil(abs(amount_mm) / 0.8)))
    for _ in range(steps):
        flow = flow - np.float32(amount_mm / steps) * np.stack([v.sample(flow) for v in velocity])
    out = points.copy()
    near = np.ones(points.shape[1:], np.bool_)
    for k in range(3):
        near &= (points[k] >= around.axis(k)[0]) & (points[k] <= around.axis(k)[-1])
    inside = points[:, near]
    for k in range(3):
        out[k][near] += Volume(flow[k] - start[k], around.origin_mm, around.spacing_mm).sample(inside)
    return out


def random_head(rng: np.random.Generator, *, spacing_mm: float = 1.0, tumor: str | None = None) -> Head:
    """Generate a random head.

    Parameters
    ----------
    rng : Generator
        The only source of randomness; the same state gives the same head, with or without a tumor.
    spacing_mm : float
        Of the grid, in [0.5, 8].
    tumor : {'none', 'glioma', 'meningioma', 'pituitary'}, optional
        Random if not given.

    Raises
    ------
    UsageError
        If an argument is out of range.
    MissingExtra
        If nilearn, which brings the template, is not installed.
    """
    if tumor is not None and tumor not in TUMORS:
        raise UsageError(f"tumor: expected one of {', '.join(TUMORS)}, got {tumor!r}")
    if not 0.5 <= spacing_mm <= 8:
        raise UsageError(f"spacing_mm: expected 0.5 to 8, got {spacing_mm}")
    drawn = str(rng.choice(TUMORS))
    kind = tumor or drawn
    shape_rng, tumor_rng = (np.random.default_rng(rng.integers(2**63, size=2)) for _ in range(2))
    template, grid = load_template(), _grid(spacing_mm)
    build = Build.draw(shape_rng)
    points = _points(shape_rng, grid)
    wobble = smooth_field(shape_rng, grid, 22.0)
    sulci = smooth_field(shape_rng, grid, 7.0), smooth_field(shape_rng, grid, 9.0)
    plan = None if kind == "none" else tumors.plan(kind, tumor_rng, template)
    labels = np.zeros(grid.shape, np.int8)
    vault, base = template.vault_mm.sample(points), template.brain_mm.sample(points)
    edge = base - np.float32(build.csf_mm) * (1 + np.float32(0.2) * wobble)
    _paint_shell(labels, points, vault, edge, (wobble, sulci[0]), build)
    box = ndimage.find_objects((edge < 0).astype(np.int8))[0]
    moved = points[:, *box] if plan is None else tumors.push(points[:, *box], plan)
    moved = _enlarge_ventricles(moved, template, build.ventricle_mm)
    inner = brain.fractions(template, moved, (sulci[0][box], sulci[1][box]), build, edge[box] < 0)
    brain.paint(labels[box], points[:, *box], moved, template, inner, edge[box])
    parts = inner.embedded(grid.shape, box)
    masks = {}
    if plan is not None:
        masks = tumors.masks(points, plan, grid, tumor_rng, edge, labels, parts.white)
        tumors.paint(labels, masks)
    return Head(
        labels=labels,
        affine=grid.affine,
        spacing_mm=spacing_mm,
        tumor=kind,
        masks=masks,
        gray=parts.gray,
        white=parts.white,
        detail=parts.detail,
    )


def _paint_shell(
    labels: NDArray[np.int8], points: Array, vault: Array, edge: Array, fields: tuple[Array, Array], build: Build
) -> None:
    """Label scalp, face and skull."""
    wobble, froth = fields
    skull_mm = np.float32(build.skull_mm) * (1 + np.float32(0.15) * wobble)
    outer = np.float32(build.csf_mm) + skull_mm + np.float32(build.scalp_mm + build.skin_mm + 0.5)
    temple = 5 * np.exp(-(((points[1] - 12) / 26) ** 2) - ((points[2] + 8) / 26) ** 2)
    skin = face.surface(points, vault - outer - temple * (np.abs(points[0]) > 40), build)
    labels[skin < 0] = Tissue.SKIN
    labels[skin < -build.skin_mm] = Tissue.FAT
    galea = (vault - np.float32(build.csf_mm) - skull_mm < 1.6) & (skin < -build.skin_mm - 1)
    labels[galea] = Tissue.MUSCLE
    low = int((points[2].min(axis=(0, 1)) < 4).sum())  # the face ends below
    part = (slice(None), slice(None), slice(0, low))
    face.paint(labels[part], points[(slice(None), *part)], skin[part], wobble[part], froth[part], build)
    _paint_skull(labels, points, edge, skull_mm, skin)


def _paint_skull(labels: NDArray[np.int8], points: Array, edge: Array, skull_mm: Array, skin: Array) -> None:
    above = points[2] > -62 - 0.1 * points[1]
    thick = np.where(points[2] > -22, skull_mm, np.minimum(skull_mm, 4.5))
    bone = (edge < thick) & (edge >= 0) & (skin < -3) & above
    keep = np.isin(labels, (Tissue.OPTIC_NERVE, Tissue.AIRWAY, Tissue.MUCOSA, Tissue.EYE))
    labels[bone & ~keep] = Tissue.CORTICAL_BONE
    labels[bone & ~keep & (edge > 1.6) & (edge < thick - 1.6)] = Tissue.MARROW
