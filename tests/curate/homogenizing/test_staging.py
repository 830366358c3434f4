"""Files wait in a private folder until their split is known, and are found wherever a stopped run has left them."""

from __future__ import annotations

import hashlib
import os

import pytest

from medcurate.curate.homogenizing.catalogue_rows import COLUMNS, CatalogueRow
from medcurate.curate.homogenizing.records import ImageRecord
from medcurate.curate.homogenizing.staging import is_whole, put_in_place, staged_image, staged_mask

ID = "0123456789abcdef"
UNSPLIT = f"axial/glioma/{ID}.png"
SUM = hashlib.sha256(b"pixels").hexdigest()


def put(path, content: bytes = b"pixels") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def row(kind: str, path: str, mask_of: str | None = None) -> CatalogueRow:
    return CatalogueRow(
        at=0, **(dict.fromkeys(COLUMNS) | {"image_id": ID, "kind": kind, "path": path, "mask_of": mask_of})
    )


def image() -> ImageRecord:
    return ImageRecord(row=0, status="kept", kind="image", path=UNSPLIT, image_id=ID, file_sha256=SUM)


def test_an_image_is_whole_where_it_waits_and_in_its_place(tmp_path):
    assert not is_whole(tmp_path, image())
    put(staged_image(tmp_path, UNSPLIT))
    assert is_whole(tmp_path, image())
    put_in_place(tmp_path, row("image", f"axial/train/glioma/{ID}.png"))
    assert is_whole(tmp_path, image())
    assert not staged_image(tmp_path, UNSPLIT).exists()
    put(tmp_path / f"axial/train/glioma/{ID}.png", b"damaged")
    assert not is_whole(tmp_path, image())


def test_an_image_whose_split_has_changed_is_not_made_again(tmp_path):
    put(staged_image(tmp_path, UNSPLIT))
    for split in ("train", "test"):
        put_in_place(tmp_path, row("image", f"axial/{split}/glioma/{ID}.png"))
        assert (tmp_path / f"axial/{split}/glioma/{ID}.png").read_bytes() == b"pixels"


def test_masks_wait_under_their_own_identity(tmp_path):
    record = ImageRecord(
        row=0, status="kept", kind="mask", mask_of="a", image_id=ID, path="masks/x.png", file_sha256=SUM
    )
    assert not is_whole(tmp_path, record)
    put(staged_mask(tmp_path, ID))
    assert is_whole(tmp_path, record)
    put_in_place(tmp_path, row("mask", "masks/axial/glioma/b.png", mask_of="a"))
    assert (tmp_path / "masks/axial/glioma/b.png").read_bytes() == b"pixels"


def test_a_numbered_copy_has_the_content_of_the_first(tmp_path):
    put(tmp_path / f"axial/train/glioma/{ID}.png")
    put_in_place(tmp_path, row("image", f"axial/train/glioma/{ID}-2.png"))
    assert (tmp_path / f"axial/train/glioma/{ID}-2.png").read_bytes() == b"pixels"


@pytest.mark.parametrize("there", [True, False])
def test_volumes_lie_in_their_place_at_once(tmp_path, there):
    record = ImageRecord(row=0, status="kept", kind="volume", path="volumes/p/T1.nii.gz", image_id=ID, file_sha256=SUM)
    if there:
        put(tmp_path / "volumes/p/T1.nii.gz")
    assert is_whole(tmp_path, record) == there


@pytest.mark.parametrize("links", [True, False])
def test_one_of_another_split_stays_until_the_catalogue_is_written(tmp_path, monkeypatch, links):
    def refuse(*paths):
        raise OSError(95, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    before, after = (tmp_path / f"axial/{split}/glioma/{ID}.png" for split in ("test", "train"))
    put(before)
    put_in_place(tmp_path, row("image", f"axial/train/glioma/{ID}.png"))
    assert before.read_bytes() == after.read_bytes() == b"pixels"


def test_a_new_image_comes_before_an_old_one(tmp_path):
    put(tmp_path / f"axial/train/glioma/{ID}.png", b"damaged")
    put(staged_image(tmp_path, UNSPLIT))
    put_in_place(tmp_path, row("image", f"axial/train/glioma/{ID}.png"))
    assert (tmp_path / f"axial/train/glioma/{ID}.png").read_bytes() == b"pixels"


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_file_that_is_damaged_in_any_split_is_not_whole(tmp_path, split):
    put(tmp_path / f"axial/train/glioma/{ID}.png")
    put(tmp_path / f"axial/{split}/glioma/{ID}.png", b"damaged")
    assert not is_whole(tmp_path, image())
