"""``ATTRIBUTION.md`` and ``LICENSES.md`` tell what licenses ask to tell."""

from __future__ import annotations

import pytest

from medcurate.datasets_manifest import load, names
from medcurate.datasets_manifest.manifest.writing import write_manifest
from tests.datasets_manifest.made_dataset import CHENG, TWO, make, row, two_sources


def pages(folder, **given):
    write_manifest(folder, **given)
    return [(folder / name).read_text(encoding="utf-8") for name in ("ATTRIBUTION.md", "LICENSES.md")]


@pytest.mark.parametrize("name", names())
def test_every_source_has_title_author_source_license_and_changes(tmp_path, name):
    attribution, licenses = pages(make(tmp_path, [row("x", 1)], f'[sources.x]\ncard = "{name}"\n'))
    card = load(name)
    for label in ("Title", "Creator", "Source", "License", "Changes made", "Please cite"):
        assert attribution.count(f"- **{label}**: ") == 1
    assert "- **Changes made**: selected: 1 images or volumes kept" in attribution
    assert "resized to 16 pixels" in attribution
    assert all(creator.split(",")[0] in attribution for creator in card.creators)
    assert (card.license_of("images") or "not stated") in attribution.replace("\\", "")
    assert "## Why" in licenses


def test_sources_are_told_apart(tmp_path):
    attribution, licenses = pages(make(tmp_path, two_sources(), TWO))
    assert attribution.count("- **Changes made**: ") == 2
    assert "made from 2 sources" in attribution
    assert "9 images" not in attribution, "a mask is no image"
    assert "License of this dataset (SPDX): `CC-BY-NC-SA-4.0`" in licenses


def test_steps_are_told_with_how_many_they_were_applied_to(tmp_path):
    import json

    steps = json.dumps([{"step": "n4", "settings": {}}, {"step": "own_step", "settings": {"k": [1, 2]}}])
    rows = [row("cheng", 1), row("cheng", 2, steps=steps)]
    attribution, _ = pages(make(tmp_path, rows, CHENG))
    assert "bias field corrected (N4)" in attribution
    assert r"own\_step (k \[1, 2\])" in attribution
    assert "turned to one orientation" not in attribution, "it was skipped everywhere"


def test_settings_that_differ_are_not_listed_without_end(tmp_path):
    import json

    rows = [row("cheng", n, steps=json.dumps([{"step": "resize", "settings": {"size": 10 + n}}])) for n in range(9)]
    assert "resized to various values pixels" in pages(make(tmp_path, rows, CHENG))[0]
    rows = [row("cheng", n, steps=json.dumps([{"step": "resize", "settings": {"size": 10 + n}}])) for n in range(2)]
    assert "resized to 10 or 11 pixels" in pages(make(tmp_path / "two", rows, CHENG))[0]


def test_nothing_recorded_is_not_told_as_nothing_done(tmp_path):
    assert "does not record further processing" in pages(make(tmp_path, [row("cheng", 1, steps=None)], CHENG))[0]


def test_notices_go_with_the_data(tmp_path):
    table = '[sources.a]\ncard = "ucsf-pdgm"\n[sources.b]\ncard = "sartaj"\nnotice = "Copyright (c) 2020 Somebody"\n'
    attribution, licenses = pages(make(tmp_path, [row("a", 1), row("b", 1)], table))
    assert "must not try to identify" in licenses
    assert "Permission is hereby granted, free of charge" in licenses
    assert "Copyright (c) 2020 Somebody" in licenses
    assert "Copyright (c) 2020 Somebody" in attribution


def test_earlier_changes_and_origins_are_kept(tmp_path):
    table = CHENG + 'preprocessing = "converted to JPEG by a mirror"\nparents = ["somewhere"]\n'
    attribution, _ = pages(make(tmp_path, [row("cheng", 1)], table))
    assert "- **Changed before by others**: converted to JPEG by a mirror" in attribution
    assert "- **Derived from**: somewhere (not stated)" in attribution
