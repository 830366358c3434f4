"""The tissues of a phantom head."""

from __future__ import annotations

from enum import IntEnum


class Tissue(IntEnum):
    """Label of a voxel of `medcurate.phantom.Head.labels` (int8)."""

    AIR = 0
    CSF = 1
    VENTRICLE = 2
    CORTEX = 3
    WHITE_MATTER = 4
    DEEP_GRAY = 5
    CEREBELLAR_CORTEX = 6
    CEREBELLAR_WHITE = 7
    BRAINSTEM = 8
    CHOROID_PLEXUS = 9
    PITUITARY = 10
    DURA = 11
    VESSEL = 12
    CORTICAL_BONE = 13
    MARROW = 14
    FAT = 15
    SKIN = 16
    MUSCLE = 17
    EYE = 18
    LENS = 19
    OPTIC_NERVE = 20
    AIRWAY = 21
    MUCOSA = 22
    TONGUE = 23
    TEETH = 24
    DISC = 25
    EDEMA = 26
    TUMOR_CORE = 27
    TUMOR_ENHANCING = 28
    SPINAL_CORD = 29


BRAIN = (
    Tissue.CORTEX,
    Tissue.WHITE_MATTER,
    Tissue.DEEP_GRAY,
    Tissue.CEREBELLAR_CORTEX,
    Tissue.CEREBELLAR_WHITE,
    Tissue.BRAINSTEM,
    Tissue.CHOROID_PLEXUS,
)
TUMOR = (Tissue.EDEMA, Tissue.TUMOR_CORE, Tissue.TUMOR_ENHANCING)
