"""Which images a dataset keeps: the choice alone; `medcurate.curate.filters.row_filters` applies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from medcurate.errors import Code, UsageError
from medcurate.settings import Setting, check

TUMORS = ("glioma", "meningioma", "pituitary", "none")
PLANES = ("axial", "coronal", "sagittal")
CONTRASTS = ("T1", "T1ce", "T2", "FLAIR", "PD")

_NAMES: Mapping[str, tuple[str, ...]] = {
    "tumor": TUMORS,
    "plane": PLANES,
    "contrast": CONTRASTS,
    "exclude_notes": tuple(Code),
}
_SHARE = Setting("SHARE", 0, 1)
_PIXELS = Setting("PX", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an image must be to be kept. A filter that is not set lets every image pass.

    Attributes
    ----------
    plane : tuple of {'axial', 'coronal', 'sagittal'}
        Keep images of this plane: axial, coronal or sagittal.
    tumor : tuple of {'glioma', 'meningioma', 'pituitary', 'none'}
        Keep images with this tumor type: glioma, meningioma, pituitary or none.
    modality : tuple of str
        Keep images with this DICOM modality, such as MR, and images that do not state theirs.
    contrast : tuple of {'T1', 'T1ce', 'T2', 'FLAIR', 'PD'}
        Keep images with this contrast: T1, T1ce, T2, FLAIR or PD.
    source : tuple of str
        Keep images from this input.
    exclude_source : tuple of str
        Leave out images from this input.
    license : tuple of str
        Keep images under this license, given as an SPDX identifier.
    exclude_notes : tuple of str
        Leave out images with this note, such as COLOR or NOT_PRIMARY.
    min_confidence : float, optional
        Smallest confidence of the plane.
    max_obliquity : float, optional
        Largest angle between the slice normal and the nearest anatomical axis.
    min_size : int, optional
        Smallest length of an original's shorter side.
    max_size : int, optional
        Largest length of an original's shorter side.
    min_sharpness : float, optional
        Smallest sharpness: variance of the Laplacian divided by the variance of the image.
    min_position : float, optional
        Smallest position of a slice in its stack.
    max_position : float, optional
        Largest position of a slice in its stack.
    min_mask_area : float, optional
        Smallest share of pixels inside the mask.
    max_mask_area : float, optional
        Largest share of pixels inside the mask.
    drop_unknown : bool
        With --modality: also leave out images that do not state their modality.

    Raises
    ------
    UsageError
        A name is not one of the catalogue's, a number is out of range, or a minimum is above its maximum.
    """

    plane: Annotated[tuple[str, ...], Setting("PLANE")] = ()
    tumor: Annotated[tuple[str, ...], Setting("TYPE")] = ()
    modality: Annotated[tuple[str, ...], Setting("CODE")] = ()
    contrast: Annotated[tuple[str, ...], Setting("NAME")] = ()
    source: Annotated[tuple[str, ...], Setting("NAME")] = ()
    exclude_source: Annotated[tuple[str, ...], Setting("NAME")] = ()
    license: Annotated[tuple[str, ...], Setting("SPDX")] = ()
    exclude_notes: Annotated[tuple[str, ...], Setting("CODE", option="--exclude-note")] = ()
    min_confidence: Annotated[float | None, Setting("P", 0, 1)] = None
    max_obliquity: Annotated[float | None, Setting("DEGREES", 0)] = None
    min_size: Annotated[int | None, _PIXELS] = None
    max_size: Annotated[int | None, _PIXELS] = None
    min_sharpness: Annotated[float | None, Setting("X", 0)] = None
    min_position: Annotated[float | None, _SHARE] = None
    max_position: Annotated[float | None, _SHARE] = None
    min_mask_area: Annotated[float | None, _SHARE] = None
    max_mask_area: Annotated[float | None, _SHARE] = None
    drop_unknown: bool = False

    def __post_init__(self) -> None:
        for name, allowed in _NAMES.items():
            object.__setattr__(self, name, tuple(_spelled(name, value, allowed) for value in getattr(self, name)))
        object.__setattr__(self, "modality", tuple(value.upper() for value in self.modality))
        check(self)
        for name in ("size", "position", "mask_area"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low > high:
                raise UsageError(f"expected min_{name} to be at most max_{name}, received {low} and {high}")

    def __bool__(self) -> bool:
        """Say whether any filter is set."""
        return self != Filters()


def _spelled(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return a value as the catalogue spells it."""
    found = {choice.lower(): choice for choice in allowed}.get(value.lower())
    if found is None:
        raise UsageError(f"{name}: expected one of {', '.join(allowed)}, received {value!r}")
    return str(found)
