"""The slice axis of a volume."""

from __future__ import annotations

import nibabel as nib

from medcurate.curate.steps.picture import Picture
from medcurate.errors import UsageError


def stack_axis(picture: Picture, axis: int | None = None) -> int | None:
    """Return `axis`; by default the axis along the body if the affine is known, otherwise the last.

    Returns
    -------
    int or None
        None for an image.

    Raises
    ------
    UsageError
        If `axis` is not 0, 1 or 2.
    """
    if axis not in (None, 0, 1, 2):
        raise UsageError(f"axis: expected 0, 1 or 2, received {axis}")
    if picture.pixels.ndim == 2:
        return None
    if axis is not None:
        return axis
    if picture.affine is None:
        return 2
    orientation = nib.orientations.io_orientation(picture.affine)  # type: ignore[no-untyped-call]
    return int(orientation[:, 0].tolist().index(2.0))
