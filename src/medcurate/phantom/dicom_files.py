"""DICOM files of phantom slices, as bytes: classic, MONOCHROME1, RLE, JPEG, and enhanced multi-frame."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

from medcurate.phantom.pictures import AXES, Picture, stored

# Repetition, echo and inversion time (ms) that give each contrast.
_TIMES = {
    "T1": (500.0, 12.0, None),
    "T1ce": (500.0, 12.0, None),
    "T2": (4500.0, 100.0, None),
    "FLAIR": (9000.0, 120.0, 2500.0),
}
_NAMES = {"T1": "T1 SE", "T1ce": "T1 SE POST GD", "T2": "T2 TSE", "FLAIR": "FLAIR TIRM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Properties shared by the files of one series.

    Attributes
    ----------
    key : str
        Seed of all UIDs.
    patient : str
        Obviously fictitious identifier.
    contrast : {'T1', 'T1ce', 'T2', 'FLAIR'}
    white : float
        Signal that is stored as 80 % of the range.
    """

    key: str
    patient: str
    contrast: str
    number: int
    thickness_mm: float
    white: float

    def uid(self, *parts: object) -> UID:
        """Return a UID that depends only on the seed and `parts`."""
        return generate_uid(entropy_srcs=[self.key, *map(str, parts)])


def _common(series: Series, storage: UID, instance: int) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = storage
    ds.SOPClassUID = storage
    ds.SOPInstanceUID = series.uid("instance", series.number, instance)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.ImplementationClassUID = generate_uid(entropy_srcs=["medcurate phantom"])
    ds.StudyInstanceUID = series.uid("study")
    ds.SeriesInstanceUID = series.uid("series", series.number)
    ds.FrameOfReferenceUID = series.uid("frame of reference")
    ds.PatientName = f"Phantom^{series.patient}"
    ds.PatientID = series.patient
    ds.PatientBirthDate, ds.PatientSex, ds.StudyID, ds.AccessionNumber = "19000101", "O", "1", ""
    ds.StudyDate, ds.StudyTime, ds.ReferringPhysicianName = "20000101", "120000", ""
    ds.Modality, ds.Manufacturer, ds.BurnedInAnnotation = "MR", "medcurate phantom", "NO"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.SeriesNumber, ds.InstanceNumber = series.number, instance
    ds.SeriesDescription = _NAMES[series.contrast]
    ds.PatientPosition = "HFS"
    if series.contrast == "T1ce":
        ds.ContrastBolusAgent = "GADOLINIUM (SIMULATED)"
    return ds


def _pixels(ds: Dataset, pixels: NDArray[np.generic], bits: int, photometric: str = "MONOCHROME2") -> None:
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel, ds.PixelRepresentation, ds.PhotometricInterpretation = 1, 0, photometric
    ds.BitsStored, ds.HighBit, ds.BitsAllocated = bits, bits - 1, 8 if bits == 8 else 16
    kind = "<u1" if bits == 8 else "<u2"
    data = np.ascontiguousarray(pixels, kind).tobytes()
    ds.add_new("PixelData", "OB" if bits == 8 else "OW", data + b"\0" * (len(data) % 2))


def _bytes(ds: Dataset, syntax: UID) -> bytes:
    ds.file_meta.TransferSyntaxUID = syntax
    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def _slice_dataset(picture: Picture, series: Series, instance: int) -> Dataset:
    ds = _common(series, MRImageStorage, instance)
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "SE", "NONE", "", "2D"
    ds.RepetitionTime, ds.EchoTime, inversion = _TIMES[series.contrast]
    if inversion is not None:
        ds.InversionTime, ds.ScanningSequence = inversion, ["SE", "IR"]
    ds.EchoTrainLength = 1
    ds.ImageOrientationPatient = [v for axis in AXES[picture.plane] for v in axis]
    ds.ImagePositionPatient = [round(v, 4) for v in picture.position_mm]
    ds.PixelSpacing = [picture.spacing_mm, picture.spacing_mm]
    ds.SliceThickness = series.thickness_mm
    return ds


def classic(picture: Picture, series: Series, instance: int) -> bytes:
    """Write one slice, 12 bits in 16, uncompressed, with a display window."""
    ds = _slice_dataset(picture, series, instance)
    _pixels(ds, stored(picture.pixels, 12, series.white), 12)
    ds.WindowCenter, ds.WindowWidth = 1640, 3280
    return _bytes(ds, ExplicitVRLittleEndian)


def monochrome1(picture: Picture, series: Series, instance: int) -> bytes:
    """Write one slice as MONOCHROME1: low values are bright."""
    ds = _slice_dataset(picture, series, instance)
    _pixels(ds, 4095 - stored(picture.pixels, 12, series.white), 12, "MONOCHROME1")
    return _bytes(ds, ExplicitVRLittleEndian)


def rle(picture: Picture, series: Series, instance: int) -> bytes:
    """Write one slice with run-length encoding, by pydicom's encoder."""
    ds = _slice_dataset(picture, series, instance)
    _pixels(ds, stored(picture.pixels, 12, series.white), 12)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return _bytes(ds, RLELossless)


def jpeg(picture: Picture, series: Series, instance: int) -> bytes:
    """Write one slice as 8-bit baseline JPEG."""
    ds = _slice_dataset(picture, series, instance)
    gray = stored(picture.pixels, 8, series.white).astype(np.uint8)
    _pixels(ds, gray, 8)
    stream = io.BytesIO()
    Image.fromarray(gray).save(stream, "JPEG", quality=92)
    ds.PixelData = encapsulate([stream.getvalue()])
    ds["PixelData"].is_undefined_length = True
    ds.LossyImageCompression, ds.LossyImageCompressionMethod = "01", "ISO_10918_1"
    return _bytes(ds, JPEGBaseline8Bit)


def _item(**elements: object) -> Items:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return Items([ds])


def enhanced(pictures: Sequence[Picture], series: Series) -> bytes:
    """Write a stack as one enhanced multi-frame file, with its geometry in the functional groups."""
    first = pictures[0]
    ds = _common(series, EnhancedMRImageStorage, 1)
    ds.NumberOfFrames = len(pictures)
    ds.AcquisitionContrast = {"T1": "T1", "T1ce": "T1", "T2": "T2", "FLAIR": "FLUID_ATTENUATED"}[series.contrast]
    repetition, echo, _ = _TIMES[series.contrast]
    shared = Dataset()
    shared.PixelMeasuresSequence = _item(
        PixelSpacing=[first.spacing_mm, first.spacing_mm], SliceThickness=series.thickness_mm
    )
    shared.PlaneOrientationSequence = _item(ImageOrientationPatient=[v for axis in AXES[first.plane] for v in axis])
    shared.MRTimingAndRelatedParametersSequence = _item(RepetitionTime=repetition, EchoTrainLength=1)
    shared.MREchoSequence = _item(EffectiveEchoTime=echo)
    shared.PixelValueTransformationSequence = _item(RescaleIntercept=0, RescaleSlope=2, RescaleType="US")
    ds.SharedFunctionalGroupsSequence = Items([shared])
    frames = []
    for number, picture in enumerate(pictures, 1):
        frame = Dataset()
        frame.PlanePositionSequence = _item(ImagePositionPatient=[round(v, 4) for v in picture.position_mm])
        frame.FrameContentSequence = _item(StackID="1", InStackPositionNumber=number, DimensionIndexValues=[1, number])
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Items(frames)
    _pixels(ds, np.stack([stored(p.pixels, 12, series.white) for p in pictures]), 12)
    return _bytes(ds, ExplicitVRLittleEndian)
