"""What was generated is known by number and by pixels, survives damage, and forgets other versions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from medcurate.errors import OutputError
from medcurate.generate.synthetic.drawn_images import FILE, Drawn, DrawnImages


def image(number: int, image_id: str, content: bytes = b"x") -> Drawn:
    digest = hashlib.sha256(content).hexdigest()
    return Drawn(number, image_id, f"axial/{image_id}.png", digest, 0, 8, 9)


def write(dataset: Path, *images: Drawn, content: bytes = b"x") -> None:
    for one in images:
        (dataset / one.path).parent.mkdir(exist_ok=True)
        (dataset / one.path).write_bytes(content)


@pytest.fixture
def filled(tmp_path):
    images = [image(0, "aa"), image(1, "bb"), image(2, "aa"), image(4, "cc")]
    write(tmp_path, *images)
    drawn = DrawnImages(tmp_path, "1")
    drawn.put(images)
    drawn.close()
    return tmp_path


def opened(dataset: Path, version: str = "1") -> DrawnImages:
    return DrawnImages(dataset, version)


def test_rows_come_by_number_with_the_first_of_equal_pixels(filled):
    found = [(one.number, first.number, reason) for one, first, reason in opened(filled).rows(9)]
    assert found == [(0, 0, None), (1, 1, None), (2, 0, None), (4, 4, None)]
    assert [one.number for one, _, _ in opened(filled).rows(2)] == [0, 1]
    assert next(opened(filled).rows(1))[0] == image(0, "aa")


def test_missing_are_numbers_without_an_image_or_with_a_file_that_is_not_whole(filled):
    assert opened(filled).missing(5) == [(3, 4)]
    assert opened(filled).missing(7) == [(3, 4), (5, 7)]
    (filled / "axial/bb.png").write_bytes(b"torn")
    (filled / "axial/cc.png").unlink()
    assert opened(filled).missing(5) == [(1, 2), (3, 5)]
    (filled / "axial/aa.png").unlink()  # number 2 has no file of its own
    assert opened(filled).missing(5) == [(0, 2), (3, 5)]


def test_the_first_of_equal_images_has_the_file(filled):
    drawn = opened(filled)
    assert [drawn.makes_file("aa", number) for number in (0, 1, 2)] == [True, False, False]
    assert drawn.makes_file("dd", 7)
    assert [drawn.has_file(f"axial/{name}.png", 4) for name in ("aa", "bb", "cc", "dd")] == [True, True, False, False]
    assert not drawn.has_file("coronal/aa.png", 4)


def test_removed_images_have_no_file_and_are_not_missing(filled):
    opened(filled).remove([("bb", "COPY_OF_TRAINING"), ("zz", "COPY_OF_TRAINING")])
    drawn = opened(filled)
    (filled / "axial/bb.png").unlink()
    assert not drawn.makes_file("bb", 1)
    assert not drawn.has_file("axial/bb.png", 9)
    assert drawn.missing(3) == []
    assert [reason for _, _, reason in drawn.rows(3)] == [None, "COPY_OF_TRAINING", None]


def test_an_image_that_comes_out_otherwise_takes_the_place_of_the_old_one(filled):
    drawn = opened(filled)
    drawn.put([image(0, "ee")])
    assert [first.number for _, first, _ in drawn.rows(3)] == [0, 1, 2]
    assert (drawn.makes_file("aa", 2), drawn.has_file("axial/aa.png", 3)) == (True, True)
    assert [one.id for one, _, _ in opened(filled).rows(3)] == ["ee", "bb", "aa"]


def test_another_version_begins_anew(filled):
    assert opened(filled, "2").missing(3) == [(0, 3)]
    assert opened(filled, "1").missing(3) == [(0, 3)]


def test_f14_damage_costs_the_damaged_images(filled):
    path = filled / ".medcurate" / FILE
    whole = path.read_bytes()
    for content, missing in (
        (whole[:-1], [(3, 5)]),
        (whole.replace(b'"bb"', b'"bx"'), [(1, 2), (3, 4)]),
        (b"no journal" * 99, [(0, 5)]),
    ):
        path.write_bytes(content)
        assert opened(filled).missing(5) == missing


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / ".medcurate").write_text("a file")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        DrawnImages(tmp_path, "1")
