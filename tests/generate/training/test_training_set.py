"""What a run keeps of its training set is enough to generate without it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.datasets_manifest import write_manifest
from medcurate.datasets_manifest.internal_use import PLAIN
from medcurate.errors import UsageError
from medcurate.generate.training.training_set import ClassCount, read_training_set, record_training_set
from tests.datasets_manifest.made_dataset import TWO, make, row, two_sources


def test_a_dataset_folder(tmp_path):
    dataset = Dataset.open(make(tmp_path / "data", two_sources(), TWO)).select(split="train")
    found = record_training_set(tmp_path / "run", dataset)
    assert found == read_training_set(tmp_path / "run")
    assert found.counts == (
        ClassCount("axial", "glioma", 2),
        ClassCount("axial", "none", 2),
        ClassCount("axial", "pituitary", 1),
    )
    assert found.images == len(dataset) == 5
    assert found.ids.decode().split() == list(dataset.ids)
    assert sorted(source.name for source in found.sources) == ["cheng", "lgg"]
    assert {source.license for source in found.sources} == {"CC-BY-4.0", "CC-BY-NC-SA-4.0"}
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    shutil.rmtree(tmp_path / "run")
    record_training_set(tmp_path / "run", dataset)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}


def test_what_was_stated_on_the_command_line_of_manifest_counts(tmp_path):
    folder = make(tmp_path / "data", [row("x", n) for n in range(4)])
    write_manifest(folder, card={"x": "ixi"})
    found = record_training_set(tmp_path / "run", Dataset.open(folder))
    assert [source.license for source in found.sources] == ["CC-BY-SA-3.0"]


def test_a_source_that_was_added_after_the_manifest_is_not_known(tmp_path):
    folder = make(tmp_path / "data", [row("x", n) for n in range(4)])
    write_manifest(folder, card={"x": "ixi"})
    make(folder, [row("x", 0), row("y", 1)])
    found = record_training_set(tmp_path / "run", Dataset.open(folder))
    assert {source.name: source.license for source in found.sources} == {"x": "CC-BY-SA-3.0", "y": None}


def test_a_plain_folder_has_one_source_of_which_nothing_is_known(tmp_path):
    for name in ("glioma", "none"):
        path = tmp_path / "plain" / "axial" / name / "a.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(encode_png(np.zeros((8, 8), np.uint8)))
    found = record_training_set(tmp_path / "run", Dataset.open(tmp_path / "plain"))
    assert [(source.name, source.license) for source in found.sources] == [(PLAIN, None)]
    assert found.counts == (ClassCount("axial", "glioma", 1), ClassCount("axial", "none", 1))
    assert found.ids == b"axial/glioma/a.png\naxial/none/a.png\n"


def test_labels_that_are_not_known_are_none(tmp_path):
    rows = [row("x", 0, tumor=None), row("x", 1, plane="unknown"), row("x", 2), row("x", 3, modality="MR")]
    found = record_training_set(tmp_path / "run", Dataset.open(make(tmp_path / "data", rows)))
    assert set(found.counts) == {
        ClassCount("axial", None, 1), ClassCount(None, "glioma", 1), ClassCount("axial", "glioma", 2),
    }  # fmt: skip
    assert found.shared == {"modality": None, "contrast": None}


def test_what_all_images_share_is_kept(tmp_path):
    rows = [row("x", n, modality="MR", contrast="T1ce") for n in range(3)]
    found = record_training_set(tmp_path / "run", Dataset.open(make(tmp_path / "data", rows)))
    assert found.shared == {"modality": "MR", "contrast": "T1ce"}


def test_a_newer_verdict_takes_the_place_of_what_the_run_keeps(tmp_path):
    folder = make(tmp_path / "data", [row("x", n) for n in range(4)])
    record_training_set(tmp_path / "run", Dataset.open(folder))
    write_manifest(folder, card={"x": "ixi"})
    assert read_training_set(tmp_path / "run").sources[0].license is None
    for verdict in (folder, folder / "verdict.json"):
        assert read_training_set(tmp_path / "run", verdict).sources[0].license == "CC-BY-SA-3.0"


def test_generated_images_as_training_set_pass_their_own_on(tmp_path):
    real = make(tmp_path / "real", [row("real", n) for n in range(4)], '[sources.real]\ncard = "kaggle-3m"\n')
    write_manifest(real)
    fake = make(tmp_path / "fake", [row("gan", n, origin="synthetic") for n in range(3)], 'derived_from = "../real"\n')
    found = record_training_set(tmp_path / "run", Dataset.open(fake))
    assert [source.license for source in found.sources] == ["CC-BY-NC-SA-4.0"]


@pytest.mark.parametrize("name", ["training_ids.txt", "training_set.json", "training_verdict.json"])
def test_a_missing_file_is_named(tmp_path, name):
    record_training_set(tmp_path / "run", Dataset.open(make(tmp_path / "data", [row("x", 1)])))
    (tmp_path / "run" / name).unlink()
    with pytest.raises(UsageError, match=r"training_(set|verdict)\.json"):
        read_training_set(tmp_path / "run")


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"cells": [{"plane": 3, "tumor": None, "images": 1}]},
        {"cells": [{"plane": None, "tumor": None, "images": 0}]},
        {"cells": [{"plane": None, "tumor": None, "images": True}]},
        {"cells": [{"plane": None}]},
        {"cells": 3},
    ],
)
def test_a_record_that_is_something_else_is_refused(tmp_path, change):
    record_training_set(tmp_path / "run", Dataset.open(make(tmp_path / "data", [row("x", 1)])))
    path = tmp_path / "run" / "training_set.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UsageError, match="copy the run again, or train anew"):
        read_training_set(tmp_path / "run")
