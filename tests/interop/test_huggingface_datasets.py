"""The library `datasets` of Hugging Face reads a dataset folder as splits of images with their classes."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.dataset.metadata import write_metadata
from medcurate.datasets_manifest.manifest.writing import write_manifest
from medcurate.generate.synthetic.generation import GenerateSettings, generate
from medcurate.pixel_hash import pixel_digest
from medcurate.run_folder import write_catalogue
from tests.generate.made_run import Sampler, made_run
from tests.interop.conftest import kept

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
ITS_NAMES = {"train": "train", "val": "validation", "test": "test"}
"""Split to what the library calls it when it finds it by the name of its folder."""


@pytest.fixture(autouse=True)
def nothing_is_fetched(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)


def load(*path, cache, **options):
    import datasets

    return datasets.load_dataset(*map(str, path), cache_dir=str(cache), **options)


def read(part) -> dict[str, str]:
    """Return ID, made of the pixels, to class of the images of a split."""
    names = part.features["label"].names
    return {pixel_digest(np.asarray(row["image"])).hex()[:16]: names[row["label"]] for row in part}


def check(found, dataset, names) -> None:
    assert set(found) == set(names.values())
    for split, name in names.items():
        expected = kept(dataset, split=split)
        assert read(found[name]) == expected
        assert found[name].num_rows == len(expected)  # no mask, and nothing that was left out


def test_the_folder_itself(dataset, tmp_path):
    has_card = (dataset / "README.md").exists()
    found = load(dataset, cache=tmp_path)
    check(found, dataset, {name: name for name in ITS_NAMES} if has_card else ITS_NAMES)


def test_as_image_folders(dataset, tmp_path):
    check(load("imagefolder", cache=tmp_path, data_dir=str(dataset)), dataset, ITS_NAMES)


def test_one_plane(dataset, tmp_path):
    found = load("imagefolder", cache=tmp_path, data_dir=str(dataset / "axial"))
    for split, name in ITS_NAMES.items():
        assert read(found[name]) == kept(dataset, split=split, plane="axial")


def test_the_table_has_the_classes_and_the_masks(dataset, tmp_path):
    table = load("csv", cache=tmp_path, data_files=str(dataset / "metadata.csv"))["train"]
    assert dict(zip(table["image_id"], table["label"], strict=True)) == kept(dataset)
    masks = [path for path in table["mask"] if path]
    assert len(masks) == 24
    assert all((dataset / path).is_file() for path in masks)


def test_splits_with_names_of_their_own_need_the_card(curated, tmp_path):
    copy = shutil.copytree(curated, tmp_path / "heads")
    rename_split(copy, "val", "hold-out")
    write_manifest(copy)
    found = load(copy, cache=tmp_path / "cache")
    assert set(found) == {"train", "test", "hold_out"}  # the library allows no hyphen
    assert read(found["hold_out"]) == kept(copy, split="hold-out")


def rename_split(dataset, before, after) -> None:
    for folder in dataset.glob(f"*/{before}"):
        folder.rename(folder.with_name(after))
    rows = Catalogue.open(dataset).to_table().to_pylist()
    for row in rows:
        row["path"] = row["path"].replace(f"/{before}/", f"/{after}/")
        row["split"] = after if row["split"] == before else row["split"]
    write_catalogue(dataset / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    write_metadata(dataset)


@pytest.mark.parametrize("way", ["folder", "imagefolder"])
def test_generated_images_are_for_training(tmp_path, way):
    out = tmp_path / "out"
    run = made_run(tmp_path / "run")
    settings = GenerateSettings(n=20, batch=7)
    generate(run, out, settings=settings, generator=Sampler(), progress=False, today=date(2026, 11, 21))
    cache = tmp_path / "cache"
    found = load(out, cache=cache) if way == "folder" else load("imagefolder", cache=cache, data_dir=str(out))
    assert set(found) == {"train"}
    assert read(found["train"]) == kept(out)
    assert Counter(kept(out).values()) == {"glioma": 12, "none": 6, "pituitary": 2}
