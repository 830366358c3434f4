"""Images wait until their split is known, and are found wherever a stopped run has left them."""

from __future__ import annotations

import hashlib
import os

import pytest

from medcurate.curate.homogenizing.staging import is_whole, put_in_place, staged_image, staged_mask

WAITING, FINAL = "axial/glioma/a1.png", "axial/train/glioma/a1.png"
LINE = {"kind": "image", "path": WAITING, "image_id": "a1", "file_sha256": hashlib.sha256(b"pixels").hexdigest()}
ROW = {"kind": "image", "path": FINAL, "image_id": "a1", "mask_of": None}


def put(path, content=b"pixels"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_an_image_that_waits_is_moved(tmp_path):
    waiting = put(staged_image(tmp_path, WAITING))
    assert is_whole(tmp_path, LINE)
    put_in_place(tmp_path, ROW)
    assert (tmp_path / FINAL).read_bytes() == b"pixels"
    assert not waiting.exists()
    assert is_whole(tmp_path, LINE)
    put_in_place(tmp_path, ROW)  # a second time there is nothing to do
    assert (tmp_path / FINAL).read_bytes() == b"pixels"


@pytest.mark.parametrize("links", [True, False])
def test_one_of_another_split_stays_until_the_catalogue_is_written(tmp_path, monkeypatch, links):
    def refuse(*paths):
        raise OSError(95, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    before = put(tmp_path / "axial" / "test" / "glioma" / "a1.png")
    put_in_place(tmp_path, ROW)
    assert before.read_bytes() == (tmp_path / FINAL).read_bytes() == b"pixels"


def test_a_new_image_comes_before_an_old_one(tmp_path):
    put(tmp_path / FINAL, b"damaged")
    put(staged_image(tmp_path, WAITING))
    put_in_place(tmp_path, ROW)
    assert (tmp_path / FINAL).read_bytes() == b"pixels"


@pytest.mark.parametrize("damaged", [FINAL, "axial/test/glioma/a1.png"])
def test_what_is_damaged_anywhere_is_not_whole(tmp_path, damaged):
    put(tmp_path / FINAL)
    put(tmp_path / damaged, b"damaged")
    assert not is_whole(tmp_path, LINE)


def test_what_is_nowhere_is_not_whole(tmp_path):
    assert not is_whole(tmp_path, LINE)
    assert not is_whole(tmp_path, {**LINE, "kind": "volume", "path": "volumes/p1/T1.nii.gz"})
    assert not is_whole(tmp_path, {**LINE, "kind": "mask", "mask_of": "a1"})


def test_a_mask_and_a_numbered_image_are_copied(tmp_path):
    put(staged_mask(tmp_path, "m1"), b"labels")
    put(tmp_path / FINAL)
    put_in_place(tmp_path, {"kind": "mask", "path": "masks/axial/glioma/a1.png", "image_id": "m1", "mask_of": "a1"})
    put_in_place(tmp_path, {**ROW, "path": "axial/train/glioma/a1-2.png"})
    assert (tmp_path / "masks/axial/glioma/a1.png").read_bytes() == b"labels"
    assert (tmp_path / "axial/train/glioma/a1-2.png").read_bytes() == b"pixels"
