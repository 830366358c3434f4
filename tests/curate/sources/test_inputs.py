from __future__ import annotations

import io
import os
import pickle
import socket
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.sources.inputs import Item, Skipped, decode_path, encode_path, walk
from medcurate.errors import Code, InputError, UsageError

MTIME = 1_700_000_000_000_000_000


def codes(entries) -> dict[str, str]:
    return {entry.path: "item" if isinstance(entry, Item) else str(entry.code) for entry in entries}


def walked(*inputs: Path, exclude: Path | None = None) -> dict[str, str]:
    return codes(walk(inputs, exclude=exclude))


def put(path: Path, data: bytes = b"pixels") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path: Path, contents: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def test_folder_is_listed_in_order_and_read(tmp_path):
    for name in ("b.png", "a/2.png", "a/10.png", "a.png", "c.dcm"):
        put(tmp_path / name, name.encode())
    items = list(walk([tmp_path]))
    assert [item.path for item in items] == ["a/10.png", "a/2.png", "a.png", "b.png", "c.dcm"]
    assert [item.blob().bytes().decode() for item in items] == [item.path for item in items]
    assert {item.source for item in items} == {encode_path(tmp_path.name)}
    again = pickle.loads(pickle.dumps(items[0]))
    assert again == items[0]
    assert again.blob().head(2) == b"a/"
    assert again.blob().path == tmp_path / "a/10.png"


def test_order_of_inputs_does_not_matter_and_names_are_unique(tmp_path):
    put(tmp_path / "x/data/1.png")
    put(tmp_path / "y/data/1.png")
    inputs = [tmp_path / "y/data", tmp_path / "x/data"]
    entries = list(walk(inputs))
    assert [(item.source, item.path) for item in entries] == [("data", "1.png"), ("data-2", "1.png")]
    assert entries == list(walk(inputs[::-1]))


def test_single_files_share_the_source_of_their_folder(tmp_path):
    folder = tmp_path / "scans"
    files = [put(folder / name) for name in ("b.png", "a.png")]
    assert [(item.source, item.path) for item in walk(files)] == [("scans", "a.png"), ("scans", "b.png")]


def test_nested_inputs_are_listed_once(tmp_path):
    inner = put(tmp_path / "sub/1.png")
    assert walked(tmp_path, inner.parent, inner) == {"sub/1.png": "item"}


def test_missing_input_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        walk([tmp_path / "nowhere"])


def test_out_folder_is_passed_over(tmp_path):
    put(tmp_path / "1.png")
    put(tmp_path / "out/sorted/1.png")
    assert walked(tmp_path, exclude=tmp_path / "out") == {"1.png": "item"}


def test_out_folder_is_not_an_input(tmp_path):
    put(tmp_path / "1.png")
    with pytest.raises(UsageError, match="not an input itself"):
        walk([tmp_path], exclude=tmp_path / "sub/..")


def test_sidecars_are_ignored_and_text_named_as_image_is_not(tmp_path):
    for name in ("labels.csv", "notes.TXT", "README", "catalogue.parquet", "a.json", "text.dcm"):
        put(tmp_path / name)
    found = walked(tmp_path)
    assert found.pop("text.dcm") == "item"
    assert set(found.values()) == {"SIDECAR"}


def test_second_part_of_a_pair_is_a_sidecar(tmp_path):
    for name in ("a.hdr", "a.img", "alone.img"):
        put(tmp_path / name, name.encode())
    assert walked(tmp_path) == {"a.hdr": "item", "a.img": "SIDECAR", "alone.img": "item"}
    item = next(iter(walk([tmp_path])))
    assert item.blob().sibling("a.img").bytes() == b"a.img"
    assert item.blob().sibling("b.img") is None


def test_bad_input_58_what_is_no_regular_file(tmp_path):
    put(tmp_path / "folder.png/inside.png")
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's address is short
        try:
            server.bind("socket.dcm")
        finally:
            os.chdir(here)
        assert walked(tmp_path) == {
            "folder.png": "NOT_REGULAR",
            "folder.png/inside.png": "item",
            "pipe.png": "NOT_REGULAR",
            "socket.dcm": "NOT_REGULAR",
        }


def test_bad_input_58_a_file_that_became_a_pipe_does_not_hang(tmp_path):
    path = put(tmp_path / "a.png")
    (item,) = walk([tmp_path])
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError) as caught:
        item.blob().bytes()
    assert caught.value.code is Code.CHANGED


def test_bad_input_59_links(tmp_path):
    outside = put(tmp_path / "outside/secret.png")
    root = tmp_path / "root"
    put(root / "a.png", b"inside")
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "broken.png").symlink_to(root / "gone.png")
    (root / "out.png").symlink_to(outside)
    (root / "link.png").symlink_to("a.png")
    entries = list(walk([root]))
    assert codes(entries) == {
        "a.png": "item",
        "broken.png": "SYMLINK",
        "link.png": "item",
        "loop": "SYMLINK",
        "out.png": "SYMLINK",
        "self": "SYMLINK",
    }
    assert not any(entry.rejected for entry in entries if isinstance(entry, Skipped))
    assert [entry.blob().bytes() for entry in entries if entry.path == "link.png"] == [b"inside"]


