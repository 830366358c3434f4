"""Every shipped card is whole, adds up, and says where its facts were seen."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from medcurate.datasets_manifest.cards.card import Card, load, load_file, names
from medcurate.datasets_manifest.cards.card_parts import Count
from medcurate.datasets_manifest.licenses import license_terms
from medcurate.errors import PolicyError, UsageError

PROMISED = {
    *("figshare-1512427", "navoneel", "br35h", "nickparvar", "sartaj", "brains-imagebank", "ucsf-pdgm", "brats-2015"),
    *("brats-2018", "brats-2020", "brats-2021", "msd-task01", "ixi", "oasis", "kaggle-3m", "blsa"),
}
# SPDX of images, access, redistribute_ok: from reference/licensing.md, restated by hand
FACTS = {
    "figshare-1512427": ("CC-BY-4.0", "open", "yes"),
    "navoneel": ("NOASSERTION", "registration", "unknown"),
    "br35h": ("NOASSERTION", "registration", "unknown"),
    "nickparvar": ("CC0-1.0", "registration", "unknown"),
    "sartaj": ("MIT", "registration", "yes"),
    "brains-imagebank": ("LicenseRef-BRAINS-Data-Access-Agreement", "application", "no"),
    "ucsf-pdgm": ("CC-BY-4.0", "open", "yes"),
    "brats-2015": ("LicenseRef-CC-BY-NC-SA-3.0-CH", "registration", "yes"),
    "brats-2018": ("LicenseRef-BraTS-2018", "registration", "unknown"),
    "brats-2020": ("LicenseRef-BraTS-2020", "registration", "unknown"),
    "brats-2021": ("CC-BY-4.0", "open", "yes"),
    "msd-task01": ("CC-BY-SA-4.0", "open", "yes"),
    "ixi": ("CC-BY-SA-3.0", "open", "yes"),
    "oasis": ("LicenseRef-OASIS-Data-Use-Agreement", "agreement", "no"),
    "kaggle-3m": ("CC-BY-NC-SA-4.0", "registration", "yes"),
    "blsa": ("LicenseRef-BLSA-Data-Agreement", "application", "no"),
}
TOTALS = {
    ("figshare-1512427", "8"): 3064,
    ("navoneel", "1"): 253,
    ("br35h", "2020"): 3060,
    ("br35h", "current download"): 3861,
    ("nickparvar", "1"): 7023,
    ("nickparvar", "2"): 7200,
    ("sartaj", "dsv/1183165"): 3264,
    ("ucsf-pdgm", "5"): 501,
    ("brats-2015", "2015"): 274,
    ("brats-2020", "2020"): 494,
    ("msd-task01", "1"): 750,
}


def test_there_is_a_card_for_each_promised_dataset():
    assert set(names()) == PROMISED == set(FACTS)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_each_card_states_what_the_reference_states(name):
    card = load(name)
    spdx, access, redistribute = FACTS[name]
    assert card.license_of("images") == spdx
    assert card.access.kind == access
    assert card.restrictions.redistribute_ok.answer == redistribute


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_each_card_says_what_attribution_a_person_and_a_rule_need(name):
    card = load(name)
    assert card.creators
    assert card.publisher
    assert card.url or card.doi
    assert card.citation.text
    assert card.access.kind == "open" or card.access.ask, "whom to ask"
    assert card.to_confirm, "stored copies were read, not live pages"
    for stated in card.licenses:
        assert license_terms.read_license(stated.spdx).status in ("ok", "unknown")
        assert stated.source
        assert (stated.seen == "recalled") == (stated.date_seen is None)
        assert stated.certainty != "high" or stated.seen == "page"
    for permission in ("redistribute_ok", "derivatives_ok", "commercial_ok", "model_release_ok"):
        assert getattr(card.restrictions, permission).reason
    assert all(re.fullmatch(r"DUO:\d{7}", code) for code in card.duo)
    assert card.citation.bibtex.count("{") == card.citation.bibtex.count("}")


@pytest.mark.parametrize(("key", "total"), TOTALS.items(), ids=str)
def test_expected_totals(key, total):
    counts = [count for count in load(key[0]).expected if count.version == key[1]]
    assert counts
    assert {count.total for count in counts} == {total}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_downloads_are_pinned_by_a_checksum_or_say_what_to_look_at(name):
    for download in load(name).downloads:
        if download.kind == "file":
            assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", download.checksum)
            assert download.url.startswith("http")
            assert download.file
        elif download.kind == "kaggle":
            assert re.fullmatch(r"[\w-]+/[\w-]+(/versions/\d+)?", download.handle)
            assert "/versions/" in download.handle or "counts" in download.note
        else:
            assert re.fullmatch(r"\d+/\d+", download.handle)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_parents_and_overlaps_are_cards_or_datasets_that_have_none(name):
    card = load(name)
    for other in [*(parent.name for parent in card.parents), *(overlap.card for overlap in card.overlaps)]:
        assert other in PROMISED or other.startswith(("TCGA", "UPENN")), other
        assert other != name


def test_1436_gliomas_cannot_be():
    with pytest.raises(ValueError, match=r"708 \+ 1436 \+ 930 = 3074, expected the total 3064"):
        Count("8", "class", "slices", 3064, "seen", "high", {"meningioma": 708, "glioma": 1436, "pituitary": 930})


def test_a_wrong_sum_is_an_error_at_load(tmp_path):
    import medcurate.datasets_manifest.cards.card as module

    text = (module._folder() / "figshare-1512427.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("glioma = 1426", "glioma = 1436"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.toml: expected\[0\]: the parts by class do not add up"):
        load_file(path)


def test_an_unknown_name_proposes_the_nearest():
    with pytest.raises(UsageError, match="Did you mean figshare-1512427"):
        load("figshare")


@pytest.mark.parametrize("name", ["celeba", "CelebA", "RaFD", "rafd"])
def test_faces_are_refused(name):
    with pytest.raises(PolicyError, match="never used"):
        load(name)


def test_a_card_of_faces_is_refused_too(tmp_path):
    import medcurate.datasets_manifest.cards.card as module

    text = (module._folder() / "blsa.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('name = "blsa"', 'name = "Celeb-A"'), encoding="utf-8")
    with pytest.raises(PolicyError, match="CelebA"):
        load_file(path)


@pytest.mark.parametrize(
    ("label", "tumor"), [(1, "meningioma"), ("2", "glioma"), ("3", "pituitary"), ("4", None), ("", None)]
)
def test_labels_of_the_mat_files(label, tumor):
    assert load("figshare-1512427").tumor_of(label) == tumor


def test_a_tumor_without_a_type_is_no_type():
    card = load("navoneel")
    assert card.tumor_of("No") == "none"
    assert card.tumor_of("yes") is None


def test_a_label_map_knows_four_types(tmp_path):
    import medcurate.datasets_manifest.cards.card as module

    text = (module._folder() / "sartaj.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('no_tumor = "none"', 'no_tumor = "nothing"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"label_map\.no_tumor: expected one of glioma"):
        load_file(path)


def test_dates_are_dates():
    stated = load("figshare-1512427").licenses[0]
    assert isinstance(stated.date_seen, dt.date)


def test_components_may_differ():
    card = load("sartaj")
    assert card.license_of("images") == "MIT"
    assert card.license_of("masks") is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_card_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the card"):
        load_file(path)


def test_a_card_is_an_error_without_a_license(tmp_path):
    import medcurate.datasets_manifest.cards.card as module

    text = (module._folder() / "blsa.toml").read_text(encoding="utf-8")
    start, end = text.index("[[licenses]]"), text.index("[restrictions]")
    path = tmp_path / "mine.toml"
    path.write_text("licenses = []\n" + text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(UsageError, match="at least one table"):
        load_file(path)


def test_a_card_does_not_change():
    card = load("ixi")
    assert isinstance(card, Card)
    with pytest.raises(AttributeError):
        card.name = "other"
