"""Both sides are opened, with held-out images that no training may see."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.dataset.files import encode_png
from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import CANNOT_TELL, LARGEST_SIZE, TRAINING_IDS, open_sides, read_training_ids
from tests.evaluate.evaluation_samples import catalogued, plain

SPLIT = {"train/a": 3, "val/a": 2, "test/a": 4}


def test_train_and_val_may_be_trained_with_and_test_is_held_out(tmp_path):
    real, made = plain(tmp_path / "real", SPLIT), plain(tmp_path / "made", {"a": 6}, seed=1)
    sides = open_sides(real, made, seed=7)
    assert (len(sides.train), len(sides.test), len(sides.synthetic)) == (5, 4, 6)
    assert (sides.size, sides.seed, sides.generator_ids) == (16, 7, None)
    assert sides.notes == ("held out: the split test",)


@pytest.mark.parametrize(("real", "made", "size"), [(32, 16, 16), (16, 24, 16), (300, 200, LARGEST_SIZE)])
def test_the_size_is_that_of_the_smaller_side_within_a_limit(tmp_path, real, made, size):
    folders = plain(tmp_path / "r", {"a": 2}, size=real), plain(tmp_path / "m", {"a": 2}, size=made)
    assert open_sides(*folders).size == size
    assert open_sides(*folders, size=20).size == 20


def test_a_size_that_shows_nothing_is_refused(tmp_path):
    folders = plain(tmp_path / "r", {"a": 2}), plain(tmp_path / "m", {"a": 2})
    with pytest.raises(UsageError, match="size: expected 8 pixels or more, received 4"):
        open_sides(*folders, size=4)


def test_what_the_generator_was_trained_on_is_read_from_its_images(tmp_path):
    made = plain(tmp_path / "made", {"a": 2})
    assert read_training_ids(made) is None
    (made / TRAINING_IDS).write_text("00ff\n\n00fe\n")
    assert read_training_ids(made) == {"00ff", "00fe"}
    (made / TRAINING_IDS).write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="expected one image_id a line"):
        read_training_ids(made)


def test_sides_given_the_wrong_way_round_are_found_out(tmp_path):
    rows = [{"image_id": f"{number:016x}", "origin": "synthetic"} for number in range(3)]
    real, made = plain(tmp_path / "real", SPLIT), catalogued(tmp_path / "made", rows)
    with pytest.raises(UsageError, match="holds only generated images: REAL comes first"):
        open_sides(made, real)


def test_generated_images_among_the_real_ones_are_not_taken_for_real(tmp_path):
    rows = [
        {"image_id": f"{number:016x}", "origin": "synthetic" if number % 2 else "real", "split": "test"}
        for number in range(6)
    ]
    sides = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"a": 2}))
    assert len(sides.test) == 3


def test_a_side_that_is_no_dataset_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty is not a dataset"):
        open_sides(plain(tmp_path / "real", SPLIT), tmp_path / "empty")


def test_a_generator_whose_images_are_named_otherwise_is_noted(tmp_path):
    real, made = plain(tmp_path / "real", SPLIT), plain(tmp_path / "made", {"a": 6}, seed=1)
    (made / TRAINING_IDS).write_text("00ff00ff00ff00ff\n")
    assert open_sides(real, made).notes[-1] == CANNOT_TELL
    (made / TRAINING_IDS).write_text("train/a/0.png\n")
    assert CANNOT_TELL not in open_sides(real, made).notes


def test_what_is_done_to_other_shapes_and_ranges_is_said(tmp_path):
    real, made = plain(tmp_path / "real", SPLIT), plain(tmp_path / "made", {"a": 6}, size=24, seed=1)
    for number, path in enumerate(sorted(real.rglob("*.png"))):
        path.write_bytes(encode_png(np.full((16, 12), 3000 + number, np.uint16)))
    sides = open_sides(real, made, size=16)
    *_, gray, shape = sides.notes
    assert gray.startswith("REAL: source folder: 9 images of 16 bits use the gray values up to 3,008 of 65,535;")
    assert shape.startswith("REAL: 9 of 9 images have another aspect ratio than 16 x 16 (most often 16 x 12)")
    assert next(sides.test.batches(1)).images.max() > 3000 * 15
    (made / "generated.json").write_text(json.dumps({"training": {"gray_bits": {"folder": 11}}}))
    assert next(open_sides(real, made, size=16).test.batches(1)).images.max() == 65535