ODD_NAMES = [
    b"bad\xff\xfe.png",
    "brain \U0001f9e0.png".encode(),
    unicodedata.normalize("NFC", "é.png").encode(),
    unicodedata.normalize("NFD", "é.png").encode(),
    b"line\nbreak.png",
    b'comma, semicolon; quote".png',
    b"=cmd().png",
    b"-1.png",
    b"100%41.png",
    b"50% off.png",
    b"a.zip!b.png",
    "\u202egnp.png".encode(),
    b"x" * 251 + b".png",
]


@pytest.mark.parametrize("raw", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_bad_input_60_odd_names_round_trip(tmp_path, raw):
    put(tmp_path / os.fsdecode(raw), b"odd")
    (item,) = walk([tmp_path])
    assert item.blob().bytes() == b"odd"
    assert os.fsencode(decode_path(item.path)) == raw
    assert item.path.encode().isascii() or item.path.isprintable()
    assert item.path[0] not in "=+-@"
    assert ".zip!" not in item.path


def test_bad_input_60_composed_and_decomposed_names_stay_two(tmp_path):
    for form in ("NFC", "NFD"):
        put(tmp_path / unicodedata.normalize(form, "é.png"))
    assert len(walked(tmp_path)) == 2


def test_bad_input_60_path_longer_than_the_system_takes(tmp_path):
    step, depth = "d" * 200, 25
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(step, dir_fd=folder)
        inner = os.open(step, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    with os.fdopen(os.open("deep.png", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as stream:
        stream.write(b"deep")
    os.close(folder)
    (item,) = walk([tmp_path])
    assert item.path == "/".join([step] * depth + ["deep.png"])
    assert len(item.location) > 4096
    assert item.blob().bytes() == b"deep"


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\0" not in raw and b"/" not in raw))
@settings(deadline=None)
def test_any_name_round_trips_and_is_inert(raw):
    text = encode_path(os.fsdecode(raw))
    assert os.fsencode(decode_path(text)) == raw
    assert text[0] not in "=+-@"
    text.encode("utf-8", "strict")
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def test_bad_input_61_vanished_and_changed(tmp_path):
    first, second = put(tmp_path / "a.png"), put(tmp_path / "b.png")
    gone, changed = walk([tmp_path])
    first.unlink()
    second.write_bytes(b"other")
    for item, code in ((gone, Code.VANISHED), (changed, Code.CHANGED)):
        with pytest.raises(InputError) as caught:
            item.blob().bytes()
        assert caught.value.code is code


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_bad_input_61_unreadable(tmp_path):
    put(tmp_path / "locked/a.png")
    secret = put(tmp_path / "secret.png")
    secret.chmod(0)
    (tmp_path / "locked").chmod(0)
    try:
        entries = list(walk([tmp_path]))
        assert codes(entries) == {"locked": "PERMISSION", "secret.png": "item"}
        with pytest.raises(InputError) as caught:
            entries[1].blob().bytes()
        assert caught.value.code is Code.PERMISSION
    finally:
        (tmp_path / "locked").chmod(0o700)


def test_bad_input_61_unreadable_as_the_system_says(tmp_path, monkeypatch):
    put(tmp_path / "locked/a.png")
    put(tmp_path / "b.png")

    def refuse(path):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(
        "medcurate.curate.sources.inputs.list_folder",
        lambda path: refuse(path) if "locked" in path else ["b.png", "locked"],
    )
    entries = list(walk([tmp_path]))
    assert codes(entries) == {"b.png": "item", "locked": "PERMISSION"}
    assert entries[1].rejected


def test_disk_that_fails_loses_one_folder(tmp_path, monkeypatch):
    put(tmp_path / "a.png")

    def fail(path):
        raise OSError(5, "input/output error")

    monkeypatch.setattr("medcurate.curate.sources.inputs.list_folder", fail)
    assert walked(tmp_path) == {".": "DECODE"}


def test_bad_input_62_litter(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/x.png", "a/._1.png", ".git/config"):
        put(tmp_path / name)
    assert set(walked(tmp_path).values()) == {"LITTER"}
    assert len(walked(tmp_path)) == 7


def test_zip_members_are_read_without_unpacking(tmp_path):
    path = zipped(
        tmp_path / "scans.zip", {"b.png": b"b" * 100, "a/1.dcm": b"1", "a/readme.txt": b"", "__MACOSX/b": b""}
    )
    before = sorted(tmp_path.iterdir())
    entries = list(walk([path]))
    assert codes(entries) == {
        "scans.zip!__MACOSX/b": "LITTER",
        "scans.zip!a/1.dcm": "item",
        "scans.zip!a/readme.txt": "SIDECAR",
        "scans.zip!b.png": "item",
    }
    blob = pickle.loads(pickle.dumps(entries[3])).blob()
    with blob.open() as one, blob.open() as two:
        assert one.read(50) + two.read() + one.read() == b"b" * 200
        assert two.seek(-1, io.SEEK_END) == 99
    assert blob.name == "b.png"
    assert sorted(tmp_path.iterdir()) == before


def test_large_member_is_spooled_and_seekable(tmp_path, monkeypatch):
    monkeypatch.setattr("medcurate.curate.sources.archives._MEMORY_BYTES", 10)
    zipped(tmp_path / "s.zip", {"a.png": bytes(range(100))})
    (item,) = walk([tmp_path])
    blob = item.blob()
    with blob.open() as one, blob.open() as two:
        assert one.read(10) == bytes(range(10))
        assert two.seek(90) == 90
        assert two.read() == bytes(range(90, 100))
        assert one.read(1) == b"\x0a"


def test_pair_inside_a_zip(tmp_path):
    zipped(tmp_path / "s.zip", {"p/a.hdr": b"h", "p/a.img": b"voxels", "a.img": b"other"})
    entries = list(walk([tmp_path]))
    assert codes(entries) == {"s.zip!a.img": "item", "s.zip!p/a.hdr": "item", "s.zip!p/a.img": "SIDECAR"}
    assert entries[1].blob().sibling("a.img").bytes() == b"voxels"
    assert entries[1].blob().sibling("c.img") is None


def test_bad_input_66_names_that_lead_out(tmp_path):
    zipped(
        tmp_path / "s.zip",
        {"../up.png": b"", "/root.png": b"", "C:/x.png": b"", "a/..\\..\\b.png": b"", "ok.png": b"1"},
    )
    entries = list(walk([tmp_path]))
    assert sorted(codes(entries).values()) == ["ARCHIVE_UNSAFE"] * 4 + ["item"]
    assert all(entry.rejected for entry in entries if isinstance(entry, Skipped))


def test_bad_input_66_links_devices_archives_and_copies(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name, mode in (("link.png", stat.S_IFLNK), ("device.png", stat.S_IFCHR), ("fine.png", stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode | 0o644) << 16
            archive.writestr(info, b"/etc/passwd")
        archive.writestr("inner.zip", b"PK")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("fine.png", b"again")
    found = [(entry.path, type(entry).__name__) for entry in walk([tmp_path])]
    assert found == [
        ("s.zip!device.png", "Skipped"),
        ("s.zip!fine.png", "Item"),
        ("s.zip!fine.png", "Skipped"),
        ("s.zip!inner.zip", "Skipped"),
        ("s.zip!link.png", "Skipped"),
    ]


def test_bad_input_66_encrypted(tmp_path):
    path = zipped(tmp_path / "s.zip", {"a.png": b"1", "b.png": b"2"})
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    data[first + 8] |= 1
    path.write_bytes(data)
    assert walked(tmp_path) == {"s.zip!a.png": "ENCRYPTED", "s.zip!b.png": "item"}


def test_bad_input_66_bomb_leaves_the_other_members(tmp_path):
    zipped(tmp_path / "s.zip", {"bomb.nii": bytes(80 * 2**20), "a.png": b"1"})
    assert walked(tmp_path) == {"s.zip!a.png": "item", "s.zip!bomb.nii": "BOMB"}


def test_bad_input_66_member_larger_than_it_declares(tmp_path):
    path = zipped(tmp_path / "s.zip", {"a.png": bytes(10_000)})
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    data[first + 24 : first + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    (item,) = walk([tmp_path])
    with pytest.raises(InputError) as caught:
        item.blob().bytes()
    assert caught.value.code is Code.DECODE


def test_bad_input_66_overlapping_members(tmp_path):
    path = zipped(tmp_path / "s.zip", {"a.png": b"1" * 50, "b.png": b"2" * 50, "c.png": b"3" * 50}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = struct.pack("<I", 10)  # within the first member
    path.write_bytes(data)
    assert walked(tmp_path) == {
        "s.zip!a.png": "ARCHIVE_UNSAFE",
        "s.zip!b.png": "ARCHIVE_UNSAFE",
        "s.zip!c.png": "item",
    }


def test_cut_zip_and_other_content_named_zip(tmp_path):
    data = zipped(tmp_path / "cut.zip", {"a.png": bytes(5000)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[:60])
    put(tmp_path / "picture.zip", b"\x89PNG")
    entries = list(walk([tmp_path]))
    assert codes(entries) == {"cut.zip": "TRUNCATED", "picture.zip": "item"}
    assert entries[0].rejected


def test_listing_is_a_stream(tmp_path):
    for number in range(50):
        put(tmp_path / f"{number:03d}.png")
    entries = walk([tmp_path])
    assert next(entries).path == "000.png"
    (tmp_path / "010.png").unlink()
    assert codes(entries)["010.png"] == "VANISHED"
