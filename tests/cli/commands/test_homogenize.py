"""`medcurate homogenize` turns its options into settings and tells what came out."""

from __future__ import annotations

import inspect
import json
import sys
import types
from dataclasses import dataclass, field, fields

import pytest

from medcurate.curate.filters.settings import Filters
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.errors import NothingUsable, PolicyError


@dataclass
class Stub:
    """Takes the place of `homogenize` and `preview`."""

    written: int = 5
    masks: int = 1
    rejected: int = 0
    dropped: dict = field(default_factory=lambda: {"filter:plane": 7})
    splits: dict = field(default_factory=lambda: {"test": 2, "train": 3})
    notes: tuple = ("dedupe was run",)
    wanted: int = 5
    kept: dict = field(default_factory=lambda: {"plane": {"axial": 5}})
    error: Exception | None = None
    given: dict = field(default_factory=dict)
    positional: tuple = ()

    def run(self, *positional, **given):
        self.positional, self.given = positional, given
        if self.error is not None:
            raise self.error
        return self


@pytest.fixture
def stub(monkeypatch):
    stub = Stub()
    module = types.SimpleNamespace(homogenize=stub.run, preview=stub.run)
    monkeypatch.setitem(sys.modules, "medcurate.curate.homogenization", module)
    return stub


def test_options_become_settings(medcurate, stub, folder, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("path,tumor\n")
    result = medcurate(
        *("homogenize", folder, "--out", tmp_path / "out", "--plane", "axial", "--plane", "coronal"),
        *("--tumor", "pituitary", "--max-mask-area", "0", "--size", 64, "--spacing", 1.5, "--normalize", "zscore"),
        *("--n4", "--bit-depth", 16, "--margin", 0.1, "--output", "volumes", "--slices", "middle:9"),
        *("--preset", "study-d", "--split", "train=.8,test=.2", "--folds", 5, "--seed", 3, "--keep-duplicates"),
        *("--privacy", "drop", "--card", "a=sartaj", "--card", "b=c=ixi", "--tumor-labels", labels, "--overwrite"),
        *("--workers", 2, "--timeout", 9, "--quiet"),
    )
    assert result.code == 0, result.err
    assert stub.positional == (folder, tmp_path / "out")
    settings = stub.given.pop("settings")
    assert settings == HomogenizeSettings(
        filters=Filters(plane=("axial", "coronal"), tumor=("pituitary",), max_mask_area=0.0),
        size=64,
        spacing_mm=1.5,
        normalize="zscore",
        n4=True,
        bit_depth=16,
        margin=0.1,
        output="volumes",
        slices="middle:9",
        preset="study-d",
        split={"train": 0.8, "test": 0.2},
        folds=5,
        seed=3,
        keep_duplicates=True,
        privacy="drop",
        cards={"a": "sartaj", "b=c": "ixi"},
        tumor_labels=labels,
    )
    assert stub.given == {"overwrite": True, "workers": 2, "dask": None, "timeout_s": 9.0, "progress": False}


def test_defaults_are_those_of_the_settings(medcurate, stub, folder, tmp_path):
    medcurate("homogenize", folder, "--out", tmp_path / "out")
    assert stub.given["settings"] == HomogenizeSettings()
    from medcurate.curate.defaults import JOB_TIMEOUT_S

    assert stub.given["timeout_s"] == JOB_TIMEOUT_S


def test_every_setting_has_an_option():
    from medcurate.cli.commands.homogenize import homogenize

    options = set(inspect.signature(homogenize).parameters)
    names = {item.name for item in fields(HomogenizeSettings)} | {item.name for item in fields(Filters)}
    assert names - options == {"filters"}


def test_json_has_the_keys_of_the_contract(medcurate, stub, folder, tmp_path):
    summary = json.loads(medcurate("homogenize", folder, "--out", tmp_path / "out", "--json").out)
    assert summary["written"] == 5
    assert summary["dropped"] == {"filter:plane": 7}
    assert summary["splits"] == {"test": 2, "train": 3}
    assert summary["out"] == str(tmp_path / "out")


def test_people_read_counts_reasons_and_what_comes_next(medcurate, stub, folder, tmp_path):
    text = " ".join(medcurate("homogenize", folder, "--out", tmp_path / "out").out.split())
    assert "5 images and volumes written, 1 masks" in text
    assert "2 test, 3 train" in text
    assert "7 filter:plane" in text
    assert "dedupe was run" in text
    assert "medcurate manifest" in text


def test_a_dry_run_only_looks(medcurate, stub, folder, tmp_path):
    result = medcurate("homogenize", folder, "--out", tmp_path / "out", "--dry-run", "--json")
    assert json.loads(result.out)["to_read"] == 5
    assert stub.positional == (folder, HomogenizeSettings())
    assert not (tmp_path / "out").exists()
    text = medcurate("homogenize", folder, "--out", tmp_path / "out", "--dry-run").out
    assert "5 axial" in text


@pytest.mark.parametrize(
    ("error", "code"), [(NothingUsable("No image is left."), 4), (PolicyError("stopped by --privacy block"), 5)]
)
def test_errors_have_their_exit_codes(medcurate, stub, folder, tmp_path, error, code):
    stub.error = error
    result = medcurate("homogenize", folder, "--out", tmp_path / "out", "--json")
    assert result.code == code
    assert json.loads(result.out)["exit_code"] == code


def test_strict_makes_rejects_3(medcurate, stub, folder, tmp_path):
    stub.rejected = 2
    assert medcurate("homogenize", folder, "--out", tmp_path / "out", "--quiet").code == 0
    assert medcurate("homogenize", folder, "--out", tmp_path / "out", "--quiet", "--strict").code == 3


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--split", "train", "NAME=SHARE"),
        ("--split", "a=.5,a=.5", "twice"),
        ("--split", "a=much", "NAME=SHARE"),
        ("--card", "sartaj", "SOURCE=NAME"),
        ("--slices", "30", "every:N"),
        ("--folds", "1", "2 or more"),
        ("--plane", "oblique", "axial"),
        ("--size", "-1", "size"),
    ],
)
def test_impossible_values_are_2_and_say_what_is_expected(medcurate, stub, folder, tmp_path, option, value, told):
    result = medcurate("homogenize", folder, "--out", tmp_path / "out", option, value)
    assert result.code == 2
    assert told in result.err
    assert stub.given == {}


def test_a_config_file_may_list_several(medcurate, stub, folder, tmp_path):
    config = tmp_path / "curate.toml"
    config.write_text('[homogenize]\nplane = ["axial", "coronal"]\nsize = 64\n')
    result = medcurate("homogenize", folder, "--out", tmp_path / "out", "--config", config, "--quiet")
    assert result.code == 0, result.err
    assert stub.given["settings"].filters.plane == ("axial", "coronal")
    assert stub.given["settings"].size == 64
