"""Tumors at their typical sites: glioma in the brain, meningioma on the dura, pituitary adenoma in the sella."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.face import SELLA_MM
from medcurate.phantom.fields import Array, Grid, smooth_field
from medcurate.phantom.shapes import ellipsoid, smooth_union
from medcurate.phantom.template import Template
from medcurate.phantom.tissues import Tissue

Mask = NDArray[np.bool_]
Masks = dict[str, Mask]


@dataclass(frozen=True, slots=True)
class Plan:
    """Position and size of a tumor.

    Attributes
    ----------
    kind : {'glioma', 'meningioma', 'pituitary'}
    center_mm : ndarray, shape (3,)
        MNI millimeters.
    inward : ndarray, shape (3,)
        Unit vector from the dura into the brain (meningioma; zero otherwise).
    edema_mm : float
        Extent of the edema beyond the tumor.
    push : float
        Mass effect in [0, 0.7): the fraction of the tumor's volume that displaced tissue instead of replacing it.
    rim_mm : float
        Thickness of the enhancing rim; the whole tumor enhances if it exceeds the radius.
    """

    kind: str
    center_mm: NDArray[np.float64]
    inward: NDArray[np.float64]
    radius_mm: float
    edema_mm: float
    push: float
    rim_mm: float


def _pick(rng: np.random.Generator, points: Array, allowed: Mask) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    found = np.flatnonzero(allowed)
    index = np.unravel_index(int(found[rng.integers(found.size)]), allowed.shape)
    where = (int(index[0]), int(index[1]), int(index[2]))
    return points[(slice(None), *where)].astype(float), where


def _plan_glioma(rng: np.random.Generator, template: Template, points: Array) -> Plan:
    radius = rng.uniform(9, 21)
    x = np.abs(points[0])
    site = (template.vault_mm.data < -0.75 * radius - 5) & (template.ventricle_mm.data > 0.5 * radius)
    site &= (x > 14) & (x < 50) & (points[2] > -14) & (points[2] < 52)
    site[site] = template.white.sample(points[:, site]) > 0.6
    center, _ = _pick(rng, points, site)
    rim = rng.uniform(2.5, 5.0)
    return Plan("glioma", center, np.zeros(3), radius, rng.uniform(8, 22), rng.uniform(0.2, 0.5), rim)


def _plan_meningioma(rng: np.random.Generator, template: Template, points: Array) -> Plan:
    radius = rng.uniform(9, 21)
    place = rng.choice(("convexity", "falx", "sphenoid"), p=(0.6, 0.2, 0.2))
    surface = np.abs(template.brain_mm.data) < 1.5
    x = np.abs(points[0])
    if place == "falx":
        site = (x < 3) & (points[2] > 38) & (template.brain_mm.data < -4) & (template.brain_mm.data > -14)
        site &= (points[1] < 45) & (points[1] > -80)
    elif place == "sphenoid":
        site = (
            surface & (x > 20) & (x < 44) & (points[1] > 8) & (points[1] < 28) & (points[2] > -30) & (points[2] < -12)
        )
    else:
        site = surface & (x > 16) & (points[2] > 8) & (np.abs(template.vault_mm.data) < 2.5)
    center, index = _pick(rng, points, site)
    if place == "falx":
        inward = np.array([rng.choice((-1.0, 1.0)), 0.0, 0.0])
        center[0] = 0.0
    else:
        cube = tuple(slice(i - 1, i + 2) for i in index)
        slope = np.stack(np.gradient(template.brain_mm.data[cube]))  # type: ignore[arg-type]
        inward = -slope[:, 1, 1, 1].astype(float)
        inward /= np.linalg.norm(inward)
    edema = rng.uniform(5, 16) if rng.random() < 0.6 else 0.0
    return Plan("meningioma", center, inward, radius, edema, rng.uniform(0.5, 0.68), 2 * radius)


def _plan_pituitary(rng: np.random.Generator) -> Plan:
    radius = rng.uniform(6, 15)
    center = np.add(SELLA_MM, (rng.uniform(-1.5, 1.5), 0.0, 0.25 * (radius - 5)))
    rim = rng.uniform(2.5, 4.0) if radius > 10 and rng.random() < 0.3 else 2 * radius
    return Plan("pituitary", center, np.zeros(3), radius, 0.0, 0.6, rim)


def plan(kind: str, rng: np.random.Generator, template: Template) -> Plan:
    """Draw position and size of a tumor.

    Parameters
    ----------
    kind : {'glioma', 'meningioma', 'pituitary'}
    """
    if kind == "pituitary":
        return _plan_pituitary(rng)
    volume = template.brain_mm
    axes = [o + volume.spacing_mm * np.arange(n) for o, n in zip(volume.origin_mm, volume.data.shape, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
    return (_plan_glioma if kind == "glioma" else _plan_meningioma)(rng, template, points)


def push(points: Array, tumor: Plan) -> Array:
    """Move the brain away from the tumor.

    Along each ray from the center the map is ``r (1 - m exp(-r^2 / 2 s^2))``. Its slope is at least ``1 - m`` > 0, so
    it never folds.
    """
    away = points - tumor.center_mm.astype(np.float32)[:, None, None, None]
    square = (away**2).sum(axis=0) / np.float32(2 * (1.1 * tumor.radius_mm) ** 2)
    return np.asarray(points - np.float32(tumor.push) * np.exp(-square) * away, np.float32)


def _distance(points: Array, tumor: Plan, rough: Array, fine: Array, edge: Array) -> Array:
    """Return the signed distance to the tumor (mm, negative inside)."""
    center, r = tumor.center_mm, tumor.radius_mm
    if tumor.kind == "pituitary":
        low = ellipsoid(points, (center[0], center[1], center[2]), (r, 0.75 * r, 0.8 * r))
        top = ellipsoid(points, (center[0], center[1] + 0.5, center[2] + 0.8 * r), (0.72 * r, 0.66 * r, 0.7 * r))
        body = smooth_union(low, top, 2.0) if r > 8 else low
        return np.asarray(body - np.float32(0.04 * r) * rough, np.float32)
    if tumor.kind == "glioma":
        offset = points - center.astype(np.float32)[:, None, None, None]
        distance = np.sqrt((offset**2).sum(axis=0))
        size = r * (1 + np.float32(0.20) * rough + np.float32(0.08) * fine)
        return np.asarray(distance - size, np.float32)
    middle = (center + 0.25 * r * tumor.inward).astype(np.float32)
    offset = points - middle[:, None, None, None]
    distance = np.sqrt((offset**2).sum(axis=0))
    body = distance - np.float32(r) * (1 + np.float32(0.05) * rough + np.float32(0.03) * fine)
    on_falx = tumor.inward[0] != 0 and tumor.inward[1] == 0
    base = -points[0] * np.float32(tumor.inward[0]) if on_falx else edge
    tail = np.maximum(distance - np.float32(1.35 * r), -base - np.float32(1.8))
    return np.asarray(np.maximum(np.minimum(body, tail), base + np.float32(0.2)), np.float32)


def masks(
    points: Array,
    tumor: Plan,
    grid: Grid,
    rng: np.random.Generator,
    edge: Array,
    labels: NDArray[np.int8],
    white: Array,
) -> Masks:
    """Return the masks of the tumor.

    Parameters
    ----------
    points : ndarray, shape (3, nx, ny, nz)
        MNI millimeters of the voxels.
    edge : ndarray
        Distance to the inner side of the skull (mm, negative inside).
    labels, white : ndarray
        The head without the tumor; edema spreads along its white matter.

    Returns
    -------
    dict of str to ndarray of bool
        ``whole`` contains ``core``, which contains ``enhancing``; ``edema`` and ``necrosis`` are the differences.
    """
    rough, fine = smooth_field(rng, grid, 16.0), smooth_field(rng, grid, 7.0)
    distance = _distance(points, tumor, rough, fine, edge)
    inside = edge < -0.2
    core = distance < 0
    if tumor.kind == "glioma":
        side = np.float32(np.sign(tumor.center_mm[0]))
        core &= (edge < -2.0) & (points[0] * side > 1) & (labels != Tissue.DURA) & (labels != Tissue.VESSEL)
    elif tumor.kind == "meningioma":
        core &= inside
    else:
        core &= ~np.isin(labels, (Tissue.AIR, Tissue.AIRWAY))
    rim = np.float32(tumor.rim_mm) * (1 + np.float32(0.3) * fine)
    enhancing = core & (distance > -rim)
    tissue = np.isin(labels, (Tissue.WHITE_MATTER, Tissue.DEEP_GRAY, Tissue.BRAINSTEM, Tissue.CEREBELLAR_WHITE))
    reach = np.float32(tumor.edema_mm) * (np.float32(0.15) + white) * (1 + np.float32(0.35) * rough)
    edema = (distance < reach) & tissue & inside & ~core
    if tumor.edema_mm == 0:
        edema[...] = False
    return {"whole": core | edema, "core": core, "enhancing": enhancing, "edema": edema, "necrosis": core & ~enhancing}


def paint(labels: NDArray[np.int8], found: Masks) -> None:
    """Label the parts of a tumor in a head, in place."""
    labels[found["edema"]] = Tissue.EDEMA
    labels[found["necrosis"]] = Tissue.TUMOR_CORE
    labels[found["enhancing"]] = Tissue.TUMOR_ENHANCING
