"""Small DICOM files, good and bad, made in code by pydicom (the peer whose word is taken) and by hand."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
from pydicom import config, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
)

from medcurate.readers.blob import Blob
from medcurate.readers.dicom.reader import read
from medcurate.readers.options import DEFAULT_OPTIONS

AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)
CORONAL = (1, 0, 0, 0, 0, -1)
NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
DEFLATED = UID("1.2.840.10008.1.2.1.99")


def blob_of(data: bytes, name: str = "x.dcm") -> Blob:
    return Blob(name, len(data), lambda: io.BytesIO(data))


def read_all(data: bytes, options=DEFAULT_OPTIONS):
    return list(read(blob_of(data), options))


def ramp(rows=6, columns=8, dtype=np.uint16, step=7):
    return (np.arange(rows * columns).reshape(rows, columns) * step).astype(dtype)


def image(pixels=None, **elements: Any) -> Dataset:
    """Make a classic MR image; `elements` replace or (None) delete what it holds."""
    pixels = ramp() if pixels is None else pixels
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.ImplementationClassUID = "1.2.3.4"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.SOPClassUID = MRImageStorage
    ds.SOPInstanceUID = "1.2.3.4.5"
    ds.Modality = "MR"
    ds.SeriesDescription = "t1_se_sag"
    ds.PatientName = "Secret^Person"
    ds.PatientID = "SECRET-ID"
    ds.PatientIdentityRemoved = "YES"  # else every image would be noted for its header
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4.6", "1.2.3.4.7"
    ds.AcquisitionNumber = 1
    ds.ImagePositionPatient = [-10, -20, 30.5]
    ds.ImageOrientationPatient = list(AXIAL)
    ds.PixelSpacing = [0.5, 0.75]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 and pixels.shape[-1] == 3 else 1
    ds.PhotometricInterpretation = "RGB" if ds.SamplesPerPixel == 3 else "MONOCHROME2"
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = pixels.shape[-2:] if ds.SamplesPerPixel == 1 else pixels.shape[-3:-1]
    bits = pixels.dtype.itemsize * 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    data = np.ascontiguousarray(pixels).tobytes()
    ds.add_new(0x7FE00010, "OB" if bits == 8 else "OW", data + b"\0" * (len(data) % 2))
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def to_bytes(ds: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Write a data set as a DICOM file."""
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        pixels = ds["PixelData"]
        width = f"u{ds.BitsAllocated // 8}"
        pixels.value = np.frombuffer(pixels.value, f"<{width}").astype(f">{width}").tobytes()
    stream = io.BytesIO()
    with warnings.catch_warnings():  # pydicom warns of the bad values that are the point
        warnings.simplefilter("ignore")
        dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def sample(pixels=None, syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    return to_bytes(image(pixels, **elements), syntax)


def compressed(frames: list[bytes], syntax: str, *, pixels, **elements: Any) -> bytes:
    """Wrap codestreams as encapsulated pixel data; `pixels` tells shape and type."""
    ds = image(pixels, **elements)
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return to_bytes(ds, UID(syntax))


def _item(**elements: Any) -> Sequence:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return Sequence([ds])


def enhanced(axes, positions, *, shared=True, undefined=False, top=None, slopes=None) -> Dataset:
    """Make an enhanced multi-frame image: one orientation a frame, or the first one in the shared group."""
    count = len(positions)
    pixels = np.stack([ramp() + 100 * number for number in range(count)]).astype(np.uint16)
    ds = image(pixels, ImageOrientationPatient=None, ImagePositionPatient=None, PixelSpacing=None)
    ds.SOPClassUID, ds.NumberOfFrames = EnhancedMRImageStorage, count
    group = Dataset()
    group.PixelMeasuresSequence = _item(PixelSpacing=[2, 3], SliceThickness=5, SpacingBetweenSlices=6)
    group.MREchoSequence = _item(EffectiveEchoTime=10.0)
    group.MRTimingAndRelatedParametersSequence = _item(RepetitionTime=500)
    if shared:
        group.PlaneOrientationSequence = _item(ImageOrientationPatient=list(axes[0]))
    ds.SharedFunctionalGroupsSequence = Sequence([group])
    frames = []
    for number in range(count):
        frame = Dataset()
        frame.PlanePositionSequence = _item(ImagePositionPatient=list(positions[number]))
        if not shared:
            frame.PlaneOrientationSequence = _item(ImageOrientationPatient=list(axes[number]))
        if slopes is not None:
            frame.PixelValueTransformationSequence = _item(RescaleSlope=slopes[number], RescaleIntercept=0)
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    if undefined:
        ds["PerFrameFunctionalGroupsSequence"].is_undefined_length = True
        for frame in frames:
            frame.is_undefined_length_sequence_item = True
            frame["PlanePositionSequence"].is_undefined_length = True
    for keyword, value in (top or {}).items():
        setattr(ds, keyword, value)
    return ds


def mosaic(slices, *, axes=AXIAL, position=(0, 0, 0), count=True, csa=None) -> Dataset:
    """Tile `slices` (n, rows, columns) as a Siemens scanner does."""
    number, rows, columns = slices.shape
    grid = int(np.ceil(np.sqrt(number)))
    tiled = np.zeros((grid * rows, grid * columns), slices.dtype)
    for index, part in enumerate(slices):
        row, column = divmod(index, grid)
        tiled[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns] = part
    ds = image(tiled, ImageOrientationPatient=list(axes), ImagePositionPatient=list(position))
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    ds.PixelSpacing, ds.SpacingBetweenSlices = [2, 2], 3
    if count:
        block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0A, "US", number)
    if csa is not None:
        ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa)
    return ds


