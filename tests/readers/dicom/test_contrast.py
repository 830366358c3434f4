"""The guess of an MR contrast: right where the header is plain, silent where it is not."""

from __future__ import annotations

import pytest

from medcurate.readers.dicom.contrast import guess_contrast


def guess(description="", sequence=(), agent="", tr=None, te=None, ti=None, acquisition=""):
    return guess_contrast(description, tuple(sequence), agent, tr, te, ti, acquisition)


@pytest.mark.parametrize(
    ("expected", "facts"),
    [
        ("T1", {"description": "t1_se_tra"}),
        ("T1", {"description": "Sag 3D MPRAGE"}),
        ("T1ce", {"description": "T1 SE POST GD"}),
        ("T1ce", {"description": "T1W AX", "agent": "Gadovist"}),
        ("T1", {"description": "T1W AX pre", "agent": "Gadovist"}),
        ("T1", {"description": "T1 without contrast"}),
        ("T1", {"description": "t1", "agent": "NONE"}),
        ("T2", {"description": "T2 TSE ax"}),
        ("T2", {"description": "AX T2W", "agent": "Gadovist"}),
        ("FLAIR", {"description": "t2_tirm_tra_dark-fluid"}),
        ("FLAIR", {"description": "AX T2 FLAIR"}),
        ("PD", {"description": "PD ax"}),
        ("T1", {"sequence": ["SE"], "tr": 500, "te": 12}),
        ("T1ce", {"sequence": ["SE"], "tr": 500, "te": 12, "agent": "Gd"}),
        ("T2", {"sequence": ["SE"], "tr": 4500, "te": 100}),
        ("PD", {"sequence": ["SE"], "tr": 3000, "te": 15}),
        ("FLAIR", {"sequence": ["SE", "IR"], "tr": 9000, "te": 120, "ti": 2500}),
        ("FLAIR", {"acquisition": "FLUID_ATTENUATED"}),
        ("T1", {"acquisition": "T1"}),
    ],
)
def test_plain_cases(expected, facts):
    assert guess(**facts) == expected


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"description": "localizer t1"},
        {"description": "ep2d_diff_T2"},
        {"description": "t2star", "sequence": ["GR"]},
        {"description": "t1 t2 combined"},
        {"description": "T1 FLAIR"},
        {"description": "gre_field_mapping t1"},
        {"description": "t1_se", "sequence": ["SE"], "tr": 4500, "te": 100},
        {"description": "head", "sequence": ["EP"], "tr": 3000, "te": 100},
        {"description": "head", "sequence": ["GR"], "tr": 20, "te": 5},
        {"sequence": ["SE"], "tr": 1500, "te": 50},
        {"sequence": ["SE", "IR"], "tr": 3000, "te": 20, "ti": 150},
        {"sequence": ["SE"], "tr": 50, "te": 100},
    ],
)
def test_doubt_gives_none(facts):
    assert guess(**facts) is None
