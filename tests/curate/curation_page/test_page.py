"""The page: whole, self-contained, harmless, true, and the same whenever it is made."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.curation_page import FILE_NAME, write_curation_page
from medcurate.errors import UsageError
from medcurate.run_folder import write_catalogue
from tests.curate.curation_page.conftest import HOSTILE

VOID = {"meta", "img", "br", "link", "input", "hr"}
LIMIT = 2_000_000


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs] or [(tag, "", None)]
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th") and self.cells:
            self.cells[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.cells and self.cells[-1] and self.open and "tr" in self.open:
            self.cells[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def text_of(made) -> str:
    return write_curation_page(made.dataset, made.scan).read_text("utf-8")


@pytest.fixture(scope="module")
def texts(mixed, heads, plain):
    """Give the pages of all three datasets."""
    return {name: text_of(made) for name, made in (("mixed", mixed), ("heads", heads), ("plain", plain))}


@pytest.fixture(scope="module")
def page(texts):
    return texts["mixed"], Page(texts["mixed"])


def rows_of(made, **where) -> list[dict]:
    return Catalogue.open(made.dataset).filter(**where).to_table().to_pylist()


@pytest.mark.parametrize("made", ["mixed", "heads", "plain"])
def test_every_tag_is_closed_and_ids_are_unique(made, texts):
    read = Page(texts[made])
    assert read.open == []
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert ids
    assert len(ids) == len(set(ids))
    named = {part for _, name, value in read.attributes if name == "aria-labelledby" for part in value.split()}
    assert named <= set(ids)


@pytest.mark.parametrize("made", ["mixed", "heads", "plain"])
def test_nothing_outside_of_the_page_is_asked_for(made, texts, request):
    text, made = texts[made], request.getfixturevalue(made)
    for tag, name, value in Page(text).attributes:
        if name in ("src", "srcset", "xlink:href", "data", "action", "poster"):
            assert value.startswith("data:image/"), (tag, name)
        if name == "href":
            assert tag == "a"
            assert (made.dataset / value).exists()
        assert not name.startswith("on")
    without = re.sub(r'src="data:[^"]*"', "", text)
    assert not re.search(r"https?://|[\"'(]//|@import|url\(|<script|<iframe|<object|<link|<base", without)
    assert len(text.encode()) < LIMIT


def test_it_fits_a_phone_and_paper_and_the_dark(page):
    text, read = page
    assert ("meta", "name", "viewport") in read.attributes
    assert ("meta", "content", "width=device-width, initial-scale=1") in read.attributes
    assert ("html", "lang", "en") in read.attributes
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text


def test_images_have_words_and_are_images(page):
    images = [value for tag, name, value in page[1].attributes if (tag, name) == ("img", "src")]
    words = [value for tag, name, value in page[1].attributes if (tag, name) == ("img", "alt")]
    assert len(images) == len(words) > 16
    assert all(words)
    assert all(image.startswith("data:image/jpeg;base64,/9j/") for image in images)


def test_names_of_files_are_text_and_nothing_else(page):
    text, read = page
    assert HOSTILE in read.text
    assert "<script" not in text
    assert not [value for tag, name, value in read.attributes if (tag, name, value) == ("img", "src", "x")]


def test_privacy_no_place_or_user_of_this_machine_is_named(mixed, page):
    text = re.sub(r'src="data:[^"]*"', "", page[0])
    for made in mixed:
        assert str(made) not in text
        assert str(made.parent) not in text
    assert "jdoe" in str(mixed.inputs)
    assert "jdoe" not in text
    assert str(Path.home()) + "/" not in text


def test_counts_are_those_of_the_catalogue(mixed, page):
    kept = [row for row in rows_of(mixed, status="kept") if row["kind"] != "mask"]
    cells = page[1].cells
    splits = cells[0][3:-1]
    assert splits == [name for name in ("train", "val", "test") if name in {row["split"] for row in kept}]
    told = Counter()
    for source, plane, tumor, *counts in cells[1 : cells.index(next(row for row in cells if row[0] == "all"))]:
        assert sum(map(int, counts[:-1])) == int(counts[-1])
        for split, count in zip(splits, counts, strict=False):
            told[source, plane, tumor, split] += int(count)
    expected = Counter((r["source"], r["plane"], r["tumor"] or "unlabeled", r["split"]) for r in kept)
    assert +told == expected
    assert f"{len(kept)} images and volumes in the dataset" in page[1].text
    assert f"{sum(row['kind'] == 'mask' for row in rows_of(mixed, status='kept'))} masks" in page[1].text


def test_every_reason_is_told_with_its_count_and_its_meaning(mixed, page):
    reasons = Counter(row["reason"] for row in rows_of(mixed, status="dropped"))
    assert {"DUPLICATE", "LABEL_CONFLICT", "MASK_UNUSED"} <= set(reasons)
    lines = {row[0]: row for row in page[1].cells}
    for reason, count in reasons.items():
        assert lines[reason][1] == str(count)
        assert len(lines[reason][3]) > 20
    assert lines["EMPTY"][1:3] == ["1", "The file holds no bytes."]
    assert "1 file that could not be used" in page[1].text


def test_groups_are_counted_by_what_they_rest_on(mixed, page):
    kept = [row for row in rows_of(mixed, status="kept") if row["kind"] != "mask"]
    groups = {(row["patient_group"], row["patient_group_by"], row["split"]) for row in kept}
    lines = {row[0]: row[1:] for row in page[1].cells}
    assert sum(map(int, lines["a patient's identifier"])) == sum(by == "patient" for _, by, _ in groups)
    assert f"{len({group for group, _, _ in groups})} patient groups" in page[1].text
    assert "No patient group and no cluster of copies is in two splits" in page[1].text
    assert "fold 0:" in page[1].text


def test_copies_conflicts_pairs_and_histograms_are_shown(page):
    text = page[1].text
    assert "2 images of the input have copies" in text
    assert "1 cluster of copies has several tumor labels" in text
    assert text.count("Quantize to gray levels: 8 bits") == 8
    assert "Cut a slice: axial, number" in text
    assert page[0].count("<svg") == 2
    assert "gone" not in text


def test_a_leak_would_be_told(mixed, a_copy):
    made = a_copy(mixed)
    rows = Catalogue.open(made.dataset).to_table().to_pylist()
    first = next(row for row in rows if row["split"] == "train")
    other = next(row for row in rows if row["split"] == "test" and row["kind"] != "mask")
    other["patient_group"] = first["patient_group"]
    write_catalogue(made.dataset / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    assert "1 patient group and 0 clusters of copies are in several splits" in Page(text_of(made)).text


def test_made_twice_it_has_the_same_bytes(mixed, texts, a_copy):
    first = texts["mixed"].encode()
    made = a_copy(mixed)
    (made.dataset / FILE_NAME).unlink(missing_ok=True)
    assert write_curation_page(made.dataset, made.scan) == made.dataset / FILE_NAME
    assert (made.dataset / FILE_NAME).read_bytes() == first
    assert {path.name for path in made.dataset.glob(".*")} == {".medcurate"}


def test_volumes_are_shown_by_a_slice(texts):
    read = Page(texts["heads"])
    assert "volumes; of the original size" in read.text.lower()
    assert len([1 for tag, name, _ in read.attributes if (tag, name) == ("img", "src")]) == 8
    assert "voxels" in read.text


def test_a_dataset_that_has_everything_says_so(texts):
    text = Page(texts["plain"]).text
    assert "No row of the catalogue was left out." in text
    assert "Every file could be used." in text
    assert "No image is a copy of another one." in text
    assert "not normalized" in text


def test_originals_that_are_gone_are_told_of(plain, a_copy):
    made = a_copy(plain)
    record = made.scan / ".medcurate" / "inputs.json"
    content = json.loads(record.read_text())
    content["roots"] = [{**root, "folder": root["folder"] + "-moved"} for root in content["roots"]]
    record.write_text(json.dumps(content))
    read = Page(text_of(made))
    assert read.text.count("the original is missing") == 6
    assert "the originals are missing" in read.text
    assert len([1 for tag, name, _ in read.attributes if (tag, name) == ("img", "src")]) == 6  # the results
    record.unlink()
    assert Page(text_of(made)).text.count("the original is missing") == 6


def test_without_tables_or_settings_there_is_a_page(mixed, a_copy):
    made = a_copy(mixed)
    for path in (*made.scan.glob("*.csv"), made.dataset / "homogenize.json", made.dataset / "rejects.csv"):
        path.unlink()
    text = Page(text_of(made)).text
    assert "There is no table of copies" in text
    assert "How it was made is not recorded." in text
    assert "rejects.csv" not in text


def test_privacy_flagged_images_are_counted_and_not_shown(plain, a_copy):
    made = a_copy(plain)
    rows = Catalogue.open(made.dataset).to_table().to_pylist()
    flagged = [{**row, "notes": "BURNED_IN" if place else "FACE COLOR"} for place, row in enumerate(rows)]
    write_catalogue(made.dataset / "catalogue.parquet", [pa.Table.from_pylist(flagged, schema=SCHEMA)])
    read = Page(text_of(made))
    assert not [1 for tag, name, _ in read.attributes if (tag, name) == ("img", "src")]
    assert "There is no image to show." in read.text
    assert "6 images could identify a person" in read.text
    lines = {row[0]: row[1] for row in read.cells}
    assert (lines["FACE"], lines["BURNED_IN"], lines["IDENTIFIERS"]) == ("1", "5", "0")


def test_a_damaged_result_does_not_stop_the_page(plain, a_copy):
    made = a_copy(plain)
    victim = next(made.dataset.rglob("*.png"))
    victim.write_bytes(b"")
    assert Page(text_of(made)).text.count("cannot be read") == 1


def test_no_catalogue_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="no catalogue at"):
        write_curation_page(tmp_path, tmp_path)