def csa_header(**tags: tuple[object, ...]) -> bytes:
    """Write a Siemens CSA2 header with decimal tags (layout as documented by nibabel)."""
    out = b"SV10\4\3\2\1" + struct.pack("<2I", len(tags), 77)
    for name, values in tags.items():
        out += struct.pack("<64si4siii", name.encode(), len(values), b"FD\0\0", 4, len(values), 77)
        for value in values:
            text = str(value).encode() + b"\0"
            out += struct.pack("<4i", len(text), len(text), 77, len(text)) + text + b"\0" * (-len(text) % 4)
    return out + b"\0" * (len(out) % 2)


def nested(depth: int, *, defined: bool = False) -> bytes:
    """Insert `depth` nested sequences before the patient group of a good image, without recursion."""
    head = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    tail = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    block = head * depth + tail * depth
    if defined:
        parts = []
        for level in range(depth):
            inside = 20 * (depth - level - 1)
            parts.append(struct.pack("<HH2sHIHHI", 8, 0x1140, b"SQ", 0, inside + 8, 0xFFFE, 0xE000, inside))
        block = b"".join(parts)
    return insert(sample(), block)


def insert(data: bytes, block: bytes, before: bytes = b"\x10\x00\x10\x00PN") -> bytes:
    """Put an encoded element before another one, (0010,0010) if nothing else is said."""
    at = data.index(before)
    return data[:at] + block + data[at:]


def patch(data: bytes, tag: bytes, value: bytes) -> bytes:
    """Overwrite the value of a short explicit element in place; `tag` is its first 6 bytes (tag and VR)."""
    at = data.index(tag) + 8
    return data[:at] + value + data[at + len(value) :]


def deflated(content: bytes) -> bytes:
    """Write a deflated file that inflates to `content`."""
    head = sample(syntax=DEFLATED)
    start = head.index(b"1.2.840.10008.1.2.1.99\0".rstrip(b"\0"))
    meta_end = 144 + struct.unpack_from("<I", head, 140)[0]
    assert start < meta_end
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head[:meta_end] + deflate.compress(content) + deflate.flush()


def directory(*names: list[str] | str) -> bytes:
    """Write a DICOMDIR that refers to files."""
    ds = image(PixelData=None, Rows=None, Columns=None)
    ds.SOPClassUID = "1.2.840.10008.1.3.10"
    records = []
    for name in names:
        record = Dataset()
        with config.disable_value_validation():
            record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", name
        records.append(record)
    ds.DirectoryRecordSequence = Sequence(records)
    return to_bytes(ds)
