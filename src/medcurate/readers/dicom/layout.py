"""Layout of the pixels of a DICOM file, checked before they are read or allocated."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.errors import Code, InputError
from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.element_values import Values
from medcurate.readers.dicom.elements import UNDEFINED
from medcurate.readers.dicom.header import DOUBLE_PIXELS, FLOAT_PIXELS, NATIVE, PIXELS, RLE, Header
from medcurate.readers.options import ReadOptions

_GRAY = ("MONOCHROME1", "MONOCHROME2")
_COLOR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
PALETTE_COLOR = "PALETTE COLOR"


@dataclass(frozen=True, slots=True)
class Layout:
    """A validated image pixel module.

    Attributes
    ----------
    rows, columns, samples, frames : int
        Shape; `samples` per pixel is 1 or 3.
    multi : bool
        Whether NumberOfFrames is above 1.
    allocated, stored, high_bit : int
        Bits allocated and stored per sample, and the index of the highest bit.
    photometric : str
        PhotometricInterpretation.
    encapsulated : bool
        Whether the pixel data is compressed.
    """

    rows: int
    columns: int
    samples: int
    frames: int
    multi: bool
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    floating: bool
    planar: bool
    photometric: str
    encapsulated: bool

    @property
    def frame_bits(self) -> int:
        """Number of bits of one native frame."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.allocated


def layout_of(header: Header, values: Values, options: ReadOptions) -> Layout:
    """Read and check the image pixel module.

    Raises
    ------
    InputError
        BAD_DIMS (no pixels, or more than `options` allow), BAD_HEADER (bits that contradict each other), UNSUPPORTED,
        TRUNCATED (less pixel data than declared), PIXEL_LENGTH (more).
    """
    rows, columns = values.short(tag.ROWS) or 0, values.short(tag.COLUMNS) or 0
    frames = _frames(values)
    if rows < 1 or columns < 1 or frames < 1:
        raise InputError(
            Code.BAD_DIMS, f"DICOM: expected at least 1 x 1 pixels, received {rows} x {columns} x {frames} frames"
        )
    if rows * columns > options.max_pixels or rows * columns * frames > options.max_volume_voxels:
        raise InputError(
            Code.BAD_DIMS,
            f"DICOM: expected at most {options.max_pixels:,} pixels per frame and {options.max_volume_voxels:,} in "
            "all, "
            f"received {rows} x {columns} x {frames} frames; it was not decoded",
        )
    samples = values.short(tag.SAMPLES) or 1
    photometric = values.text(tag.PHOTOMETRIC).upper() or "MONOCHROME2"
    floating = header.pixel_tag in (FLOAT_PIXELS, DOUBLE_PIXELS)
    allocated, stored, high_bit = _bits(header, values)
    layout = Layout(
        rows=rows,
        columns=columns,
        samples=samples,
        frames=frames,
        multi=frames > 1,
        allocated=allocated,
        stored=stored,
        high_bit=high_bit,
        signed=bool(values.short(tag.SIGNED)) and not floating,
        floating=floating,
        planar=values.short(tag.PLANAR) == 1,
        photometric=photometric,
        encapsulated=header.syntax not in NATIVE,
    )
    _check_samples(layout)
    _check_length(header, layout)
    return layout


def _frames(values: Values) -> int:
    if not values.text(tag.FRAMES):
        return 1
    number = values.number(tag.FRAMES)
    return int(number) if number is not None else 0


def _bits(header: Header, values: Values) -> tuple[int, int, int]:
    if header.pixel_tag != PIXELS:
        bits = 32 if header.pixel_tag == FLOAT_PIXELS else 64
        return bits, bits, bits - 1
    allocated = values.short(tag.BITS_ALLOCATED) or 0
    stored = values.short(tag.BITS_STORED) or allocated
    high_bit = values.short(tag.HIGH_BIT)
    shifted = header.syntax in (*NATIVE, RLE)  # other codecs code the value, not its storage word
    if high_bit is None or not stored <= high_bit + 1 <= allocated or not shifted:
        high_bit = stored - 1  # the only value in the current standard
    if allocated not in (1, 8, 16, 32):
        raise InputError(Code.UNSUPPORTED, f"DICOM: expected 1, 8, 16 or 32 bits allocated, received {allocated}")
    if not 1 <= stored <= allocated:
        raise InputError(
            Code.BAD_HEADER,
            f"DICOM: expected 1 to {allocated} bits stored, as many as are allocated, received {stored}",
        )
    return allocated, stored, high_bit


def _check_samples(layout: Layout) -> None:
    gray = layout.photometric in (*_GRAY, PALETTE_COLOR)
    color = layout.photometric in _COLOR
    if not (gray or color):
        raise InputError(Code.UNSUPPORTED, "DICOM: expected a gray, palette, RGB or YBR image, received another kind")
    if layout.samples != (1 if gray else 3):
        raise InputError(
            Code.BAD_HEADER,
            f"DICOM: expected {1 if gray else 3} samples per pixel for this photometric interpretation, "
            f"received {layout.samples}",
        )
    if not gray and (layout.allocated not in (8, 16) or layout.signed):
        raise InputError(Code.UNSUPPORTED, f"DICOM: expected 8 or 16 bit color, received {layout.allocated} bits")


def _check_length(header: Header, layout: Layout) -> None:
    """Compare the length of the pixel data with its declaration, so that surplus bytes never become frames."""
    there = len(header.data) - header.pixel_start
    declared = header.pixel_length
    if declared == UNDEFINED:
        if not layout.encapsulated:
            raise InputError(Code.BAD_HEADER, "DICOM: expected uncompressed pixels of known length, received fragments")
        return
    if declared > there:
        raise InputError(
            Code.TRUNCATED,
            f"DICOM: expected {declared} bytes of pixel data, received {there}; copy or export the file again",
        )
    if layout.encapsulated:
        raise InputError(Code.BAD_HEADER, "DICOM: expected compressed pixels in fragments, received one block")
    expected = (layout.frame_bits * layout.frames + 7) // 8
    if declared < expected:
        raise InputError(
            Code.TRUNCATED,
            f"DICOM: expected {expected} bytes for {layout.rows} x {layout.columns} x {layout.frames} frames, "
            f"received {declared}; export the file again",
        )
    if declared > expected + expected % 2:
        raise InputError(
            Code.PIXEL_LENGTH,
            f"DICOM: expected {expected} bytes for {layout.rows} x {layout.columns} x {layout.frames} frames, "
            f"received {declared}; surplus bytes are not read as frames, export the file again",
        )
