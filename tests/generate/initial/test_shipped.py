from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from medcurate.errors import UsageError
from medcurate.generate.initial.shipped import FOLDER, INDEX, MOST_BYTES, find_shipped, shipped
from medcurate.generate.initial.weights_file import read_initial_weights, write_initial_weights
from medcurate.phantom.version import PHANTOM_VERSION
from tests.generate.initial.stand_ins import ARCHITECTURE, FACTS, players


def test_what_ships_is_what_the_index_lists():
    listed = shipped()
    for entry in listed:
        assert hashlib.sha256((FOLDER / entry.file).read_bytes()).hexdigest() == entry.sha256
        found = read_initial_weights(FOLDER / entry.file, entry.sha256)
        assert found.family == entry.family
        assert found.architecture["spatial"] == [entry.size, entry.size]
        assert found.facts["phantom_version"] == PHANTOM_VERSION, "phantoms changed: train the shipped weights anew"
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {INDEX, "README.md", *(entry.file for entry in listed)}
    assert sum((FOLDER / entry.file).stat().st_size for entry in listed) <= MOST_BYTES == 25_000_000


def test_the_card_carries_the_notice_of_the_template_and_names_each_file():
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "copyright 1993-2009 Louis Collins" in card
    assert all(Path(entry.file).name in card for entry in shipped())


def test_weights_are_found_by_family_and_size(tmp_path):
    written = write_initial_weights(tmp_path / "first.npz", *players(), ARCHITECTURE, FACTS)
    entry = {"file": "first.npz", "sha256": written.sha256, "family": "fastgan", "size": 32}
    (tmp_path / INDEX).write_text(json.dumps({"weights": [entry]}))
    assert find_shipped("fastgan", (32, 32), tmp_path).sha256 == written.sha256
    assert find_shipped("fastgan", (64, 64), tmp_path) is None
    assert find_shipped("dcgan", (32, 32), tmp_path) is None
    (tmp_path / INDEX).write_text(json.dumps({"weights": [entry | {"sha256": "0" * 64}]}))
    with pytest.raises(UsageError, match="another SHA-256"):
        find_shipped("fastgan", (32, 32), tmp_path)
