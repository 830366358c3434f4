"""`medcurate demo` makes brains once, sorts them, and says how often each kind of evidence was right."""

from __future__ import annotations

import json
import sys
import types

import pytest

TRUTH = "path,frame,plane,kind\na.png,,axial,image\nb.png,,coronal,image\n"
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

    monkeypatch.setitem(sys.modules, "medcurate.phantom.messy", types.SimpleNamespace(write_messy_folder=write))
    monkeypatch.setattr(sys.modules["medcurate.curate.plane_sorting"], "sort_planes", sort)
    return calls


def test_people_read_how_well_it_went(medcurate, phantom, tmp_path):
    result = medcurate("demo", "--out", tmp_path / "demo", "--heads", 2, "--seed", 3)
    assert result.code == 0, result.err
    assert phantom == [{"heads": 2, "seed": 3}]
    lines = [line.split() for line in result.out.splitlines()]
    assert ["header", "1", "1", "0", "0"] in lines
    assert ["classifier", "1", "0", "1", "0"] in lines
    assert "Generating 2 heads" in result.err


def test_json(medcurate, phantom, tmp_path):
    summary = json.loads(medcurate("demo", "--out", tmp_path / "demo", "--json").out)
    assert summary["right_wrong_unknown"] == {"classifier": [0, 1, 0], "header": [1, 0, 0]}
    assert summary["seen"] == 4


def test_the_brains_are_made_once(medcurate, phantom, tmp_path):
    for _ in range(2):
        assert medcurate("demo", "--out", tmp_path / "demo").code == 0
    assert len(phantom) == 1
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["demo.json", "messy", "result"]


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
