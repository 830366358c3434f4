"""`medcurate demo` makes brains once, sorts them, and says how often each kind of evidence was right."""

from __future__ import annotations

import json
import sys
import types

import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA
from medcurate.run_folder import write_catalogue

TRUTH = "path,frame,plane,kind,patient,copy_of\na.png,,axial,image,P1,\nb.png,,coronal,copy,P1,a.png\n"
COPIES = "cluster,kept_path,path\n1,a.png,b.png\n"
PLANES = "source,path,frame,plane,confidence,evidence\nx,a.png,,axial,1,header\nx,b.png,,axial,0.6,classifier\n"


@pytest.fixture
def phantom(monkeypatch, stub):
    """Take the place of the phantom writer, and let the stand-in of sort_planes leave a table."""
    calls = []

    def write(out, **settings):
        calls.append(settings)
        (out / "truth.csv").write_text(TRUTH)

    def sort(inputs, out, **given):
        out.mkdir(parents=True, exist_ok=True)
        (out / "planes.csv").write_text(PLANES)
        return stub(inputs, out, **given)

    def dedupe(folder, **given):
        (folder / "duplicates.csv").write_text(COPIES)

    def homogenize(folder, out, *, settings, **given):
        assert settings.filters.plane == ("axial",)
        out.mkdir(exist_ok=True)
        rows = {"original_path": ["a.png", "b.png"], "split": ["train", "test"], "status": ["kept"] * 2}
        columns = [pa.array(rows.get(field.name, [None] * 2), field.type) for field in SCHEMA]
        write_catalogue(out / "catalogue.parquet", [pa.table(columns, schema=SCHEMA)])
        return types.SimpleNamespace(written=2, splits={"test": 1, "train": 1})

    monkeypatch.setitem(sys.modules, "medcurate.phantom.messy", types.SimpleNamespace(write_messy_folder=write))
    monkeypatch.setattr(sys.modules["medcurate.curate.plane_sorting"], "sort_planes", sort)
    for module, function in (("duplicates.deduplication", dedupe), ("homogenizing.run", homogenize)):
        stand_in = types.SimpleNamespace(**{function.__name__: function})
        monkeypatch.setitem(sys.modules, f"medcurate.curate.{module}", stand_in)
    return calls


def test_people_read_how_well_it_went(medcurate, phantom, tmp_path):
    result = medcurate("demo", "--out", tmp_path / "demo", "--heads", 2, "--seed", 3)
    assert result.code == 0, result.err
    assert phantom == [{"heads": 2, "seed": 3}]
    lines = [line.split() for line in result.out.splitlines()]
    assert ["header", "1", "1", "0", "0"] in lines
    assert ["classifier", "1", "0", "1", "0"] in lines
    assert "Generating 2 heads" in result.err
    assert ["copies", "found", "1", "of", "1", "planted"] in lines
    assert ["in", "two", "splits", "0", "patients", "that", "headers", "name"] in lines


def test_json(medcurate, phantom, tmp_path):
    summary = json.loads(medcurate("demo", "--out", tmp_path / "demo", "--json").out)
    assert summary["right_wrong_unknown"] == {"classifier": [0, 1, 0], "header": [1, 0, 0]}
    assert summary["seen"] == 4
    assert (summary["copies_found"], summary["copies_planted"], summary["strangers_taken_for_copies"]) == (1, 1, 0)
    assert (summary["known_patients_in_two_splits"], summary["patients_in_two_splits"]) == (0, 1)


def test_the_brains_are_made_once(medcurate, phantom, tmp_path):
    for _ in range(2):
        assert medcurate("demo", "--out", tmp_path / "demo").code == 0
    assert len(phantom) == 1
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["dataset", "demo.json", "messy", "result"]


def test_other_settings_want_another_folder(medcurate, phantom, tmp_path):
    medcurate("demo", "--out", tmp_path / "demo")
    result = medcurate("demo", "--out", tmp_path / "demo", "--seed", 9)
    assert result.code == 2
    assert "choose another --out" in result.err


def test_a_stopped_demo_leaves_no_half_folder(medcurate, stub, monkeypatch, tmp_path):
    def write(out, **settings):
        (out / "half.png").touch()
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "medcurate.phantom.messy", types.SimpleNamespace(write_messy_folder=write))
    assert medcurate("demo", "--out", tmp_path / "demo").code == 130
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["demo.json"]
