"""Originals are found in the order of the catalogue, also when the input changes in between."""

from __future__ import annotations

from medcurate.curate.sources import originals
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.originals import Originals
from medcurate.errors import Code


def item(path: str) -> Item:
    return Item("s", path, 1, 0, f"/s/{path}", 1)


def test_in_order() -> None:
    listing = [item("a"), Skipped("s", "b", Code.LITTER, ""), item("c"), item("d")]
    found = Originals(listing)
    assert [found.find("s", path) for path in "acd"] == [item("a"), item("c"), item("d")]


def test_new_files_are_passed_over_and_missing_ones_hide_no_other() -> None:
    found = Originals([item("a"), item("new"), item("c"), item("d")])
    assert [found.find("s", path) for path in "abcd"] == [item("a"), None, item("c"), item("d")]


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(originals, "KEPT", 10)
    found = Originals(item(str(i)) for i in range(1000))
    assert found.find("s", "999") == item("999")
    assert len(found._passed) == 10
