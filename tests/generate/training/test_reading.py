"""How examples are read is written into a run, and sources to draw from are read alike."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.dataset.gray_range import UsedRange, range_sentences
from medcurate.dataset.samples import ColumnChoice
from medcurate.errors import UsageError
from medcurate.generate.training.reading import Reading, read_examples
from tests.dataset.samples.sample_folders import Folder, with_volumes

REGIONS = {"whole": None, "core": (1, 4)}


@pytest.mark.parametrize(
    "reading",
    [
        Reading(spatial=(8, 6), choice=ColumnChoice(target=("T1",), source=("T2", "mask"), regions=REGIONS)),
        Reading(kind="volumes", spatial=(4, 5, 6), choice=ColumnChoice(attributes=("mask_area",))),
        Reading(kind="patches", spatial=(4, 5, 6)),
    ],
)
def test_it_survives_a_store_of_json(reading):
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


@pytest.mark.parametrize(
    ("kind", "spatial"), [("slices", (1, 2, 3)), ("volumes", (1, 2)), ("movies", (1, 2, 3)), ("slices", (0, 4))]
)
def test_kinds_have_their_number_of_sides(kind, spatial):
    with pytest.raises(UsageError, match="expected slices of 2 lengths, or volumes or patches of 3"):
        Reading(kind=kind, spatial=spatial)


@pytest.mark.parametrize("kind", ["volumes", "patches"])
def test_sources_are_those_of_the_examples(tmp_path, rng, kind):
    dataset = with_volumes(tmp_path, rng)
    choice = ColumnChoice(target=("T1",), source=("T2", "mask"), regions=REGIONS, attributes=("mask_area",))
    reading = Reading(kind=kind, spatial=(8, 8, 8), choice=choice)
    examples, sources = read_examples(dataset, reading), read_examples(dataset, reading.for_sources())
    for name in ("source", "affine", "mask"):
        np.testing.assert_array_equal(examples.samples.columns[name], sources.samples.columns[name])
    assert "target" not in sources.samples.columns
    assert sources.samples.ids == tuple(f"p{k}-{name}" for k in range(3) for name in ("T2", "mask"))
    assert set(examples.labels) == {(None, "glioma")}
    assert examples.rows.num_rows == 6
    assert set(examples.rows.column("kind").to_pylist()) == {"volume"}


def test_slices_of_a_stack_are_all_rows_that_were_read(tmp_path, rng):
    made = Folder(tmp_path)
    for place in range(3):
        for name in ("T1", "T2"):
            about = {"patient_group": "p", "position": place / 2, "tumor": "none", "contrast": name}
            made.slice(f"{place}{name}", rng.integers(0, 9, (4, 6), dtype=np.uint8), **about)
    made.slice("lone", np.zeros((4, 6), np.uint8), contrast="T1", position=0.9, patient_group="p")
    found = read_examples(made.open(), Reading(spatial=(4, 6), choice=ColumnChoice(target=("T1",), source=("T2",))))
    assert found.rows.column("image_id").to_pylist() == [f"{k}{name}" for k in range(3) for name in ("T1", "T2")]
    assert found.labels == (("axial", "none"),) * 3
    assert found.samples.columns["target"].shape == (3, 4, 6, 1)
    assert len(found.notes) == 1


def deep(place, rng, top):
    """Write 16-bit images of which a value is `top` times a number below 4,096 of the same random numbers."""
    (place / "none").mkdir(parents=True)
    for number in range(4):
        pixels = rng.integers(0, 4096, (8, 10))
        pixels[0, 0] = 4095
        stored = np.rint(pixels * (top / 4095)).astype(np.uint16)
        (place / "none" / f"{number}.png").write_bytes(encode_png(stored))
    return Dataset.open(place)


def test_images_of_12_bits_in_16_are_read_as_those_of_the_full_range(tmp_path):
    reading = Reading(spatial=(8, 8))
    wide, narrow = (
        read_examples(deep(tmp_path / str(top), np.random.default_rng(2), top), reading) for top in (65535, 4095)
    )
    np.testing.assert_array_equal(narrow.samples.columns["target"], wide.samples.columns["target"])
    assert (narrow.reading.gray_bits, wide.reading.gray_bits) == ({"folder": 12}, {"folder": 16})
    assert "padded with black" in wide.notes[0]
    assert narrow.notes[1:] == range_sentences({"folder": UsedRange(4, 4095)})
    assert Reading.from_dict(json.loads(json.dumps(narrow.reading.to_dict()))).gray_bits == {"folder": 12}


def test_sources_to_draw_from_are_read_with_the_range_of_the_training(tmp_path):
    dark = deep(tmp_path, np.random.default_rng(2), 1000)
    found = read_examples(dark, Reading(spatial=(8, 10), gray_bits={"folder": 12, "elsewhere": 9}))
    assert found.reading.gray_bits == {"folder": 12}
    assert found.samples.columns["target"].max() == round(1000 * 65535 / 4095)
