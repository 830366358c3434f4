"""`medcurate dedupe` hands its options on and prints what came out."""

from __future__ import annotations

import inspect
import json
import sys
import types
from dataclasses import dataclass, field

import pytest

from medcurate.curate import defaults
from medcurate.curate.deduplication import dedupe


@dataclass
class Result:
    images: int = 10
    exact: int = 2
    near: int = 3
    kept: int = 5
    clusters: int = 4
    label_conflicts: int = 1
    held: int = 2
    leaks: int = 1
    groups: int = 6
    notes: tuple[str, ...] = ("look [here]",)
    given: dict = field(default_factory=dict)

    def __call__(self, folder, **given):
        self.given = {"folder": folder, **given}
        return self


@pytest.fixture
def stub(monkeypatch):
    stub = Result()
    monkeypatch.setitem(sys.modules, "medcurate.curate.deduplication", types.SimpleNamespace(dedupe=stub))
    return stub


def test_options_reach_the_function(medcurate, stub, folder, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("path,tumor\n")
    result = medcurate(
        *("dedupe", folder, "--keep", "least-compressed", "--conflicts", "keep", "--exact-only", "--undo"),
        *("--workers", 2, "--timeout", 3, "--dask", "tcp://127.0.0.1:8786", "--quiet"),
        *("--tumor-labels", labels),
    )
    assert (result.code, result.out) == (0, ""), result.err
    assert stub.given == {
        "folder": folder,
        "keep": "least-compressed",
        "conflicts": "keep",
        "exact_only": True,
        "tumor_labels": labels,
        "undo": True,
        "workers": 2,
        "dask": "tcp://127.0.0.1:8786",
        "timeout_s": 3.0,
        "progress": False,
    }


def test_the_function_takes_what_the_command_gives(medcurate, stub, folder):
    medcurate("dedupe", folder)
    given = dict(stub.given)
    assert (given.pop("keep"), given.pop("conflicts")) == (defaults.KEEP, defaults.CONFLICTS)
    known = inspect.signature(dedupe).parameters
    assert set(given) <= set(known)
    assert (known["keep"].default, known["conflicts"].default) == (defaults.KEEP, defaults.CONFLICTS)
    assert known["timeout_s"].default == given["timeout_s"]


def test_json_has_the_public_keys(medcurate, stub, folder):
    summary = json.loads(medcurate("dedupe", folder, "--json").out)
    assert summary == {
        "images": 10,
        "exact": 2,
        "near": 3,
        "kept": 5,
        "clusters": 4,
        "label_conflicts": 1,
        "held": 2,
        "leaks": 1,
        "groups": 6,
        "undone": False,
        "notes": ["look [here]"],
        "out": str(folder),
    }


def test_people_read_counts_places_and_the_next_step(medcurate, stub, folder):
    text = medcurate("dedupe", folder).out
    assert "10 images = 2 equal copies + 3 changed copies + 5 different ones" in text
    for shown in ("4 images have copies", "all 2 copies of them dropped", "1 images are in", "look [here]", "--undo"):
        assert shown in text
    assert "were removed" in medcurate("dedupe", folder, "--undo").out


def test_a_dry_run_counts_and_writes_nothing(medcurate, tmp_path, monkeypatch):
    from tests.curate.test_scanning import image, png

    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(tmp_path / "salt"))
    for name in ("a", "b"):
        png(tmp_path / "in" / f"{name}.png", image(1))
    png(tmp_path / "in/c.png", image(2))
    assert medcurate("scan", tmp_path / "in", "--out", tmp_path / "out", "--workers", 0, "--quiet").code == 0
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*"))
    summary = json.loads(medcurate("dedupe", tmp_path / "out", "--dry-run", "--json").out)
    assert summary == {"dry_run": True, "images": 3, "exact": 1, "out": str(tmp_path / "out")}
    text = medcurate("dedupe", tmp_path / "out", "--dry-run").out
    assert "3 images and volumes; 1 have the same pixels as another one" in text
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*")) == before


def test_a_folder_without_a_catalogue_is_wrong_usage(medcurate, tmp_path):
    result = medcurate("dedupe", tmp_path, "--json")
    assert result.code == 2
    assert json.loads(result.out)["error"] == "UsageError"
    assert "no catalogue" in result.err
    assert list(tmp_path.iterdir()) == []


def test_help_has_an_example(medcurate):
    text = medcurate("dedupe", "--help").out
    assert "medcurate dedupe sorted --undo" in text
