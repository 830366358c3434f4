"""``croissant.json`` is loaded and read by mlcroissant."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medcurate.dataset.layout import mask_path
from medcurate.datasets_manifest.manifest.writing import write_manifest
from tests.dataset.older_layout import as_older_layout
from tests.datasets_manifest.made_dataset import TWO, make, row, two_sources

# What mlcroissant itself imports and calls.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = make(tmp_path_factory.mktemp("croissant"), two_sources(), TWO)
    write_manifest(made)
    return made


def load(folder):
    import mlcroissant

    return mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))


def text(value):
    if value is None or value != value:  # an empty cell is not a number
        return None
    return value.decode() if isinstance(value, bytes) else value


def test_it_is_valid_and_of_version_1_1(folder):
    dataset = load(folder)
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.ctx.is_v1_1()
    again = dataset.metadata.to_json()
    assert again["conformsTo"][0] == "http://mlcommons.org/croissant/1.1"
    assert dataset.metadata.name == "Images from brain tumor dataset, LGG MRI Segmentation (kaggle_3m)"


def test_its_context_is_the_official_one(folder):
    from mlcroissant._src.core.context import Context
    from mlcroissant._src.core.rdf import make_context

    ours = json.loads((folder / "croissant.json").read_text())["@context"]
    official = make_context(Context(conforms_to="http://mlcommons.org/croissant/1.1"))
    assert official.items() <= {**ours}.items()
    assert set(ours) - set(official) == {"prov"}


def test_records_of_images_have_pixels_label_and_split(folder):
    records = list(load(folder).records("images"))
    kept = {str(one["path"]): one for one in two_sources() if one["status"] == "kept" and one["kind"] == "image"}
    assert {text(record["images/path"]) for record in records} == set(kept)
    for record in records:
        expected = kept[text(record["images/path"])]
        assert record["images/image"].size == (16, 16)
        for name in ("tumor", "split", "source", "plane", "image_id"):
            assert text(record[f"images/{name}"]) == expected[name]
        mask = mask_path(str(expected["path"]))
        assert text(record["images/mask"]) == (mask if (folder / mask).exists() else None)


def test_a_folder_of_the_older_layout_has_the_same_images(folder, tmp_path):
    older = as_older_layout(shutil.copytree(folder, tmp_path / "older"))
    write_manifest(older, overwrite=True)
    now, before = (list(load(place).records("images")) for place in (folder, older))
    assert sorted(text(record["images/image_id"]) for record in now) == sorted(
        text(record["images/image_id"]) for record in before
    )
    assert all(text(record["images/path"]).startswith("images/axial/") for record in before)


def test_records_of_rows_are_the_whole_catalogue(folder):
    records = list(load(folder).records("rows"))
    assert len(records) == 16
    assert sum(text(record["rows/status"]) == "dropped" for record in records) == 2
    assert [text(record["splits/name"]) for record in load(folder).records("splits")] == ["test", "train", "val"]


def test_the_checksum_is_that_of_the_catalogue(folder):
    file = json.loads((folder / "croissant.json").read_text())["distribution"][0]
    content = (folder / "catalogue.parquet").read_bytes()
    assert (file["sha256"], file["contentSize"]) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B")


def test_a_changed_catalogue_is_noticed(folder, tmp_path):
    made = shutil.copytree(folder, tmp_path / "copy")
    told = json.loads((made / "croissant.json").read_text())
    assert told["distribution"][0]["sha256"] in (made / "verdict.json").read_text()


def test_each_source_has_its_license_and_provenance(folder):
    told = json.loads((folder / "croissant.json").read_text())
    assert [work["license"] for work in told["isBasedOn"]] == [
        ["https://creativecommons.org/licenses/by/4.0/"],
        ["https://creativecommons.org/licenses/by-nc-sa/4.0/"],
    ]
    assert told["license"] == ["https://creativecommons.org/licenses/by-nc-sa/4.0/"]
    cheng, lgg = told["prov:wasDerivedFrom"]
    assert cheng["prov:value"].startswith("9 images")
    assert "resized to 16 pixels" in cheng["prov:wasGeneratedBy"]["prov:label"]
    assert lgg["prov:atLocation"].startswith("https://")


def test_several_licenses_where_all_of_them_apply(tmp_path):
    table = '[sources.a]\ncard = "figshare-1512427"\n[sources.b]\ncard = "ucsf-pdgm"\n[sources.c]\ncard = "sartaj"\n'
    make(tmp_path, [row(name, 1) for name in "abc"], table)
    write_manifest(tmp_path)
    licenses = load(tmp_path).metadata.license
    assert sorted(licenses) == [
        "LicenseRef-TCIA-Data-Usage-Policy",
        "https://creativecommons.org/licenses/by/4.0/",
        "https://spdx.org/licenses/MIT.html",
    ]


def test_the_fields_for_responsible_ai_are_read(folder):
    metadata = load(folder).metadata
    assert any(line.startswith("cheng: selected: 8 images") for line in metadata.data_preprocessing_protocol)
    assert any("a model may learn the source instead of the class" in bias for bias in metadata.data_biases)
    assert any("no patient ID" in limit for limit in metadata.data_limitations)
    assert any("pseudonyms" in line for line in metadata.personal_sensitive_information)
    assert metadata.data_collection.startswith("cheng: brain tumor dataset. sites: Nanfang")


@pytest.mark.parametrize("kind", ["parts", "volumes", "no split"])
def test_other_shapes_are_valid(tmp_path, kind):
    rows = two_sources()
    if kind == "volumes":
        rows = [row("cheng", 1, kind="volume", format="nifti", path="volumes/g1/T1.nii.gz"), row("lgg", 1)]
    if kind == "no split":
        rows = [{**one, "split": None} for one in rows]
    make(tmp_path, rows, TWO, part_rows=6 if kind == "parts" else None)
    write_manifest(tmp_path)
    dataset = load(tmp_path)
    names = [record_set.name for record_set in dataset.metadata.record_sets]
    parts = ["rows-0", "rows-1", "rows-2"] if kind == "parts" else ["rows"]
    assert names == ["splits", *parts, "images"]
    assert sum(len(list(dataset.records(name))) for name in names if name.startswith("rows")) == len(rows)


@given(title=st.text(min_size=1, max_size=30), words=st.text(max_size=30))
@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
def test_any_text_stays_valid(folder, title, words):
    info = folder.parent / "info.toml"
    info.write_text(
        f"[dataset]\ntitle = {toml(title)}\ndescription = {toml(words)}\n"
        f"[sources.cheng]\nlicense = 'CC-BY-4.0'\ntitle = {toml(words)}\ncreator = {toml(title)}\nurl = 'https://x.org'\n"
    )
    write_manifest(folder, source_info=info, overwrite=True)
    assert not load(folder).metadata.ctx.issues.errors


def toml(text):
    return '"' + "".join(f"\\U{ord(sign):08x}" for sign in text if not "\ud800" <= sign <= "\udfff") + '"'
