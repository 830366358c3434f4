"""``medcurate generate``: options to settings, summary, exit codes; the generator is a stand-in."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.catalogue import Catalogue
from medcurate.dataset.files import encode_png
from medcurate.generate.drawing.generator import Generator
from tests.dataset.samples.sample_folders import Folder
from tests.generate.made_run import Sampler, made_run, training_rows
from tests.generate.synthetic.source_runs import Negative, reading, source_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(Generator, "load", classmethod(lambda cls, folder, weights: Sampler()))
    return made_run(tmp_path / "run")


def test_people_read_what_was_drawn_and_what_comes_next(medcurate, run, tmp_path):
    result = medcurate("generate", run, "--n", 10, "--out", tmp_path / "out")
    assert result.code == 0, result.err
    assert "10 synthetic images" in result.out
    assert "6 axial/glioma, 3 axial/none, 1 axial/pituitary" in result.out
    assert "share, as its training set" in result.out
    assert f"medcurate manifest {tmp_path / 'out'}" in result.out


def test_json(medcurate, run, tmp_path):
    result = medcurate("generate", run, "--n", 6, "--out", tmp_path / "out", "--json", "--balanced")
    summary = json.loads(result.out)
    assert (summary["written"], summary["repeated"]) == (6, 0)
    assert summary["classes"] == {"axial/glioma": 2, "axial/none": 2, "axial/pituitary": 2}
    assert summary["out"] == str(tmp_path / "out")
    assert (summary["weights"], summary["why"]) == ("last", "the run keeps no others")
    assert result.err == ""


def test_quiet_says_nothing(medcurate, run, tmp_path):
    result = medcurate("generate", run, "--n", 2, "--out", tmp_path / "out", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_one_class_and_another_seed(medcurate, run, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        options = ("--class", "tumor=none", "--seed", seed, "--batch", 2)
        assert medcurate("generate", run, "--n", 3, "--out", tmp_path / name, *options).code == 0
    tables = [Catalogue.open(tmp_path / name).to_table(["tumor", "image_id"]).to_pydict() for name in "ab"]
    assert tables[0]["tumor"] == ["none"] * 3
    assert not set(tables[0]["image_id"]) & set(tables[1]["image_id"])


def test_dry_run_writes_nothing(medcurate, run, tmp_path):
    result = medcurate("generate", run, "--n", 10, "--out", tmp_path / "out", "--dry-run")
    assert "6 axial/glioma" in result.out
    assert "weights" in result.out
    told = json.loads(medcurate("generate", run, "--n", 10, "--out", tmp_path / "out", "--dry-run", "--json").out)
    assert told["classes"] == {"axial/glioma": 6, "axial/none": 3, "axial/pituitary": 1}
    assert told["dry_run"] is True
    assert not (tmp_path / "out").exists()


def test_weights_that_the_run_does_not_keep_are_2(medcurate, run, tmp_path):
    result = medcurate("generate", run, "--n", 4, "--out", tmp_path / "out", "--weights", "best")
    assert result.code == 2
    assert "keeps its last weights alone" in result.err
    assert medcurate("generate", run, "--n", 4, "--out", tmp_path / "out", "--weights", "last", "--quiet").code == 0


def test_options_from_a_file(medcurate, run, tmp_path):
    file = tmp_path / "medcurate.toml"
    file.write_text('[generate]\nn = 4\nclass = ["tumor=glioma"]\nquiet = true\n')
    assert medcurate("generate", run, "--out", tmp_path / "out", "--config", file).code == 0
    assert Catalogue.open(tmp_path / "out").counts("tumor") == {"glioma": 4}


def test_overwrite(medcurate, run, tmp_path):
    assert medcurate("generate", run, "--n", 4, "--out", tmp_path / "out").code == 0
    refused = medcurate("generate", run, "--n", 4, "--out", tmp_path / "out", "--seed", 1)
    assert refused.code == 2
    assert "seed: 0 before, 1 now" in refused.err
    assert medcurate("generate", run, "--n", 4, "--out", tmp_path / "out", "--seed", 1, "--overwrite").code == 0


def test_images_are_drawn_from_a_split_of_a_dataset(medcurate, tmp_path, monkeypatch, rng):
    made = Folder(tmp_path / "data")
    for number in range(4):
        for name in ("T1", "T2"):
            about = {"position": 0.5, "patient_group": f"p{number}", "split": ("train", "test")[number // 3]}
            made.slice(f"{number}{name}", rng.integers(0, 255, (8, 8), dtype=np.uint8), contrast=name, **about)
    run = source_run(tmp_path / "run", made.open(), reading(target=("T1",), source=("T2",)))
    monkeypatch.setattr(Generator, "load", classmethod(lambda cls, folder, weights: Negative()))
    options = ("--n", 2, "--out", tmp_path / "out", "--from", tmp_path / "data", "--split", "test")
    planned = json.loads(medcurate("generate", run, *options, "--dry-run", "--json").out)
    assert planned["classes"] == {"axial/glioma": 2}
    result = medcurate("generate", run, *options)
    assert result.code == 0, result.err
    rows = Catalogue.open(tmp_path / "out").to_table(["derived_from"]).column(0).to_pylist()
    assert rows == [["3T2"], ["3T2"]]
    lone = medcurate("generate", run, "--n", 1, "--out", tmp_path / "other")
    assert lone.code == 2
    assert "--from DATASET" in lone.err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--attribute", "area"], "--attribute: expected NAME=NUMBER such as mask_area=0.05, received 'area'"),
        (["--attribute", "area=wide"], "--attribute area: expected a number, received 'wide'"),
        (["--attribute", "area=1"], "--attribute area: expected one of none"),
        (["--split", "test"], "--split: it names a split of --from DATASET"),
        (["--class", "glioma"], "--class: expected COLUMN=VALUE such as tumor=glioma, received 'glioma'"),
        (["--class", "tumor="], "--class: expected COLUMN=VALUE"),
        (["--class", "tumor=none", "--class", "tumor=glioma"], "--class: tumor is there twice"),
        (["--class", "tumor=other"], "expected glioma or none or pituitary"),
        (["--n", "0"], "Invalid value for '--n'"),
    ],
)
def test_wrong_usage_is_2(medcurate, run, tmp_path, options, text):
    result = medcurate("generate", run, "--n", 4, "--out", tmp_path / "out", *options)
    assert result.code == 2
    assert text in result.err
    assert not (tmp_path / "out").exists()


def test_no_run_is_2_and_says_how_to_make_one(medcurate, tmp_path):
    (tmp_path / "empty").mkdir()
    result = medcurate("generate", tmp_path / "empty", "--n", 4, "--out", tmp_path / "out")
    assert result.code == 2
    assert "medcurate train-gan DATASET" in result.err


def test_terms_that_ended_are_5(medcurate, tmp_path):
    terms = '[sources.x]\nlicense = "LicenseRef-a"\naccess_expires = 2020-01-01\n'
    run = made_run(tmp_path / "run", sources=terms, rows=training_rows({"glioma": 2}), classes={})
    result = medcurate("generate", run, "--n", 4, "--out", tmp_path / "out")
    assert result.code == 5
    assert "access expired on 2020-01-01" in result.err


def test_a_folder_of_something_else_is_6(medcurate, run, tmp_path):
    assert medcurate("generate", run, "--n", 4, "--out", run).code == 6


def test_a_mosaic_says_what_it_is_and_is_told_where_its_dataset_went(medcurate, tmp_path, rng):
    for number in range(8):
        place = tmp_path / "heads" / "glioma"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(encode_png(rng.integers(0, 256, (32, 32), np.uint8)))
    small = ("--set", "references=2", "--set", "levels=2", "--size", 32)
    told = medcurate("train-gan", tmp_path / "heads", "--model", "mosaic", "--out", tmp_path / "run", *small)
    assert told.code == 0, told.err
    assert "Nothing was trained" in told.out
    assert "not anonymous" in told.out
    (tmp_path / "heads").rename(tmp_path / "moved")
    draw = ("generate", tmp_path / "run", "--n", 2, "--out", tmp_path / "out")
    gone = medcurate(*draw)
    assert gone.code == 2
    assert "--dataset FOLDER" in gone.err
    found = medcurate(*draw, "--dataset", tmp_path / "moved")
    assert found.code == 0, found.err
    assert "2 synthetic images" in found.out
    assert "not anonymous" in found.out
