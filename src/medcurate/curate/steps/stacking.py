"""Convert frames of readers to pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.picture import Picture
from medcurate.errors import Code, InputError
from medcurate.readers.frame import Facts, Frame

_PICTURES = frozenset({"jpeg", "png", "tiff"})
_RAS_OF_LPS = np.array((-1.0, -1.0, 1.0))
_APART_MM = 0.1


def from_frame(frame: Frame, *, mask: Frame | None = None) -> Picture:
    """Make a 2-D picture from an image and, optionally, its mask on the same grid.

    Raises
    ------
    InputError
        `MASK_MISMATCH`: the mask has another shape or lies elsewhere.
    """
    facts = frame.facts
    affine = _image_affine(facts, 1.0 if facts.spacing_mm is None else (*facts.spacing_mm, 1.0)[2])
    spacing = None if facts.spacing_mm is None or affine is not None else facts.spacing_mm[:2]
    return Picture(
        pixels=np.asarray(frame.pixels, np.float32),
        mask=None if mask is None else _labels([frame], [mask])[0],
        spacing_mm=spacing,
        affine=affine,
        plane=facts.plane,
        contrast=facts.contrast,
        value_range=_range(frame),
    )


def from_slices(frames: Sequence[Frame], *, masks: Sequence[Frame] | None = None) -> Picture:
    """Make a 3-D picture from the slices of one volume and, optionally, a mask on the same grid.

    Parameters
    ----------
    frames : sequence of Frame
        In slice order, of equal shape.
    masks : sequence of Frame, optional
        One per slice.

    Returns
    -------
    Picture
        Indexed ``[column, row, slice]``.

    Raises
    ------
    InputError
        `INCOMPLETE`: no slices, or slices of several shapes. `MASK_MISMATCH`: the mask has another shape or lies
        elsewhere.
    """
    if not frames or len({frame.pixels.shape for frame in frames}) > 1:
        raise InputError(Code.INCOMPLETE, f"Expected slices of one shape, received {len(frames)} slices of several.")
    facts = frames[0].facts
    volume = np.empty((len(frames), *frames[0].pixels.shape), np.float32)
    for slot, frame in zip(volume, frames, strict=True):
        slot[...] = frame.pixels
    affine = _stack_affine(frames)
    spacing = facts.spacing_mm
    sizes = (spacing[1], spacing[0], spacing[2]) if spacing is not None and len(spacing) == 3 else None
    return Picture(
        pixels=volume.transpose(2, 1, 0),
        mask=None if masks is None else np.stack(_labels(frames, masks)).transpose(2, 1, 0),
        spacing_mm=sizes if affine is None else None,
        affine=affine,
        plane=facts.plane,
        contrast=facts.contrast,
        value_range=_range(frames[0]),
    )


def _range(frame: Frame) -> tuple[float, float] | None:
    return (0.0, 255.0) if frame.facts.format in _PICTURES and frame.pixels.dtype == np.uint8 else None


def _image_affine(facts: Facts, between_mm: float) -> NDArray[np.float64] | None:
    """Return the affine of (row, column, 0) to RAS, None if the header does not state it."""
    if facts.axes is None or facts.position_mm is None or facts.spacing_mm is None:
        return None
    along_row, along_column = np.asarray(facts.axes[:3]), np.asarray(facts.axes[3:])
    affine = np.eye(4)
    affine[:3, 0] = along_column * facts.spacing_mm[0]
    affine[:3, 1] = along_row * facts.spacing_mm[1]
    affine[:3, 2] = np.cross(along_row, along_column) * between_mm
    affine[:3, 3] = facts.position_mm
    affine[:3] *= _RAS_OF_LPS[:, None]
    return affine


def _stack_affine(frames: Sequence[Frame]) -> NDArray[np.float64] | None:
    """Return the affine of (column, row, slice) to RAS, None if the headers do not state it."""
    first, last = frames[0].facts, frames[-1].facts
    affine = _image_affine(first, (*(first.spacing_mm or ()), 1.0, 1.0, 1.0)[2])
    if affine is None:
        return None
    affine = affine[:, [1, 0, 2, 3]]
    if len(frames) > 1:
        if last.position_mm is None or first.position_mm is None:
            return None
        apart = np.subtract(last.position_mm, first.position_mm) / (len(frames) - 1)
        affine[:3, 2] = apart * _RAS_OF_LPS
    return affine if abs(np.linalg.det(affine[:3, :3])) > 1e-9 else None


def _labels(frames: Sequence[Frame], masks: Sequence[Frame]) -> list[NDArray[np.int32]]:
    """Return the masks of frames as integers, after a check that they have the same grid."""
    if len(frames) != len(masks) or any(
        frame.pixels.shape != mask.pixels.shape for frame, mask in zip(frames, masks, strict=False)
    ):
        raise InputError(
            Code.MASK_MISMATCH,
            f"Expected a mask of {len(frames)} x {frames[0].pixels.shape} like its image, received "
            f"{len(masks)} x {masks[0].pixels.shape if masks else ()}. Export it on the image's grid.",
        )
    for frame, mask in ((frames[0], masks[0]), (frames[-1], masks[-1])):
        here, there = frame.facts.position_mm, mask.facts.position_mm
        if here is not None and there is not None and np.abs(np.subtract(here, there)).max() > _APART_MM:
            raise InputError(
                Code.MASK_MISMATCH,
                "The mask has another position in space than its image. Export it on the image's grid.",
            )
    return [np.rint(mask.pixels).astype(np.int32) for mask in masks]
