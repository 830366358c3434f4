"""Reading options, and limits that protect the machine from a single file."""

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
        Read DICOM files with BurnedInAnnotation = YES, which are rejected (`Code.QUARANTINE`) otherwise.
    check_color : bool
        Look for color in JPEG files of three components (`Code.COLOR`), which takes as long as decoding. Formats that
        are decoded in color anyway are always checked.
    max_pixels : int
        Largest 2-D frame (pixels).
    max_volume_voxels : int
        Largest volume, or total of all frames of one file (voxels).
    max_inflated_bytes : int
        Largest unpacked size of one compressed file (bytes).
    """

    channel: int | None = None
    keep_burned_in: bool = False
    check_color: bool = True
    max_pixels: int = 100_000_000
    max_volume_voxels: int = 4_000_000_000
    max_inflated_bytes: int = 2**31


DEFAULT_OPTIONS = ReadOptions()
