"""A journal returns what was put or nothing, whatever happened to its file."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from medcurate.errors import OutputError
from medcurate.journal.store import Journal

KEYS = st.sampled_from([b"", b"a", b"bb", b"long key " * 12])
VALUES = st.binary(max_size=40)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / ".medcurate" / "a.journal"


def content(path: Path, version: str = "1") -> dict[bytes, bytes]:
    with Journal(path, version, read_only=True) as journal:
        return dict(journal.items())


def filled(path: Path, *entries: tuple[bytes, bytes]) -> Path:
    with Journal(path, "1") as journal:
        for key, value in entries:
            journal.put(key, value)
    return path


def test_what_was_put_is_found_in_its_order_by_a_later_process(path):
    filled(path, (b"b", b"2"), (b"a", b"1"), (b"c", b""), (b"b", b"22"))
    with Journal(path, "1") as journal:
        assert list(journal.items()) == [(b"a", b"1"), (b"c", b""), (b"b", b"22")]
        assert (len(journal), b"a" in journal, b"x" in journal, journal.get(b"x")) == (3, True, False, None)
        assert journal.missing([b"x", b"a", b"y"]) == [b"x", b"y"]
        assert not journal.discarded


def test_a_part_of_a_value_is_read_by_its_place(path):
    filled(path, (b"a", bytes(range(100))))
    with Journal(path, "1") as journal:
        assert journal.part(b"a", 10, 13) == bytes([10, 11, 12])
        assert journal.part(b"a", 98, 200) == bytes([98, 99])
        assert (journal.length(b"a"), journal.length(b"b")) == (100, None)
        with pytest.raises(KeyError):
            journal.part(b"b", 0, 1)


def test_another_version_begins_anew(path):
    filled(path, (b"a", b"1"))
    with Journal(path, "2") as journal:
        assert journal.discarded
        assert len(journal) == 0
        journal.put(b"a", b"2")
    assert (content(path), content(path, "2")) == ({}, {b"a": b"2"})


def test_a_record_of_another_version_never_counts_whatever_the_header_says(path, tmp_path):
    filled(path, (b"a", b"1"))
    Journal(tmp_path / "other", "2").close()
    path.write_bytes((tmp_path / "other").read_bytes() + path.read_bytes()[40:])
    assert content(path, "2") == {}


@pytest.mark.parametrize("garbage", [b"", b"x", b"SQLite format 3\0" * 99, bytes(4096)])
def test_a_file_that_is_no_journal_is_replaced(path, garbage):
    path.parent.mkdir()
    path.write_bytes(garbage)
    with Journal(path, "1") as journal:
        assert journal.discarded == bool(garbage)
        journal.put(b"a", b"1")
    assert content(path) == {b"a": b"1"}


def test_damage_to_one_value_costs_only_that_value(path):
    filled(path, (b"a", b"old"), (b"b", b"2"), (b"a", b"A" * 99), (b"c", b"3"))
    path.write_bytes(path.read_bytes().replace(b"A" * 99, b"A" * 50 + b"B" * 49))
    with Journal(path, "1") as journal:
        assert dict(journal.items()) == {b"b": b"2", b"c": b"3"}  # and not the value that a had before
        journal.put(b"a", b"4")
    assert content(path) == {b"b": b"2", b"c": b"3", b"a": b"4"}


def test_a_value_damaged_after_the_file_was_opened_is_not_returned(path):
    filled(path, (b"a", b"A" * 99), (b"b", b"2"))
    with Journal(path, "1", read_only=True) as journal:
        path.write_bytes(path.read_bytes().replace(b"A" * 99, b"B" * 99))
        assert (journal.get(b"a"), journal.get(b"b")) == (None, b"2")


ENTRIES = st.lists(st.tuples(KEYS, VALUES), max_size=5)


def states(entries: list[tuple[bytes, bytes]]) -> list[dict[bytes, bytes]]:
    """Return the content after each put."""
    return [dict(entries[:count]) for count in range(len(entries) + 1)]


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, more=ENTRIES, cut=st.floats(0, 1), tail=st.sampled_from([b"", bytes(64), b"\xff" * 64]))
def test_cut_at_any_byte_it_is_what_it_was_after_some_put(tmp_path_factory, entries, more, cut, tail):
    """A kill or a full disk cuts the file; a power cut may leave zeros or old content of the disk behind."""
    path = filled(tmp_path_factory.mktemp("cut") / "a", *entries)
    whole = path.read_bytes()
    path.write_bytes(whole[: round(cut * len(whole))] + tail)
    with Journal(path, "1") as journal:
        left = dict(journal.items())
        assert left in states(entries)
        for key, value in more:
            journal.put(key, value)
    assert content(path) == {**left, **dict(more)}


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, place=st.floats(0, 1), bit=st.integers(0, 7))
def test_with_any_bit_flipped_nothing_is_returned_that_was_not_put(tmp_path_factory, entries, place, bit):
    path = filled(tmp_path_factory.mktemp("flip") / "a", *entries)
    whole = bytearray(path.read_bytes())
    whole[round(place * (len(whole) - 1))] ^= 1 << bit
    path.write_bytes(whole)
    with Journal(path, "1") as journal:
        assert set(journal.items()) <= set(entries)
        journal.put(b"new", b"value")
    assert content(path)[b"new"] == b"value"


class Written(RuleBasedStateMachine):
    """Any sequence of puts, new processes, prunings and versions, watched by a reader that stays open."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path, self.version = Path(self.folder.name) / "a", "1"
        self.model: dict[bytes, bytes] = {}
        self.writer = Journal(self.path, self.version)
        self.reader = Journal(self.path, self.version, read_only=True)

    @rule(target=keys, key=st.binary(max_size=12))
    def some_key(self, key):
        return key

    @rule(key=keys, value=st.binary(max_size=2000))
    def put(self, key, value):
        self.writer.put(key, value)
        self.model.pop(key, None)
        self.model[key] = value

    @rule()
    def reopen(self):
        self.writer.close()
        self.writer = Journal(self.path, self.version)
        assert not self.writer.discarded

    @rule(keep=st.sets(keys))
    def prune(self, keep):
        self.writer.prune(keep)
        self.model = {key: value for key, value in self.model.items() if key in keep}

    @rule(version=st.sampled_from(["1", "2"]))
    def change_version(self, version):
        self.writer.close()
        self.writer = Journal(self.path, version)
        assert self.writer.discarded == (version != self.version)
        if version != self.version:
            self.model, self.version = {}, version

    @invariant()
    def both_see_the_model(self):
        assert list(self.writer.items()) == list(self.model.items())
        assert len(self.writer) == len(self.model)
        assert all(self.writer.get(key) == value for key, value in self.model.items())
        for key, value in list(self.reader.items()):  # not refreshed: what it sees was put once, or is not there
            assert isinstance(value, bytes), key
        self.reader.refresh()
        assert dict(self.reader.items()) == (self.model if self.version == "1" else {})

    def teardown(self):
        self.writer.close()
        self.reader.close()
        self.folder.cleanup()


