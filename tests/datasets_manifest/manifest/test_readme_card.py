"""``README.md`` is read by huggingface_hub, and says what the data say."""

from __future__ import annotations

import re

import pytest
from huggingface_hub import DatasetCard

from medcurate.datasets_manifest.manifest.writing import write_manifest
from tests.dataset.older_layout import as_older_layout
from tests.datasets_manifest.made_dataset import CHENG, TWO, dropped, make, row, two_sources

NASTY = 'A "title": with\n---\n# signs | <b>*_`[x](javascript:1)\\ \u2028 é 🧠 \t- - !!python/object'
KNOWN_TASKS = {"image-classification", "image-segmentation", "unconditional-image-generation"}


def card(folder, **given):
    write_manifest(folder, **given)
    return DatasetCard.load(folder / "README.md")


def test_the_front_matter_is_what_hubs_read(tmp_path):
    made = card(make(tmp_path, two_sources(), TWO))
    data = made.data.to_dict()
    assert data["license"] == "cc-by-nc-sa-4.0"
    assert data["task_categories"] == ["image-segmentation", "image-classification", "unconditional-image-generation"]
    assert set(data["task_categories"]) <= KNOWN_TASKS
    assert data["size_categories"] == ["n<1K"]
    assert data["source_datasets"] == ["extended|figshare-1512427", "extended|kaggle-3m"]
    files = [{"split": name, "path": f"*/{name}/*/*.png"} for name in ("train", "val", "test")]
    assert data["configs"] == [{"config_name": "images", "drop_labels": False, "data_files": files}]


@pytest.mark.parametrize("kind", ["older layout", "volumes"])
def test_without_image_folders_the_hub_shows_the_catalogue(tmp_path, kind):
    rows = two_sources()
    if kind == "volumes":
        rows = [row("cheng", 1, kind="volume", format="nifti", path="volumes/g1/T1.nii.gz")]
    folder = make(tmp_path, rows, TWO)
    if kind == "older layout":
        as_older_layout(folder)
    made = card(folder)
    files = [{"split": "rows", "path": "catalogue.parquet"}]
    assert made.data.to_dict()["configs"] == [{"config_name": "catalogue", "data_files": files}]
    assert ("`images/PLANE/TUMOR/ID.png`" in made.text) == (kind == "older layout")


@pytest.mark.parametrize(
    ("table", "license_", "name"),
    [
        (CHENG, "cc-by-4.0", None),
        (CHENG + '\n[sources.x]\ncard = "ucsf-pdgm"\n', "other", "cc-by-4.0-and-licenseref-tcia-data-usage-policy"),
        (CHENG + '\n[sources.x]\ncard = "oasis"\n', "other", "not-for-sharing-recipe"),
        (CHENG, "other", "not-for-sharing-local"),
    ],
)
def test_licenses_that_hubs_do_not_know_have_a_name_and_a_link(tmp_path, table, license_, name):
    rows = [row("cheng", 1), row("x", 1)] if name else [row("cheng", 1)]
    data = card(make(tmp_path, rows, table)).data.to_dict()
    assert (data["license"], data.get("license_name")) == (license_, name)
    assert data.get("license_link") == ("LICENSES.md" if name else None)


def test_the_counts_are_those_of_the_catalogue(tmp_path):
    page = card(make(tmp_path, two_sources(), TWO)).text
    table = dict(re.findall(r"^\| (\w+ \| \w+ \| \w+) \| (.*) \|$", page, re.MULTILINE))
    assert table["glioma | cheng | axial"] == "1 | 2 | 1 | 4"
    assert table["none | lgg | axial"] == "1 | 2 | 2 | 5"
    assert "| **all** |  |  | 3 | 5 | 5 | 13 |" in page
    assert "16 rows of the catalogue = 14 kept (1 of them masks) + 2 dropped." in page
    assert "Dropped: DUPLICATE 1, filter:plane 1." in page


def test_biases_come_from_the_counts(tmp_path):
    page = card(make(tmp_path, two_sources(), TWO)).text
    assert "All images of none come from lgg: a model may learn the source instead of the class." in page
    assert "There are 5 images of none and 4 of glioma." in page
    even = [row(name, n, tumor=("glioma", "none")[n % 2]) for name in ("cheng", "lgg") for n in range(4)]
    assert "come from" not in card(make(tmp_path / "even", even, TWO)).text


def test_flags_of_privacy_are_told(tmp_path):
    rows = [row("cheng", 1, notes="FACE"), row("cheng", 2, notes="FACE BURNED_IN"), dropped("cheng", 3, notes="FACE")]
    page = card(make(tmp_path, rows, CHENG)).text
    assert "2 images show a face" in page
    assert "1 images may show text" in page


def test_any_text_stays_text(tmp_path):
    info = tmp_path / "info.toml"
    quoted = '"' + "".join(f"\\U{ord(sign):08x}" for sign in NASTY) + '"'
    info.write_text(f"[dataset]\ntitle = {quoted}\n[sources.cheng]\ncard = 'figshare-1512427'\ntitle = {quoted}\n")
    made = card(make(tmp_path / "data", [row("cheng", 1)], CHENG), source_info=info)
    assert made.data.to_dict()["pretty_name"] == " ".join(NASTY.split())
    body = made.text
    assert "](javascript" not in body.replace("\\]", "")
    assert "<b>" not in re.sub(r"\\<", "", body)
    assert body.count("\n# ") == 1
    assert "\n---" not in body
