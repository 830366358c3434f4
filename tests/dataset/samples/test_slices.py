"""Slices and stacked contrasts become columns, their masks with them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.contrast_stacks import stack_contrasts
from medcurate.dataset.files import encode_png
from medcurate.dataset.samples import ColumnChoice, Storage, read_slices, read_stacks
from medcurate.dataset.samples.choice import region_channels
from medcurate.errors import NothingUsable, UsageError
from medcurate.pictures import fit
from tests.dataset.samples.sample_folders import Folder

REGIONS = {"whole": None, "core": (2,)}


@pytest.fixture
def places(tmp_path, rng):
    """Write T1, T2 and FLAIR of 6 places of 3 patients; T1 of every second place has a mask."""
    made = Folder(tmp_path / "places")
    for patient in range(3):
        for place in range(2):
            for name in ("T1", "T2", "FLAIR"):
                labels = rng.integers(0, 3, (8, 8)).astype(np.uint8) if name == "T1" and place else None
                about = {
                    "patient_group": f"p{patient}",
                    "position": place / 2,
                    "tumor": ("glioma", "none")[patient % 2],
                }
                pixels = rng.integers(0, 255, (8, 8), dtype=np.uint8)
                made.slice(f"{patient}{place}{name}", pixels, labels, contrast=name, mask_area=patient / 4, **about)
    return made.open()


def image(dataset, name):
    return dataset.image(dataset.ids.index(name))


def test_every_image_as_it_is(places):
    found = read_slices(places, ColumnChoice(condition=("tumor",)), size=8)
    assert found.columns["target"].shape == (18, 8, 8, 1)
    assert set(found.columns) == {"target", "labels", "labels_present"}
    assert found.ids == places.ids
    assert found.members[3] == (places.ids[3],)
    assert found.groups[0] == "p0"
    for row in (0, 11, 17):
        np.testing.assert_array_equal(found.columns["target"][row, ..., 0], places.image(row))
        own = places.rows["tumor"][row].as_py()
        assert found.columns["labels"][row].tolist() == [float(own == name) for name in ("glioma", "none")]


def test_target_and_source_are_the_contrasts_that_are_named(places):
    choice = ColumnChoice(target=("FLAIR", "T1"), source=("T2",), attributes=("mask_area",))
    found = read_slices(places, choice, size=8)
    assert found.columns["target"].shape == (6, 8, 8, 2)
    assert found.columns["source"].shape == (6, 8, 8, 1)
    for row, members in enumerate(found.members):
        flair, t1, t2 = members
        assert (flair[2:], t1[2:], t2[2:]) == ("FLAIR", "T1", "T2")
        assert flair[:2] == t1[:2] == t2[:2]
        np.testing.assert_array_equal(found.columns["target"][row, ..., 0], image(places, flair))
        np.testing.assert_array_equal(found.columns["target"][row, ..., 1], image(places, t1))
        np.testing.assert_array_equal(found.columns["source"][row, ..., 0], image(places, t2))
        assert found.columns["attributes"][row].tolist() == [int(t1[0]) / 4]


def test_what_is_drawn_from_has_no_target_and_names_its_images(places):
    found = read_slices(places, ColumnChoice(target=None, source=("T2",)), size=8)
    assert "target" not in found.columns
    assert found.members == tuple((f"{p}{k}T2",) for p in range(3) for k in range(2))


def test_a_label_map_is_a_source(places):
    choice = ColumnChoice(target=("T1",), source=("mask",), regions=REGIONS)
    found = read_slices(places, choice, size=8)
    assert len(found) == 3  # the other three places have no mask
    for row, (name,) in enumerate(found.members):
        labels = places.mask(places.ids.index(name))
        expected = region_channels(labels, REGIONS)
        np.testing.assert_array_equal(found.columns["source"][row], expected)
        np.testing.assert_array_equal(found.columns["mask"][row], expected)
    alone = read_slices(places, ColumnChoice(target=None, source=("mask",), regions=REGIONS), size=8)
    assert alone.members == tuple((f"mask-{name}",) for (name,) in found.members)


def test_a_mask_moves_with_its_image(tmp_path):
    made = Folder(tmp_path / "wide")
    y, x = np.mgrid[:12, :20]
    pixels = ((y > 3) & (x > 10)).astype(np.uint8)
    made.slice("one", pixels * 200, pixels)
    for size in (8, (16, 10), (5, 30)):
        found = read_slices(made.open(), ColumnChoice(regions={"tumor": None}), size=size)
        high, wide = (size, size) if isinstance(size, int) else size
        target, mask = found.columns["target"], found.columns["mask"]
        assert target.shape == (1, high, wide, 1)
        assert mask.shape == (1, high, wide, 1)
        assert np.mean((target > 100) == (mask > 0)) > 0.94
        np.testing.assert_array_equal(target[0, ..., 0], fit(pixels * 200, size, pad=True))


def test_images_without_a_mask_have_empty_regions(places):
    found = read_slices(places, ColumnChoice(regions=REGIONS), size=8)
    filled = [places.ids[row] for row in np.flatnonzero(found.columns["mask"].any(axis=(1, 2, 3)))]
    assert filled == [f"{patient}1T1" for patient in range(3)]


def test_columns_that_outgrow_memory_lie_on_the_disk(places, tmp_path):
    choice = ColumnChoice(target=("T1",), source=("T2",), regions=REGIONS)
    kept = read_slices(places, choice, size=8, storage=Storage(tmp_path / "x", limit=100))
    assert isinstance(kept.columns["target"], np.memmap)
    assert (tmp_path / "x" / "target.raw").stat().st_size == 6 * 8 * 8
    assert kept.digest == read_slices(places, choice, size=8).digest


def test_the_digest_tells_other_data(places):
    digest = read_slices(places, size=8).digest
    assert read_slices(places, size=8).digest == digest
    assert read_slices(places, size=4).digest != digest
    assert read_slices(places, ColumnChoice(condition=("tumor",)), size=8).digest != digest
    assert read_slices(places.select(tumor="none"), size=8).digest != digest


def test_sixteen_bits_stay_unless_eight_are_asked_for(tmp_path, rng):
    (tmp_path / "a").mkdir()
    for name in "01":
        (tmp_path / "a" / f"{name}.png").write_bytes(encode_png(rng.integers(0, 65536, (32, 32), dtype=np.uint16)))
    dataset = Dataset.open(tmp_path)
    whole, high = read_slices(dataset, size=32), read_slices(dataset, size=32, bits=8)
    assert whole.columns["target"].dtype == np.uint16
    np.testing.assert_array_equal(high.columns["target"], whole.columns["target"] >> 8)


def test_a_condition_needs_two_values(places):
    with pytest.raises(UsageError, match="two tumors or more, received none"):
        read_slices(places.select(tumor="none"), ColumnChoice(condition=("tumor",)), size=8)


def test_no_image_is_nothing_usable(places):
    empty = Dataset(places.folder, places.rows.slice(0, 0), places.volume_rows, places.masked, places.classes_of)
    with pytest.raises(NothingUsable):
        read_slices(empty, size=8)


def test_a_source_without_any_mask_is_refused(places):
    plain = Dataset(places.folder, places.rows, places.volume_rows, places.masked.slice(0, 0), places.classes_of)
    with pytest.raises(UsageError, match="has a mask"):
        read_slices(plain, ColumnChoice(target=("T1",), source=("mask",), regions=REGIONS), size=8)


def test_stacks_of_other_contrasts_are_refused(places):
    with pytest.raises(UsageError, match="expected stacks of T1"):
        read_stacks(stack_contrasts(places, ("T2",)), ColumnChoice(target=("T1",)), size=8)


def test_many_batches_are_read_in_order(tmp_path):
    made = Folder(tmp_path)
    for number in range(300):
        made.slice(f"{number:03}", np.full((2, 2), number % 256, np.uint8))
    found = read_slices(made.open(), size=2)
    assert found.columns["target"][:, 0, 0, 0].tolist() == [number % 256 for number in range(300)]
    assert pa.array(found.ids).to_pylist() == [f"{number:03}" for number in range(300)]
