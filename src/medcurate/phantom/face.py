"""Face, jaw, throat and neck around the brain, in MNI millimeters (RAS, x folded onto the right side).

Brain templates stop at the brain, so the rest is modeled: signed distances to simple shapes, placed by landmarks of an
adult head in MNI space (nasion near y 84 z -32, globes near x 33 y 62 z -38, sella near y 3 z -33).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.build import Build
from medcurate.phantom.shapes import Array, box, capsule, ellipsoid, mirrored, smooth_cut, smooth_union
from medcurate.phantom.tissues import Tissue

Labels = NDArray[np.int8]
SELLA_MM = (0.0, 3.0, -32.0)


def _paint(labels: Labels, where: NDArray[np.bool_], tissue: Tissue) -> None:
    labels[where] = tissue


def surface(p: Array, vault_skin: Array, build: Build) -> Array:
    """Return the distance to the skin: the vault joined with face, nose, jaw, ears and neck."""
    q = mirrored(p)
    n, j = build.nose, build.jaw
    neck_radius = 52.0 * build.neck
    face = ellipsoid(p, (0, 34, -66), (64, 57, 62))
    face = smooth_union(face, ellipsoid(p, (0, 42 * j, -104), (50, 46, 30)), 14)
    face = smooth_union(face, ellipsoid(p, (0, 80 * j, -120), (16, 12, 12)), 10)
    face = smooth_union(face, ellipsoid(q, (10, 84, -86), (17, 13, 13)), 9)
    face = smooth_cut(face, ellipsoid(q, (36, 92, -40), (17, 15, 11)), 9)
    face = smooth_union(face, ellipsoid(q, (33, 63, -38), (15, 16, 15)), 6)
    nose = capsule(p, (0, 82, -34), (0, 92 + 10 * n, -62), 5.5, 8.5)
    nose = smooth_union(nose, ellipsoid(q, (10, 92, -66), (7, 10, 6.5)), 5)
    face = smooth_union(face, nose, 8)
    head = smooth_union(vault_skin, face, 18)
    oval = np.sqrt((p[0] / np.float32(neck_radius)) ** 2 + ((p[1] + 28) / np.float32(54 * build.neck)) ** 2)
    neck = np.maximum((oval - 1) * np.float32(neck_radius), p[2] + 70)
    head = smooth_union(head, neck, 26)
    ear = np.maximum(ellipsoid(q, (88, -30, -38), (9, 17, 31)), -ellipsoid(q, (95, -26, -40), (8, 9, 17)))
    return smooth_union(head, ear, 3)


def _bones(labels: Labels, p: Array, q: Array, build: Build) -> None:
    j = build.jaw
    maxilla = smooth_union(ellipsoid(p, (0, 58, -66), (40, 29, 20)), box(p, (0, 62, -46), (16, 22, 18), 6), 6)
    cheek = capsule(q, (40, 66, -56), (66, 30, -50), 6, 3.5)
    arch = capsule(q, (66, 30, -50), (68, -12, -48), 3.5, 4)
    body = capsule(q, (0, 82 * j, -116), (26, 70 * j, -114), 8.5, 7.5)
    body = np.minimum(body, capsule(q, (26, 70 * j, -114), (46, 18, -104), 7.5, 7))
    ramus = capsule(q, (46, 18, -104), (52, 0, -58), 7, 5)
    sphenoid = smooth_union(box(p, (0, 15, -41), (17, 17, 12), 6), capsule(q, (10, 30, -26), (46, 30, -24), 4, 3), 8)
    clivus = capsule(p, (0, -7, -36), (0, -24, -68), 5, 4)
    petrous = capsule(q, (13, -12, -44), (60, -36, -44), 8, 14)
    pterygoid = capsule(q, (14, 30, -50), (16, 26, -76), 3, 2.5)
    for bone in (maxilla, cheek, arch, body, ramus, sphenoid, clivus, petrous, pterygoid):
        _paint(labels, bone < 0, Tissue.CORTICAL_BONE)
        _paint(labels, bone < -2.2, Tissue.MARROW)
    _paint(labels, petrous < -2.2, Tissue.CORTICAL_BONE)
    for z, depth, width in ((-90.0, 80.0 * j, 25.0), (-101.0, 77.0 * j, 24.0)):
        arc = np.abs(np.sqrt((p[0] / np.float32(width)) ** 2 + ((p[1] - 38) / np.float32(depth - 38)) ** 2) - 1)
        teeth = (arc * np.float32(width) < 3.6) & (np.abs(p[2] - np.float32(z)) < 6.0) & (p[1] > 40)
        _paint(labels, teeth, Tissue.TEETH)


def _spine(labels: Labels, p: Array, q: Array) -> None:
    back = np.float32(-30) + np.float32(0.10) * (p[2] + 80)
    r = np.stack([p[0], p[1] - back, p[2]])
    lower = p[2] < -78
    body = np.maximum(np.sqrt((r[0] / 10) ** 2 + ((r[1] - 5) / 9) ** 2) - 1, (p[2] + 78) / 9) * 9
    dens = capsule(p, (0, -26, -90), (0, -24, -72), 5.5, 4.5)
    for bone in (body, dens):
        _paint(labels, bone < 0, Tissue.CORTICAL_BONE)
        _paint(labels, bone < -1.6, Tissue.MARROW)
    level = np.mod(-p[2] - 96, 17.0)
    _paint(labels, (body < 0) & (level < 4.0) & (p[2] < -96), Tissue.DISC)
    arch = np.abs(np.sqrt((r[0] / 13) ** 2 + ((r[1] + 16) / 12) ** 2) - 1) * 12
    arch_here = lower & (arch < 2.6) & (level > 5.0) & (r[1] < -8)
    _paint(labels, arch_here, Tissue.CORTICAL_BONE)
    spine_of_arch = capsule(r, (0, -28, -200), (0, -28, -80), 3.0)
    spine_of_arch = np.maximum(spine_of_arch, np.abs(r[1] + 34) - 9)
    _paint(labels, (spine_of_arch < 0) & (level > 6.0), Tissue.MARROW)
    mass = ellipsoid(q, (19, -32, -80), (9, 9, 7))
    _paint(labels, mass < 0, Tissue.CORTICAL_BONE)
    _paint(labels, mass < -2.0, Tissue.MARROW)
    canal = np.sqrt((r[0] / 11) ** 2 + ((r[1] + 15.5) / 10) ** 2)
    _paint(labels, (p[2] < -64) & (canal < 1), Tissue.CSF)
    cord = np.sqrt((r[0] / 6.5) ** 2 + ((r[1] + 15.5) / 5.5) ** 2)
    _paint(labels, (p[2] < -68) & (cord < 1), Tissue.SPINAL_CORD)


def _throat(labels: Labels, p: Array, q: Array) -> None:
    tongue = ellipsoid(p, (0, 42, -98), (23, 33, 19))
    _paint(labels, tongue < 0, Tissue.TONGUE)
    _paint(labels, capsule(p, (0, 76, -104), (0, 20, -126), 7, 13) < 0, Tissue.TONGUE)
    pharynx = np.minimum(capsule(p, (0, 20, -64), (0, 4, -84), 8, 7), capsule(p, (0, 4, -84), (0, 0, -170), 6.5, 8))
    _paint(labels, pharynx < 2.5, Tissue.MUCOSA)
    _paint(labels, pharynx < 0, Tissue.AIRWAY)
    _paint(labels, capsule(p, (0, 36, -80), (0, 12, -92), 3.5, 3) < 0, Tissue.MUCOSA)
    _paint(labels, capsule(p, (0, 14, -112), (0, 6, -100), 2.2, 1.4) < 0, Tissue.MUCOSA)
    for center in ((62.0, -2.0, -76.0), (40.0, 30.0, -122.0)):
        gland = ellipsoid(q, (center[0], center[1], center[2]), (11, 17, 20) if center[0] > 50 else (10, 14, 9))
        _paint(labels, (gland < 0) & (labels != Tissue.CORTICAL_BONE) & (labels != Tissue.MARROW), Tissue.TONGUE)


def _nose(labels: Labels, p: Array, q: Array, froth: Array, build: Build) -> None:
    s = build.sinus
    cavity = smooth_union(box(p, (0, 62, -62), (13, 28, 13), 8), capsule(p, (0, 90, -66), (0, 60, -64), 7, 9), 5)
    cavity = np.maximum(cavity, -(p[1] - 26))
    _paint(labels, cavity < 0, Tissue.AIRWAY)
    for height, radius in ((-68.0, 4.6), (-57.0, 3.6)):
        turbinate = capsule(q, (8, 80, height), (7, 40, height), radius * 0.8, radius)
        _paint(labels, (turbinate < 0) & (cavity < 0), Tissue.MUCOSA)
    bend = np.float32(build.septum_mm) * np.exp(-(((p[1] - 60) / 18) ** 2) - ((p[2] + 58) / 14) ** 2)
    _paint(labels, (cavity < 1) & (np.abs(p[0] - bend) < 1.3), Tissue.MUCOSA)
    ethmoid = box(p, (0, 50, -41), (12.5, 24, 11), 4)
    _paint(labels, ethmoid < 0, Tissue.MUCOSA)
    _paint(labels, (ethmoid < -1) & (np.abs(froth) > 0.3) & (np.abs(p[0]) > 1.2), Tissue.AIRWAY)
    sphenoid = ellipsoid(q, (6.5, 18, -44), (9 * s, 12 * s, 9 * s))
    maxillary = ellipsoid(q, (31, 50, -64), (13 * s, 16 * s, 15 * s))
    frontal = ellipsoid(q, (8, 77, -16), (11 * build.frontal_sinus + 0.1, 5, 12 * build.frontal_sinus + 0.1))
    mastoid = ellipsoid(q, (62, -38, -52), (8, 13, 14))
    for sinus in (sphenoid, maxillary, frontal):
        _paint(labels, sinus < 1.2, Tissue.MUCOSA)
        _paint(labels, sinus < 0, Tissue.AIRWAY)
    _paint(labels, (mastoid < 0) & (np.abs(froth) > 0.3), Tissue.AIRWAY)
    _paint(labels, capsule(q, (64, -26, -46), (92, -28, -42), 3.2, 4.5) < 0, Tissue.AIR)


def _orbits(labels: Labels, q: Array, build: Build) -> None:
    cone = capsule(q, (13, 22, -29), (33, 60, -38), 5, 17.5)
    _paint(labels, (cone < 1.8) & (q[1] < 70), Tissue.CORTICAL_BONE)
    _paint(labels, (cone < 0) & (q[1] < 80), Tissue.FAT)
    nerve = np.minimum(capsule(q, (33, 52, -38), (11, 19, -26), 2.6, 2.4), capsule(q, (11, 19, -26), (3, 6, -19), 2.2))
    muscles = [
        capsule(q, (14, 26, -30), end, 2.2, 2.4)
        for end in ((20.0, 62.0, -38.0), (46.5, 58.0, -38.0), (33.0, 60.0, -25.0), (33.0, 60.0, -51.0))
    ]
    for muscle in muscles:
        _paint(labels, muscle < 0, Tissue.MUSCLE)
    _paint(labels, nerve < 0, Tissue.OPTIC_NERVE)
    eye = ellipsoid(q, (33, 62, -38), (build.eye_mm, build.eye_mm, build.eye_mm))
    _paint(labels, eye < 1.2, Tissue.MUSCLE)
    _paint(labels, eye < 0, Tissue.EYE)
    _paint(labels, ellipsoid(q, (33, 62 + 0.66 * build.eye_mm, -38), (4.8, 2.4, 4.8)) < 0, Tissue.LENS)


def paint(labels: Labels, p: Array, skin: Array, wobble: Array, froth: Array, build: Build) -> None:
    """Label everything below the vault except brain and skull, in place.

    Parameters
    ----------
    labels : ndarray of int8, shape (nx, ny, nz)
    p : ndarray, shape (3, nx, ny, nz)
        MNI millimeters of the voxels.
    skin : ndarray, shape (nx, ny, nz)
        Distance to the skin (mm, negative inside), see `surface`.
    wobble, froth : ndarray, shape (nx, ny, nz)
        Smooth random fields, of about 20 and 7 mm: one makes muscles and fat irregular, the other forms the air cells
        of ethmoid and mastoid.
    """
    q = mirrored(p)
    fat = np.float32(build.scalp_mm) * (1 + np.float32(0.25) * wobble)
    cheeks = np.exp(-(((q[0] - 42) / 16) ** 2) - ((p[1] - 58) / 22) ** 2 - ((p[2] + 84) / 24) ** 2)
    fat = fat + 9 * cheeks + np.where(p[1] < -40, 4, 0) * np.clip((-p[2] - 60) / 30, 0, 1)
    inside = skin < -build.skin_mm - fat
    planes = np.abs(np.sin(0.11 * q[0] + 0.07 * p[1] + 1.3 * wobble + 0.25 * froth)) < 0.17
    _paint(labels, inside, Tissue.MUSCLE)
    _paint(labels, inside & planes, Tissue.FAT)
    _bones(labels, p, q, build)
    _throat(labels, p, q)
    _spine(labels, p, q)
    _nose(labels, p, q, froth, build)
    _orbits(labels, q, build)
    _paint(labels, skin > -build.skin_mm, Tissue.SKIN)
    nostril = capsule(q, (6, 92, -74), (5, 88, -64), 3.2, 4.0) < 0
    labels[nostril] = np.where(skin[nostril] < 0.5, np.int8(Tissue.AIRWAY), labels[nostril])
    _paint(labels, skin > 0, Tissue.AIR)
