"""A header that names a person is noted; what it says is not kept."""

from __future__ import annotations

import pytest

from medcurate.errors import Code
from tests.readers.dicom.dicom_samples import image, read_all, to_bytes

NAMING = {
    "PatientName": "Doe^Jane",
    "PatientBirthDate": "19530201",
    "PatientAddress": "Elm Street 1",
    "AccessionNumber": "A4711",
    "ReferringPhysicianName": "House^Gregory",
}


@pytest.mark.parametrize("element", NAMING)
def test_privacy_p1_naming_elements_are_noted(element):
    dataset = image()
    for name in ("PatientName", "PatientIdentityRemoved"):
        delattr(dataset, name)
    (clean,) = read_all(to_bytes(dataset))
    assert Code.IDENTIFIERS not in clean.facts.notes
    setattr(dataset, element, NAMING[element])
    (frame,) = read_all(to_bytes(dataset))
    assert Code.IDENTIFIERS in frame.facts.notes
    dataset.PatientIdentityRemoved = "YES"
    (frame,) = read_all(to_bytes(dataset))
    assert Code.IDENTIFIERS not in frame.facts.notes
