"""Every real DICOM file against the labels made from its orientation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from medcurate.readers.geometry import series_notes, split_stacks
from tests.readers.dicom import dicom_samples as make

pytestmark = pytest.mark.realdata


def test_planes_and_frames_of_all_files(realdata: Path):
    with (realdata / "dicom/labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 100
    for row in rows:
        frames = make.read_all((realdata / row["path"]).read_bytes())
        assert {frame.facts.plane for frame in frames} == {row["plane"]}, row["path"]
        obliquity = float(np.degrees(np.arccos(float(row["normal_cos"]))))
        assert frames[0].facts.obliquity_deg == pytest.approx(obliquity, abs=2.6), row["path"]
        if frames[0].facts.kind == "volume":  # a mosaic counts as one image in the labels
            assert (int(row["frames"]), len(frames)) == (1, frames[0].facts.depth)
        else:
            assert len(frames) == int(row["frames"]), row["path"]


@pytest.mark.parametrize("series", ["qa_philips_enh/s00_sag", "studyforrest_t1/s00_axi", "qa_decubitus/s00_sag"])
def test_real_series_are_one_regular_stack(realdata: Path, series: str):
    paths = sorted((realdata / "dicom").glob(f"{series}_*.dcm"))
    facts = [make.read_all(path.read_bytes())[0].facts for path in paths]
    split = split_stacks([f.position_mm for f in facts], [f.axes for f in facts], [f.acquisition for f in facts])
    assert set(split.tolist()) == {0}
    assert len({f.series_key for f in facts}) == 1
    notes = series_notes([f.position_mm for f in facts], facts[0].axes)
    assert "GEOM_SHEAR" not in notes


@pytest.mark.parametrize(("name", "axis"), [("s00_axi_000", 2), ("s01_cor_000", 1), ("s02_sag_000", 0)])
def test_slices_of_real_mosaics_go_up_and_are_one_stack(realdata: Path, name: str, axis: int):
    frames = make.read_all((realdata / f"dicom/trap_mosaic/{name}.dcm").read_bytes())
    positions = np.array([frame.facts.position_mm for frame in frames])
    assert frames[0].pixels.shape == (64, 64)
    assert series_notes(positions, frames[0].facts.axes, 3.6) == ()
    assert (np.diff(positions[:, axis]) > 3).all()
    # the head lies in the middle of the field of view: a wrong corner would put it 10 cm aside
    center = positions[17] + 31.5 * 3.25 * (np.array(frames[0].facts.axes[:3]) + frames[0].facts.axes[3:])
    assert np.abs(center[0]) < 5
    assert np.abs(center).max() < 80
