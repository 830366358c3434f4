"""Planes are compared with the truth a kind of evidence at a time."""

from __future__ import annotations

import pyarrow as pa

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.phantom.score import (
    NO_BRAIN,
    CopyScore,
    Score,
    patients_in_two_splits,
    score_copies,
    score_planes,
)
from medcurate.run_folder import write_catalogue

TRUTH = """path,frame,plane,kind
a.dcm,,axial,image
b.jpg,,coronal,image
c.jpg,,coronal,copy
pages.tif,0,axial,image
pages.tif,1,sagittal,image
knee.png,,unknown,not_brain
chart.png,,unknown,not_brain
enhanced.dcm,,sagittal,volume
mask.nii,,axial,mask
bad.dcm,,,damaged
"""
PLANES = """source,path,frame,plane,confidence,evidence
x,a.dcm,,axial,1,header
x,b.jpg,,coronal,0.9,classifier
x,c.jpg,,axial,0.6,classifier
x,pages.tif,0,axial,0.9,series
x,pages.tif,1,unknown,0.3,classifier
x,knee.png,,unknown,0.2,classifier
x,chart.png,,axial,0.7,classifier
x,enhanced.dcm,0,sagittal,1,header
x,enhanced.dcm,1,sagittal,1,header
x,mask.nii,,axial,1,header
x,not-in-truth.png,,axial,1,header
"""


def test_scores(tmp_path):
    (tmp_path / "truth.csv").write_text(TRUTH)
    (tmp_path / "planes.csv").write_text(PLANES)
    scores = score_planes(tmp_path / "planes.csv", tmp_path / "truth.csv")
    assert scores == [
        Score("classifier", right=1, wrong=1, unknown=1),
        Score("header", right=3, wrong=0, unknown=0),
        Score("series", right=1, wrong=0, unknown=0),
        Score(NO_BRAIN, right=0, wrong=1, unknown=1),
    ]
    assert [score.images for score in scores] == [3, 3, 1, 2]


COPIES = """path,frame,kind,patient,copy_of
a.png,,image,P1,
b.png,,image,P2,
c.png,,copy,P1,a.png
d.png,,copy,P2,b.png
e.png,,copy,P2,b.png
"""
CLUSTERS = """cluster,kept_path,path
1,a.png,c.png
2,b.png,d.png
3,e.png,a.png
"""


def test_copies_and_strangers(tmp_path):
    (tmp_path / "truth.csv").write_text(COPIES)
    (tmp_path / "duplicates.csv").write_text(CLUSTERS)
    assert score_copies(tmp_path / "duplicates.csv", tmp_path / "truth.csv") == CopyScore(3, 1, 1)


def test_patients_in_two_splits(tmp_path):
    (tmp_path / "truth.csv").write_text(COPIES)
    rows = {
        "original_path": ["a.png", "c.png", "b.png", "d.png", "x.png"],
        "split": ["train", "test", "val", "val", "train"],
        "status": ["kept"] * 5,
        "patient_group_by": ["patient", "image", "patient", "patient", "patient"],
    }
    columns = [
        pa.array(rows[field.name], field.type) if field.name in rows else pa.nulls(5, field.type) for field in SCHEMA
    ]
    write_catalogue(tmp_path / "catalogue.parquet", [pa.table(columns, schema=SCHEMA)])
    assert patients_in_two_splits(Catalogue.open(tmp_path), tmp_path / "truth.csv", known=False) == 1
    assert patients_in_two_splits(Catalogue.open(tmp_path), tmp_path / "truth.csv", known=True) == 0
