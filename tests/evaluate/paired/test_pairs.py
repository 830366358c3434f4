from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.errors import UsageError
from medcurate.evaluate.paired.pairs import ImagePair, find_pairs
from tests.evaluate.paired.pair_samples import write_images, write_volumes

PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def sides(tmp_path, real, synthetic):
    return [
        Dataset.open(write_images(tmp_path / name, dict.fromkeys(paths, PIXELS)))
        for name, paths in (("real", real), ("synthetic", synthetic))
    ]


def named(found, real, synthetic):
    ours, theirs = (side.rows.column("path").to_pylist() for side in (real, synthetic))
    return {(ours[pair.real], theirs[pair.synthetic]) for pair in found.images}


def test_the_same_path_comes_before_the_same_name(tmp_path):
    real, synthetic = sides(tmp_path, ["a/1.png", "b/1.png", "b/2.png"], ["a/1.png", "b/1.png", "c/2.png"])
    found = find_pairs(real, synthetic)
    assert found.rule == "same path"
    assert named(found, real, synthetic) == {("a/1.png", "a/1.png"), ("b/1.png", "b/1.png")}


def test_a_suffix_does_not_matter(tmp_path):
    real, _ = sides(tmp_path, ["a/1.png"], ["a/1.png"])
    (tmp_path / "synthetic/a/1.png").rename(tmp_path / "synthetic/a/1.tif")
    assert len(find_pairs(real, Dataset.open(tmp_path / "synthetic"))) == 1


def test_a_name_that_occurs_twice_pairs_with_nothing(tmp_path):
    real, synthetic = sides(tmp_path, ["a/1.png", "a/2.png"], ["x/1.png", "y/1.png", "x/2.png"])
    found = find_pairs(real, synthetic)
    assert found.rule == "same file name"
    assert named(found, real, synthetic) == {("a/2.png", "x/2.png")}


def test_no_pair_at_all(tmp_path):
    assert len(find_pairs(*sides(tmp_path, ["a/1.png"], ["a/2.png"]))) == 0


def test_the_list_of_the_user_decides(tmp_path):
    real, synthetic = sides(tmp_path, ["a/1.png", "a/2.png"], ["a/1.png", "a/2.png"])
    (tmp_path / "pairs.csv").write_text("synthetic,real,remark\na/2.png, a/1.png,x\n", encoding="utf-8-sig")
    found = find_pairs(real, synthetic, tmp_path / "pairs.csv")
    assert found.rule == "list of the user"
    assert found.images == (ImagePair(0, 1, None),)


def test_listed_images_that_are_not_held_out_are_counted(tmp_path):
    real, synthetic = sides(tmp_path, ["test/a/1.png", "train/a/2.png"], ["1.png", "2.png"])
    (tmp_path / "pairs.csv").write_text("real,synthetic\ntest/a/1.png,1.png\ntrain/a/2.png,2.png\n")
    held_out, rest = real.select(split="test"), real.select(split="train")
    found = find_pairs(held_out, synthetic, tmp_path / "pairs.csv", not_held_out=rest)
    assert (len(found), found.passed_over) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("real,synthetic\n", "a row a pair"),
        ("a,b\n1,2\n", "columns real and synthetic"),
        ("real,synthetic\na/9.png,a/1.png\n", "line 2: there is no real image 'a/9.png'"),
        ("real,synthetic\na/1.png,a/1.png\na/2.png,a/9.png\n", "line 3: there is no synthetic image 'a/9.png'"),
        ("real,synthetic\na/1.png,a/1.png\na/1.png,a/2.png\n", "'a/1.png' stands in several"),
    ],
)
def test_what_is_wrong_with_a_list_is_said(tmp_path, text, message):
    real, synthetic = sides(tmp_path, ["a/1.png", "a/2.png"], ["a/1.png", "a/2.png"])
    (tmp_path / "pairs.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        find_pairs(real, synthetic, tmp_path / "pairs.csv")


def test_a_list_that_is_not_there(tmp_path):
    real, synthetic = sides(tmp_path, ["a/1.png"], ["a/1.png"])
    with pytest.raises(UsageError, match="cannot be read as CSV"):
        find_pairs(real, synthetic, tmp_path / "none.csv")


def test_volumes_pair_by_path_and_bring_the_mask_of_the_real_one(tmp_path):
    voxels = np.ones((4, 4, 4), np.float32)
    paths = ("volumes/p/T1.nii.gz", "volumes/p/mask.nii.gz", "volumes/q/T1.nii.gz")
    real = write_volumes(tmp_path / "real", dict.fromkeys(paths, voxels))
    synthetic = write_volumes(tmp_path / "synthetic", {"volumes/p/T1.nii.gz": voxels})
    (found,) = find_pairs(Dataset.open(real), Dataset.open(synthetic)).volumes
    assert (found.real, found.mask) == (real / "volumes/p/T1.nii.gz", real / "volumes/p/mask.nii.gz")
    assert (found.synthetic, found.group) == (synthetic / "volumes/p/T1.nii.gz", "p")


def test_a_picture_does_not_pair_with_a_volume(tmp_path):
    voxels = np.ones((4, 4, 4), np.float32)
    real = Dataset.open(write_images(tmp_path / "real", {"a/1.png": PIXELS}))
    synthetic = Dataset.open(write_volumes(tmp_path / "synthetic", {"volumes/p/T1.nii.gz": voxels}))
    (tmp_path / "pairs.csv").write_text("real,synthetic\na/1.png,volumes/p/T1.nii.gz\n")
    with pytest.raises(UsageError, match="a picture for a picture"):
        find_pairs(real, synthetic, tmp_path / "pairs.csv")
