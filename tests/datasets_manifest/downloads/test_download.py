"""Downloads from a server on this machine that cuts, lies, redirects and refuses."""

from __future__ import annotations

import hashlib
import resource
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from medcurate.datasets_manifest.downloads import download as module
from medcurate.datasets_manifest.downloads.download import ATTEMPTS, Cut, download, get_json
from medcurate.errors import MissingExtra, NothingUsable, OutputError

CHUNK = module._CHUNK
CONTENT = bytes(range(256)) * 4000  # what the server gives
MD5 = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


def fetch(server, target, path="/file.zip", **given):
    download(f"{server.url}{path}", target, show=False, wait_s=0, **{"checksum": MD5, **given})


def left_behind(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_whole_and_leaves_nothing_else(server, tmp_path):
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT
    assert left_behind(tmp_path) == ["file.zip"]


def test_a_cut_connection_is_taken_up_where_it_stopped(server, tmp_path):
    server.cuts = [4 * CHUNK, 3 * CHUNK]
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, f"bytes={4 * CHUNK}-", f"bytes={7 * CHUNK}-"]


def test_what_has_come_is_kept_for_the_next_run(server, tmp_path):
    server.cuts = [4 * CHUNK, *[0] * ATTEMPTS]
    with pytest.raises(Cut, match="Run the same command again: it continues where it stopped"):
        fetch(server, tmp_path / "file.zip")
    assert not (tmp_path / "file.zip").exists()
    server.requests.clear()
    fetch(server, tmp_path / "file.zip")
    assert server.requests == [("/file.zip", f"bytes={4 * CHUNK}-")]
    assert (tmp_path / "file.zip").read_bytes() == CONTENT


def test_any_number_of_cuts_is_survived_while_something_comes(server, tmp_path):
    server.cuts = [CHUNK + 1000] * 9
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT
    assert len(server.requests) == 10


def test_a_file_that_changed_meanwhile_is_begun_anew(server, tmp_path):
    server.cuts = [4 * CHUNK, *[0] * ATTEMPTS]
    with pytest.raises(Cut):
        fetch(server, tmp_path / "file.zip")
    server.content, server.etag = CONTENT[::-1], '"two"'
    fetch(server, tmp_path / "file.zip", checksum="")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ETag": '"a"', "Last-Modified": "yesterday"}, '"a"'),
        ({"ETag": 'W/"a"', "Last-Modified": "yesterday"}, "yesterday"),
        ({"ETag": 'W/"a"'}, ""),
        ({}, ""),
    ],
)
def test_only_a_strong_mark_tells_versions_apart(headers, expected):
    assert module._validator(SimpleNamespace(headers=headers)) == expected


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.ranges, server.cuts = False, [4 * CHUNK]
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT


def test_a_part_that_is_already_whole_is_not_asked_for_again(server, tmp_path):
    part = part_of(server, tmp_path)
    part.write_bytes(CONTENT)
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_dropped(server, tmp_path):
    part = part_of(server, tmp_path)
    part.write_bytes(CONTENT + b"more")
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT


def part_of(server, folder):
    name = hashlib.sha256(f"{server.url}/file.zip".encode()).hexdigest()[:16]
    (folder / ".medcurate").mkdir()
    return folder / ".medcurate" / f"{name}.part"


def test_a_wrong_checksum_is_refused_and_the_file_removed(server, tmp_path):
    server.content = b"tampered with"
    with pytest.raises(NothingUsable, match=f"does not have the checksum of its card, {MD5}") as caught:
        fetch(server, tmp_path / "file.zip")
    assert caught.value.exit_code == 4
    assert left_behind(tmp_path) == []


def test_a_wrong_checksum_leaves_an_earlier_file_alone(server, tmp_path):
    (tmp_path / "file.zip").write_bytes(b"earlier")
    server.content = b"tampered with"
    with pytest.raises(NothingUsable):
        fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == b"earlier"


def test_redirects_are_followed(server, tmp_path):
    fetch(server, tmp_path / "file.zip", "/moved")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT


def test_a_redirect_to_an_unencrypted_page_is_not(server):
    @dataclass
    class Answer:
        status_code: int = 200
        reason: str = "OK"
        url: str = "http://example.org/file.zip"

    with pytest.raises(NothingUsable, match="is not encrypted"):
        module._check_answer(Answer(), "https://example.org/file.zip")


def test_not_found(server, tmp_path):
    with pytest.raises(NothingUsable, match=r"answers 404 .* It may have moved"):
        fetch(server, tmp_path / "file.zip", "/nothing")
    assert left_behind(tmp_path) == []


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(NothingUsable, match=r"127\.0\.0\.1 cannot be reached"):
        download("http://127.0.0.1:9/file.zip", tmp_path / "file.zip", show=False, wait_s=0)


def test_f4_too_little_space_is_said_before_anything_is_written(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(OutputError, match="1 MiB are needed and 0 MiB are free"):
        fetch(server, tmp_path / "file.zip")
    assert left_behind(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_f5_a_disk_that_takes_no_more_keeps_what_it_has_and_goes_on_later(server, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        with pytest.raises(OutputError, match="cannot write"):
            fetch(server, tmp_path / "file.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "file.zip").exists()
    fetch(server, tmp_path / "file.zip")
    assert (tmp_path / "file.zip").read_bytes() == CONTENT
    assert server.requests[-1][1] == "bytes=400000-"


def test_litter_of_a_killed_run_is_removed(server, tmp_path):
    incoming = tmp_path / ".medcurate" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "tmp12345").write_bytes(b"half")
    fetch(server, tmp_path / "file.zip")
    assert left_behind(tmp_path) == ["file.zip"]


def test_a_list_of_files(server):
    server.content = b'{"files": []}'
    assert get_json(f"{server.url}/list") == {"files": []}
    server.content = b"<html>"
    with pytest.raises(NothingUsable, match="does not answer with JSON"):
        get_json(f"{server.url}/list")


def test_a_missing_pooch_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtra, match=r"pip install 'medcurate\[fetch\]'"):
        download("http://127.0.0.1:9/file.zip", tmp_path / "file.zip", show=False)
