"""The walk over a DICOM header against pydicom, the peer, on the same bytes."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.header import skim
from tests.readers.dicom import dicom_samples as make


def by_pydicom(data: bytes) -> tuple[dict[int, bytes], dict[int, list[dict[int, bytes]]]]:
    """Collect the same raw values from a full parse; elements that pydicom does not convert keep their bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(io.BytesIO(data), force=True)
        elements = _raw(ds)
        items = {}
        for sequence in tag.WANTED.sequences:
            if sequence in ds:
                items[sequence] = [_flat(item) for item in ds[sequence].value]
    return elements, items


def _raw(ds: Dataset) -> dict[int, bytes]:
    found = {}
    for element in tag.WANTED.elements:
        if element in ds:
            raw = ds.get_item(element)
            found[element] = raw.value or b"" if isinstance(raw.value, bytes | None) else None
    return found


def _flat(item: Dataset) -> dict[int, bytes]:
    found = _raw(item)
    for macro in tag.WANTED.macros:
        if macro in item:
            found.update(_raw(item[macro].value[0]) if item[macro].value else {})
    return found


def check(data: bytes) -> None:
    header = skim(data, tag.WANTED, lambda rest: rest)
    elements, items = by_pydicom(data)
    mine = {key: value for key, value in header.elements.items() if key >> 16 != 2}
    assert mine.keys() == elements.keys()
    assert {key: value for key, value in mine.items() if elements[key] is not None} == {
        key: value for key, value in elements.items() if value is not None
    }
    assert header.items == items


numbers = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 4)), min_size=3, max_size=3)
names = st.text("abc^ ", max_size=12)


@st.composite
def datasets(draw) -> tuple[bytes, np.ndarray]:
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4) * draw(st.integers(0, 999))
    ds = make.image(pixels, ImagePositionPatient=draw(numbers), PatientID=draw(names), SeriesDescription=draw(names))
    for group in draw(st.lists(st.integers(9, 0x27).map(lambda n: n | 1), max_size=3, unique=True)):
        block = ds.private_block(group, "NOBODY", create=True)
        vr = draw(st.sampled_from(["OB", "UN", "LO", "SQ"]))
        inner = Dataset()
        inner.PatientID = "inner"
        value = Sequence([inner] * draw(st.integers(0, 3))) if vr == "SQ" else draw(st.binary(max_size=40))
        block.add_new(1, vr, value if vr != "LO" else "text")
    inner = Dataset()
    inner.ReferencedSOPInstanceUID = "1.2.3"
    inner.ReferencedImageSequence = Sequence([Dataset()])
    ds.ReferencedImageSequence = Sequence([inner] * draw(st.integers(0, 70)))
    ds["ReferencedImageSequence"].is_undefined_length = draw(st.booleans())
    inner.is_undefined_length_sequence_item = draw(st.booleans())
    return make.to_bytes(ds, draw(st.sampled_from(make.NATIVE))), pixels


@given(datasets())
@settings(deadline=None, max_examples=150)
def test_walk_agrees_with_pydicom(sample):
    data, pixels = sample
    check(data)
    np.testing.assert_array_equal(make.read_all(data)[0].pixels, pixels)


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", make.NATIVE, ids=["explicit", "implicit", "big"])
def test_functional_groups_agree_with_pydicom(undefined, syntax):
    ds = make.enhanced([make.AXIAL] * 4, [(0, 0, z) for z in range(4)], shared=False, undefined=undefined)
    check(make.to_bytes(ds, syntax))


@pytest.mark.realdata
def test_walk_and_pixels_agree_with_pydicom_on_real_files(realdata: Path):
    paths = sorted(realdata.glob("dicom/*/*.dcm"))
    assert len(paths) > 100
    for path in paths:
        data = path.read_bytes()
        check(data)
        ds = pydicom.dcmread(path)
        if "MOSAIC" in ds.ImageType:
            continue
        stored = ds.pixel_array.reshape(-1, ds.Rows, ds.Columns)
        slopes = _slopes(ds, len(stored))
        for frame, pixels, (slope, intercept) in zip(make.read_all(data), stored, slopes, strict=True):
            expected = (pixels * slope + intercept).astype(frame.pixels.dtype)
            np.testing.assert_array_equal(frame.pixels, expected)


def _slopes(ds: Dataset, count: int) -> list[tuple[float, float]]:
    groups = ds.get("PerFrameFunctionalGroupsSequence")
    if groups is None or "PixelValueTransformationSequence" not in groups[0]:
        return [(float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0)))] * count
    items = [group.PixelValueTransformationSequence[0] for group in groups]
    return [(float(item.RescaleSlope), float(item.RescaleIntercept)) for item in items]
