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

    monkeypatch.setitem(sys.modules, "medcurate.phantom.messy_folder", types.SimpleNamespace(write_messy_folder=write))
    monkeypatch.setattr(sys.modules["medcurate.curate.plane_sorting"], "sort_planes", sort)
    for module, function in (("deduplication", dedupe), ("homogenization", homogenize)):
        stand_in = types.SimpleNamespace(**{function.__name__: function})
        monkeypatch.setitem(sys.modules, f"medcurate.curate.{module}", stand_in)
    return calls


def test_people_read_how_well_it_went(medcurate, phantom, tmp_path):
    result = medcurate("demo", "--out", tmp_path / "demo", "--heads", 2, "--seed", 3, "--minutes", 0)
    assert result.code == 0, result.err
    assert phantom == [{"heads": 2, "seed": 3}]
    lines = [line.split() for line in result.out.splitlines()]
    assert ["header", "1", "1", "0", "0"] in lines
    assert ["classifier", "1", "0", "1", "0"] in lines
    assert "Generating 2 heads" in result.err
    assert ["copies", "found", "1", "of", "1", "planted"] in lines
    assert ["in", "two", "splits", "0", "patients", "that", "headers", "name"] in lines


def test_json(medcurate, phantom, tmp_path):
    summary = json.loads(medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0, "--json").out)
    assert summary["right_wrong_unknown"] == {"classifier": [0, 1, 0], "header": [1, 0, 0]}
    assert summary["seen"] == 4
    assert (summary["copies_found"], summary["copies_planted"], summary["strangers_taken_for_copies"]) == (1, 1, 0)
    assert (summary["known_patients_in_two_splits"], summary["patients_in_two_splits"]) == (0, 1)


def test_the_brains_are_made_once(medcurate, phantom, tmp_path):
    for _ in range(2):
        assert medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0).code == 0
    assert len(phantom) == 1
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["dataset", "demo.json", "messy", "result"]


def test_other_settings_want_another_folder(medcurate, phantom, tmp_path):
    medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0)
    result = medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0, "--seed", 9)
    assert result.code == 2
    assert "choose another --out" in result.err


def test_a_stopped_demo_leaves_no_half_folder(medcurate, stub, monkeypatch, tmp_path):
    def write(out, **settings):
        (out / "half.png").touch()
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "medcurate.phantom.messy_folder", types.SimpleNamespace(write_messy_folder=write))
    assert medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0).code == 130
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["demo.json"]


def test_what_was_learned_is_told_last(medcurate, phantom, monkeypatch, tmp_path):
    told = {
        "train_images": 340,
        "train_steps": 2000,
        "train_seconds": 120.4,
        "generated": 199,
        "picture": "demo/generated.png",
        "verdicts": [{"level": "caution", "text": "Some are missing."}],
        "report": "demo/report/report.html",
    }
    asked = []

    def judge(out, **given):
        asked.append(given)
        return told

    monkeypatch.setattr("medcurate.cli.demo_images.train_and_judge", judge)
    lines = [" ".join(line.split()) for line in medcurate("demo", "--out", tmp_path / "demo").out.splitlines()]
    assert asked == [{"minutes": 2.0, "seed": 0, "workers": None, "quiet": False}]
    assert lines.index("199 generated images") > lines.index("A dataset of 2 axial slices, 128 pixels")
    assert "trained 2,000 steps, 120 s, on 340 slices: more images and hours make better ones" in lines
    assert lines[-3:] == [
        "caution Some are missing.",
        "report demo/report/report.html",
        "look at demo/generated.png",
    ]
    summary = json.loads(medcurate("demo", "--out", tmp_path / "demo", "--json").out)
    assert {name: summary[name] for name in told} == told


def test_missing_extras_are_named_before_anything_is_made(medcurate, phantom, monkeypatch, tmp_path):
    monkeypatch.setattr("medcurate.cli.demo_images.find_spec", lambda name: None if name == "tensorflow" else name)
    result = medcurate("demo", "--out", tmp_path / "demo")
    assert result.code == 2
    assert "needs tensorflow, which is not installed" in result.err
    assert "pip install 'medcurate[train]'" in result.err
    assert "--minutes 0" in result.err
    assert not (tmp_path / "demo").exists()
    assert medcurate("demo", "--out", tmp_path / "demo", "--minutes", 0).code == 0