Written.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestWritten = Written.TestCase


def test_pruning_makes_the_file_smaller_and_an_open_reader_follows(path):
    filled(path, *[(b"%d" % number, bytes(1000)) for number in range(20)], (b"1", b"new"))
    with Journal(path, "1") as journal, Journal(path, "1", read_only=True) as reader:
        before = path.stat().st_size
        journal.prune([b"1", b"2", b"unknown"])
        assert path.stat().st_size < before / 8
        journal.put(b"3", b"3")
        reader.refresh()
        assert dict(reader.items()) == dict(journal.items()) == {b"1": b"new", b"2": bytes(1000), b"3": b"3"}
        assert [path] == list(path.parent.iterdir())


def test_pruning_where_nothing_can_be_saved_writes_nothing(path):
    filled(path, (b"a", b"1"), (b"b", b"2"))
    with Journal(path, "1") as journal:
        before = path.stat().st_mtime_ns
        journal.prune([b"a", b"b"])
        assert path.stat().st_mtime_ns == before


def test_pruning_a_file_that_the_system_does_not_replace_keeps_it(path, monkeypatch):
    filled(path, (b"a", b"1"), (b"b", b"2"))

    def refuse(self, target):
        raise PermissionError(13, "another process reads it")

    monkeypatch.setattr(Path, "replace", refuse)
    with Journal(path, "1") as journal:
        journal.prune([b"a"])
        journal.put(b"c", b"3")
    assert content(path) == {b"a": b"1", b"b": b"2", b"c": b"3"}
    assert [path] == list(path.parent.iterdir())


