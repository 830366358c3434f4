"""What a user may choose about reading, and the limits that keep one file from taking the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices and limits for every reader.

    Attributes
    ----------
    channel : int or None
        0-based volume of a 4-D NIfTI; None rejects a file with more than one as `Code.AMBIGUOUS_4D`.
    keep_burned_in : bool
        Read DICOM files that say BurnedInAnnotation = YES, which are held back (`Code.QUARANTINE`) otherwise.
    check_color : bool
        Look for color in JPEG files of three components (`Code.COLOR`): that costs as much as decoding them. Formats
        that come in color anyway are always checked.
    max_pixels : int
        Largest 2-D frame (pixels).
    max_volume_voxels : int
        Largest volume, or all frames of one file together (voxels).
    max_inflated_bytes : int
        What one compressed file may unpack to (bytes).
    """

    channel: int | None = None
    keep_burned_in: bool = False
    check_color: bool = True
    max_pixels: int = 100_000_000
    max_volume_voxels: int = 4_000_000_000
    max_inflated_bytes: int = 2**31


DEFAULT_OPTIONS = ReadOptions()
