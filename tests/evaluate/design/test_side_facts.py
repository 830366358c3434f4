"""What a report tells of the data: counts, license and a digest that no change escapes."""

from __future__ import annotations

import json
import shutil

import pytest

from medcurate.evaluate.design.side_facts import digest_of, facts_of
from medcurate.evaluate.design.sides import TRAINING_IDS, open_sides
from tests.evaluate.evaluation_samples import catalogued, plain

ROWS = [
    {
        "image_id": f"{n:016x}",
        "tumor": "glioma" if n % 2 else None,
        "split": ("train", "test")[n % 3 == 0],
        "license": "CC-BY-4.0",
    }
    for n in range(9)
]


@pytest.fixture
def folders(tmp_path):
    return catalogued(tmp_path / "real", ROWS), plain(tmp_path / "made", {"glioma": 4, "none": 2})


def test_both_sides_are_counted(folders):
    real, made = facts_of(open_sides(*folders), *folders)
    assert (real["name"], real["kind"], real["train"], real["held_out"]) == ("real", "dataset folder", 6, 3)
    assert real["held_out_classes"] == {"glioma": 1, "unlabeled": 2}
    assert (made["name"], made["kind"], made["images"]) == ("made", "plain folder", 6)
    assert made["classes"] == {"glioma": 4, "none": 2}
    assert (made["generator"], made["generator_images"], made["saw_held_out"]) == (None, None, None)


def test_a_license_is_the_verdict_or_else_what_the_catalogue_states(folders):
    real, made = facts_of(open_sides(*folders), *folders)
    assert real["license"] == {"outcome": None, "license": "CC-BY-4.0", "from": "catalogue"}
    assert made["license"] == {"outcome": None, "license": None, "from": None}
    (folders[1] / "verdict.json").write_text(json.dumps({"outcome": "local", "license": None}))
    made = facts_of(open_sides(*folders), *folders)[1]
    assert made["license"] == {"outcome": "local", "license": None, "from": "verdict.json"}


def test_a_generator_is_told_of(folders):
    (folders[1] / "generated.json").write_text(json.dumps({"model": "dcgan", "seed": 3}))
    (folders[1] / TRAINING_IDS).write_text("ff\nfe\n")
    made = facts_of(open_sides(*folders), *folders)[1]
    assert (made["generator"], made["generator_images"]) == ({"model": "dcgan", "seed": 3}, 2)
    assert made["saw_held_out"] is False


def add(folder):
    shutil.copy(folder / "glioma/0.png", folder / "glioma/new.png")


def relabel(folder):
    (folder / "glioma/0.png").rename(folder / "none/0b.png")


def repaint(folder):
    (folder / "glioma/0.png").write_bytes((folder / "glioma/1.png").read_bytes())


def retrain(folder):
    (folder / TRAINING_IDS).write_text("ff\n")


@pytest.mark.parametrize("change", [add, relabel, repaint, retrain])
def test_a_change_of_a_plain_folder_changes_its_digest(folders, change):
    before = digest_of(folders[1])
    assert digest_of(folders[1]) == before
    change(folders[1])
    assert digest_of(folders[1]) != before


@pytest.mark.parametrize("more", [{"tumor": "none"}, {"split": "val"}, {"patient_group": "p1"}, {"image_id": "f" * 16}])
def test_a_change_of_a_row_changes_the_digest_of_a_dataset_folder(tmp_path, more):
    one, other = catalogued(tmp_path / "a", ROWS), catalogued(tmp_path / "b", [{**ROWS[0], **more}, *ROWS[1:]])
    assert digest_of(one) != digest_of(other)


def test_where_a_folder_lies_does_not_matter(tmp_path):
    one = plain(tmp_path / "one/made", {"glioma": 2})
    shutil.copytree(one, tmp_path / "two/made")
    assert digest_of(one) == digest_of(tmp_path / "two/made")
