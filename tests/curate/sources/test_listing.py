"""A listing gives every reader what one walk has found."""

from __future__ import annotations

import threading

import pytest

from medcurate.curate.sources import listing
from medcurate.curate.sources.archives import Member
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.listing import Listing
from medcurate.errors import Code

MEMBER = Member("é/a.png", 30, 7, 9, 2**32 - 1, 8)
ENTRIES = [
    Item("s", "a.png", 5, 2**60, "/in/a\udcff.png", 5),
    Skipped("s", "b", Code.LITTER, "A file.", rejected=False),
    Item("s", "c.zip!é/a.png", 9, 3, "/in/c.zip", 100, MEMBER),
    Skipped("s", "d", Code.TRUNCATED, "Cut.", rejected=True),
]


def many(count: int) -> list[Item]:
    return [Item("s", str(number), number, 0, f"/in/{number}", number) for number in range(count)]


def test_every_reader_gets_all_entries_as_they_were(tmp_path):
    with Listing(iter(ENTRIES), tmp_path) as found:
        assert list(found) == ENTRIES
        assert list(found) == ENTRIES


def test_readers_at_different_places_share_one_walk(tmp_path):
    entries = many(1000)
    with Listing(iter(entries), tmp_path) as found:
        first, second = iter(found), iter(found)
        ahead = [next(first) for _ in range(300)]
        assert [next(second) for _ in range(10)] == entries[:10]
        assert [*ahead, *first] == entries
        assert list(second) == entries[10:]


def test_the_walk_goes_no_further_than_asked(tmp_path):
    asked = []
    with Listing((asked.append(entry) or entry for entry in many(1000)), tmp_path) as found:
        assert asked == []
        next(iter(found))
        assert 0 < len(asked) <= 64


def test_a_long_listing_lies_in_a_file_that_nobody_sees(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "_IN_MEMORY", 1000)
    with Listing(iter(many(500)), tmp_path) as found:
        assert list(found) == list(found) == many(500)
        assert [path for path in tmp_path.iterdir() if not path.name.endswith(".tmp")] == []
    assert list(tmp_path.iterdir()) == []


def test_readers_in_threads_see_the_same(tmp_path):
    seen: list[list] = []
    with Listing(iter(many(3000)), tmp_path) as found:
        threads = [threading.Thread(target=lambda: seen.append(list(found))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [many(3000)] * 4


def test_an_error_of_the_walk_is_one_to_every_reader(tmp_path):
    def broken():
        yield from many(64)
        raise ValueError("gone")

    with Listing(broken(), tmp_path) as found:
        for _ in range(2):  # without it the second reader would take the input for shorter than it is
            with pytest.raises(ValueError, match="gone"):
                list(found)