def test_a_reader_makes_nothing_and_finds_the_file_once_it_is_there(path):
    with Journal(path, "1", read_only=True) as reader:
        assert (list(reader), path.parent.exists()) == ([], False)
        with pytest.raises(ValueError, match="open for writing"):
            reader.put(b"a", b"1")
        filled(path, (b"a", b"1"))
        reader.refresh()
        assert dict(reader.items()) == {b"a": b"1"}


def test_a_key_that_is_too_long_is_refused(path):
    with Journal(path, "1") as journal, pytest.raises(ValueError, match="at most 65536 bytes"):
        journal.put(bytes(2**16 + 1), b"")


def test_more_keys_than_wait_unsorted_are_found(path, monkeypatch):
    from medcurate.journal import offsets

    monkeypatch.setattr(offsets, "_MERGE", 7)
    entries = {b"%d" % (number % 40): b"%d" % number for number in range(100)}
    with Journal(path, "1") as journal:
        for key, value in entries.items():
            journal.put(key, value)
        assert {key: journal.get(key) for key in entries} == entries


# ------------------------------------------------------------------------------------------------------- processes

WRITER = """
import sys
from pathlib import Path
from medcurate.journal.store import Journal
with Journal(Path(sys.argv[1]), "1") as journal:
    for number in range(int(sys.argv[2])):
        journal.put(b"%d" % number, b"%d " % number * (5000 + number % 3 * 400_000))
        if number == 5:
            print("begun", flush=True)
"""


def value(key: bytes) -> bytes:
    return key + b" "


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_reader_sees_only_whole_values_while_another_process_writes(path):
    with start(WRITER, path, 60) as writer, Journal(path, "1", read_only=True) as reader:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        seen = []
        while not seen or seen[-1] < 60:
            reader.refresh()
            seen.append(len(reader))
            key = b"%d" % (len(reader) - 1)
            assert reader.get(key) == value(key) * (5000 + int(key) % 3 * 400_000)
        assert seen == sorted(seen)
        assert writer.wait() == 0


def test_a_killed_writer_leaves_whole_values_and_the_next_goes_on(path):
    with start(WRITER, path, 10**6) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    with Journal(path, "1") as journal:
        numbers = [int(key) for key in journal]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= 6
        journal.put(b"next", b"1")
    assert content(path)[b"next"] == b"1"


def test_a_full_disk_is_an_output_error_and_what_was_put_before_stays(path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path, "1") as journal:
        journal.put(b"a", b"1")
        before = path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
        try:
            for size in (5000, 2**21):
                with pytest.raises(OutputError, match=r"cannot write .*a\.journal"):
                    journal.put(b"b", bytes(size))
                assert path.read_bytes() == before
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert dict(journal.items()) == {b"a": b"1"}
        journal.put(b"b", b"2")
    assert content(path) == {b"a": b"1", b"b": b"2"}


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / ".medcurate").write_text("a file")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        Journal(tmp_path / ".medcurate" / "a.journal", "1")
