"""Folders beside the cards that they should match."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import medcurate.datasets_manifest.downloads.checks as module
from medcurate.catalogue import table as catalogue
from medcurate.datasets_manifest.cards.card import load
from medcurate.datasets_manifest.cards.card_parts import Count, Download
from medcurate.datasets_manifest.cards.folder_counts import Tally
from medcurate.datasets_manifest.downloads.checks import check
from medcurate.errors import NothingUsable, UsageError
from medcurate.run_folder import write_catalogue


def fill(folder: Path, counts: Mapping[str, int], suffix: str = ".jpg", *, start: int = 0) -> None:
    """Put so many files, each with other bytes, into each folder."""
    for name, count in counts.items():
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            (place / f"{number}{suffix}").write_text(f"{name} {start + number}")


def small(name: str = "sartaj", **changes):
    """Give a card with counts that a test can afford."""
    parts = {"glioma_tumor": 4, "no_tumor": 3}
    by_class = Count("a", "class", "images", 7, "seen", "high", parts, files=True)
    by_split = Count("a", "split", "images", 7, "seen", "high", {"Training": 5, "Testing": 2}, files=True)
    later = Count("b", "class", "images", 9, "seen", "high", {"glioma_tumor": 5, "no_tumor": 4}, files=True)
    return replace(load(name), **{"expected": (by_class, by_split, later), **changes})


GOOD = {
    "Training/glioma_tumor": 3,
    "Training/no_tumor": 2,
    "Testing/glioma_tumor": 1,
    "Testing/no_tumor": 1,
}


def test_a_whole_dataset_matches_and_its_version_is_named(tmp_path):
    fill(tmp_path, GOOD)
    report = check(small(), tmp_path, show=False)
    assert report.matches
    assert report.versions == ("a",)
    assert (report.files, report.images, report.nearest) == (7, 7, None)


def test_folders_above_and_the_case_of_names_do_not_matter(tmp_path):
    fill(tmp_path / "archive" / "v1", {name.upper(): count for name, count in GOOD.items()})
    assert check(small(), tmp_path, show=False).versions == ("a",)


def test_folders_named_by_tumor_type_match_a_card_that_spells_them_otherwise(tmp_path):
    card = replace(
        small(), label_map={"glioma_tumor": "glioma", "glioma": "glioma", "no_tumor": "none", "normal": "none"}
    )
    fill(tmp_path, {"Training/glioma": 3, "Training/normal": 2, "Testing/glioma": 1, "Testing/normal": 1})
    assert check(card, tmp_path, show=False).versions == ("a",)


def test_litter_and_hidden_files_do_not_count(tmp_path):
    fill(tmp_path, GOOD)
    for name in (".DS_Store", "Training/Thumbs.db", "__MACOSX/x.jpg", ".cache/x.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("litter")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "Training/no_tumor/0.jpg")
    assert check(small(), tmp_path, show=False).files == 7


def test_a_missing_image_is_found_and_the_nearest_version_named(tmp_path):
    fill(tmp_path, GOOD)
    (tmp_path / "Testing/no_tumor/0.jpg").unlink()
    report = check(small(), tmp_path, show=False)
    assert report.matches is False
    assert report.nearest.version == "a"
    assert report.comparisons[0].parts["no_tumor"] == (3, 2)


def test_the_right_total_with_wrong_parts_is_no_match(tmp_path):
    fill(tmp_path, {**GOOD, "Training/glioma_tumor": 4, "Training/no_tumor": 1})
    assert check(small(), tmp_path, show=False).matches is False


def test_another_version_is_recognized(tmp_path):
    fill(tmp_path, {"glioma_tumor": 5, "no_tumor": 4})
    assert check(small(), tmp_path, show=False).versions == ("b",)


def test_nested_copies_are_named(tmp_path):
    fill(tmp_path, GOOD)
    fill(tmp_path / "nested" / "deeper", {"train": 3})
    report = check(small(), tmp_path, show=False)
    assert report.matches is False
    assert report.nested == ("nested",)


@pytest.fixture
def pretend(monkeypatch):
    """Make a folder seem to hold so many images, without writing them."""

    def images(counts: Mapping[str, int]) -> None:
        tally = Tally(Counter({(folder, None): count for folder, count in counts.items()}), Counter(counts))
        monkeypatch.setattr(module, "tally", lambda _: tally)

    return images


def test_br35h_as_published_and_as_it_is_downloaded_now(tmp_path, pretend):
    card, published = load("br35h"), {"yes": 1500, "no": 1500, "pred": 60}
    pretend(published)
    assert check(card, tmp_path, show=False).versions == ("2020",)
    nested = {f"Br35H-Mask-RCNN/{name}": count for name, count in (("TRAIN", 500), ("VAL", 201), ("TEST", 100))}
    assert check(load("navoneel"), tmp_path, show=False).resembles == ("br35h",)
    pretend(published | nested)
    report = check(card, tmp_path, show=False)
    assert report.versions == ("current download",)
    assert report.nested == ("Br35H-Mask-RCNN",)


@pytest.mark.parametrize(
    ("training", "testing", "versions"),
    [
        ((1321, 1339, 1595, 1457), (300, 306, 405, 300), ("1",)),
        ((1400, 1400, 1400, 1400), (400, 400, 400, 400), ("2",)),
    ],
)
def test_reliability_4_7023_is_version_1_and_7200_version_2(tmp_path, pretend, training, testing, versions):
    names = ("glioma", "meningioma", "notumor", "pituitary")
    first = {f"Training/{name}": count for name, count in zip(names, training, strict=True)}
    pretend(first | {f"Testing/{name}": count for name, count in zip(names, testing, strict=True)})
    assert check(load("nickparvar"), tmp_path, show=False).versions == versions


def test_copies_are_counted_and_the_folders_between_which_they_are(tmp_path):
    fill(tmp_path, GOOD)
    twin = (tmp_path / "Training/no_tumor/0.jpg").read_bytes()
    (tmp_path / "Testing/no_tumor/0.jpg").write_bytes(twin)
    report = check(small(), tmp_path, show=False)
    assert report.copies.files == 1
    assert report.copies.across == (("Testing/no_tumor", "Training/no_tumor", 1),)


@pytest.mark.parametrize(("content", "matches"), [(b"right", True), (b"wrong", False)])
def test_archives_have_the_checksum_of_the_card(tmp_path, content, matches):
    known = hashlib.md5(b"right").hexdigest()
    download = Download("file", "http://example.org/a.zip", file="a.zip", checksum=f"md5:{known}")
    (tmp_path / "a.zip").write_bytes(content)
    report = check(replace(load("ixi"), downloads=(download,)), tmp_path, show=False)
    assert report.matches is matches
    assert (report.archives_right, report.archives_wrong) == ((("a.zip",), ()) if matches else ((), ("a.zip",)))


def test_a_card_that_expects_no_files_says_so(tmp_path):
    fill(tmp_path, {"x": 1})
    assert check(load("blsa"), tmp_path, show=False).matches is None


def test_nothing_there(tmp_path):
    with pytest.raises(NothingUsable, match="holds no files"):
        check(small(), tmp_path, show=False)
    with pytest.raises(UsageError, match="is not a folder"):
        check(small(), tmp_path / "nowhere", show=False)


def test_mat_files_tell_their_number_but_not_their_class(tmp_path):
    card = load("figshare-1512427")
    expected = replace(card.expected[0], total=3, parts={"meningioma": 1, "glioma": 1, "pituitary": 1})
    fill(tmp_path, {"brainTumorDataPublic_1-766": 3}, ".mat")
    report = check(replace(card, expected=(expected,)), tmp_path, show=False)
    assert report.matches
    assert report.comparisons[0].parts["glioma"] == (1, None)


def test_a_catalogue_tells_the_classes_of_mat_files(tmp_path):
    tumors = ["meningioma", "glioma", "pituitary", "glioma"]
    rows = {name: [None] * 5 for name in catalogue.SCHEMA.names}
    rows |= {"path": [f"{n}.mat" for n in range(5)], "tumor": [*tumors, None], "kind": ["image"] * 4 + ["mask"]}
    write_catalogue(tmp_path / catalogue.FILE_NAME, [pa.table(rows, schema=catalogue.SCHEMA)])
    card = load("figshare-1512427")
    expected = replace(card.expected[0], total=4, parts={"meningioma": 1, "glioma": 2, "pituitary": 1})
    report = check(replace(card, expected=(expected,)), tmp_path, show=False)
    assert report.matches
    assert report.comparisons[0].parts == {"meningioma": (1, 1), "glioma": (2, 2), "pituitary": (1, 1)}
    assert report.copies is None


def test_json_holds_the_report(tmp_path):
    fill(tmp_path, GOOD)
    told = json.loads(json.dumps(check(small(), tmp_path, show=False).to_dict()))
    assert told["matches"] is True
    assert told["counts"][0]["parts"]["no_tumor"] == [3, 3]


@pytest.mark.realdata
def test_sartaj_is_what_its_card_says(realdata):
    report = check(load("sartaj"), realdata / "sartaj", show=False)
    assert report.versions == ("dsv/1183165",)
    assert [comparison.found for comparison in report.comparisons] == [3264, 3264, 3264]
    assert report.comparisons[0].parts["glioma_tumor"] == (926, 926)
    assert report.copies.files == 181


@pytest.mark.realdata
def test_sartaj_is_not_nickparvar(realdata):
    report = check(load("nickparvar"), realdata / "sartaj", show=False)
    assert report.matches is False
    assert report.resembles == ("sartaj",)
