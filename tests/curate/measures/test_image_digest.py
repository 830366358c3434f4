from __future__ import annotations

import cv2
import nibabel
import numpy as np
import pytest

from medcurate.curate.measures import image_digest
from medcurate.curate.measures.image_digest import FILE, VOLUME, digest_images, digest_pixels, sharpness
from medcurate.curate.scanning import scan
from medcurate.errors import Code
from medcurate.parallel import Workers
from medcurate.run_folder import PRIVATE
from tests.curate.drawn_heads import drawn_head


@pytest.fixture
def pictures(tmp_path, rng):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        cv2.imwrite(str(folder / f"{number}.png"), drawn_head(rng, 120))
    cv2.imwrite(str(folder / "again.png"), cv2.imread(str(folder / "3.png"), 0))
    return folder


@pytest.fixture
def scanned(pictures, tmp_path):
    scan([pictures], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def journal(out):
    return out / PRIVATE / FILE


def content(digests):
    numbers = np.arange(len(digests))
    arrays = [digests.hashes("windows", numbers), digests.hashes("turned", numbers), digests.thumbnails(numbers)]
    return [digests.records.tobytes(), *(array.tobytes() for array in arrays)]


def test_each_image_has_one_digest_by_its_id(scanned):
    digests = digest_images(scanned, Workers(0, progress=False))
    assert len(digests) == 5
    assert (np.diff(digests.records["image_id"].astype(object)) > 0).all()
    assert digests.records["usable"].all()
    assert digests.failed == ()


def test_unchanged_catalogue_is_not_read_again(scanned, pictures):
    first = digest_images(scanned, Workers(0, progress=False))
    before = journal(scanned).stat().st_mtime_ns
    for path in pictures.iterdir():
        path.unlink()
    again = digest_images(scanned, Workers(0, progress=False))
    assert content(again) == content(first)
    assert journal(scanned).stat().st_mtime_ns == before


def test_digests_do_not_depend_on_workers_or_on_parts(scanned, monkeypatch):
    first = content(digest_images(scanned, Workers(2, progress=False)))
    journal(scanned).unlink()
    monkeypatch.setattr(image_digest, "PART", 2)
    assert content(digest_images(scanned, Workers(0, progress=False))) == first


def test_stopped_run_goes_on_with_what_is_missing(scanned, monkeypatch):
    monkeypatch.setattr(image_digest, "PART", 2)
    expected = content(digest_images(scanned, Workers(0, progress=False)))
    whole = journal(scanned).read_bytes()
    read = []
    digest_file = image_digest.digest_file
    monkeypatch.setattr(
        image_digest, "digest_file", lambda file, *more: read.append(len(file.rows)) or digest_file(file, *more)
    )
    for cut in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        read.clear()
        journal(scanned).write_bytes(whole[:cut])
        assert content(digest_images(scanned, Workers(0, progress=False))) == expected
        assert sum(read) == {0: 5, 1: 5, 100: 5, len(whole) // 2: 3, len(whole) - 1: 1}[cut]


def test_faults_f14_damage_is_found_and_the_image_digested_again(scanned):
    expected = content(digest_images(scanned, Workers(0, progress=False)))
    whole = journal(scanned).read_bytes()
    for place in range(50, len(whole), len(whole) // 12):
        journal(scanned).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert content(digest_images(scanned, Workers(0, progress=False))) == expected


def test_vanished_file_is_told(scanned, pictures):
    (pictures / "1.png").unlink()
    digests = digest_images(scanned, Workers(0, progress=False))
    assert len(digests) == 4
    assert [code for _, code in digests.failed] == [Code.VANISHED]


def test_volume_is_digested_alike_from_either_end(tmp_path, rng):
    folder = tmp_path / "volumes"
    folder.mkdir()
    values = np.stack([drawn_head(rng, 90) for _ in range(6)], axis=2).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), folder / "one.nii.gz")
    nibabel.save(nibabel.Nifti1Image(values[:, :, ::-1] * 3, np.eye(4)), folder / "two.nii.gz")
    scan([folder], tmp_path / "out", workers=0, progress=False)
    digests = digest_images(tmp_path / "out", Workers(0, progress=False))
    assert digests.records["kind"].tolist() == [VOLUME, VOLUME]
    one, two = digests.thumbnails(np.arange(2)).astype(int)
    assert np.abs(one - two).max() <= 1


def test_masks_and_blank_images_have_none(tmp_path, rng):
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "head.png"), drawn_head(rng, 100))
    cv2.imwrite(str(folder / "flat.png"), np.full((80, 80), 9, np.uint8))
    scan([folder], tmp_path / "out", workers=0, progress=False)
    assert len(digest_images(tmp_path / "out", Workers(0, progress=False))) == 1


def test_nearly_blank_slices_are_not_usable(rng):
    speck = np.zeros((128, 128), np.uint8)
    speck[60:68, 60:70] = 200
    gradient = np.tile(np.arange(128, dtype=np.uint8), (128, 1))
    assert [bool(digest_pixels(pixels).record["usable"][0]) for pixels in (speck, gradient)] == [False, False]
    assert digest_pixels(drawn_head(rng)).record["usable"][0]


def test_sharpness_falls_when_blurred(rng):
    head = drawn_head(rng)
    assert sharpness(head) > 2 * sharpness(cv2.GaussianBlur(head, (0, 0), 2))
    assert sharpness(head) == pytest.approx(sharpness(head.astype(np.float32) * 7 + 100), rel=1e-4)
    assert sharpness(np.full((9, 9), 4, np.uint8)) == 0
