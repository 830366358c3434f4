"""Faults F1 to F14: whatever stops a scan, the next one ends with the same bytes as one that nothing stopped.

The output is compared as a whole, but for the journal: what it holds is the same, in another order. That nothing of it
is done twice is shown by the number of files that are read.
"""

from __future__ import annotations

import csv
import importlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.curate.scanning import Counts, scan
from medcurate.curate.scans import parts as scan_parts
from medcurate.curate.scans import reading
from medcurate.curate.sources.inputs import Item, encode_path, walk
from medcurate.errors import Locked, OutputError
from medcurate.run_folder import lock
from tests import bad_inputs
from tests.stopping import run_driver

N_FILES = 17

DRIVER = """
import importlib, sys
from pathlib import Path

import numpy, cv2, pyarrow.parquet, pyarrow.compute
from medcurate import readers
from medcurate.curate import plane_sorting, scanning
from medcurate.curate.measures import plane_features
from medcurate.curate.planes import model as plane_model
from medcurate.curate.scans import parts as scan_parts
from tests.stopping import drive

plane_features.basis(), plane_features.version()  # a fork has them already
for name in readers.FORMATS.values():
    importlib.import_module(f"medcurate.readers.{name}")

data, out, sign, first, step, workers, what, under = sys.argv[1:]
scan_parts.PART_ITEMS = 5
how = {"workers": int(workers), "progress": False}
if what != "scan":
    plane_model.load_bundled()


def work(out):
    if what == "scan":
        scanning.scan([Path(data)], out, features=True, **how)
    else:
        plane_sorting.sort_planes([Path(data)], out, materialize=what, **how)


drive(work, out, int(sign), int(first), int(step), under)
"""


@pytest.fixture(autouse=True)
def settled(tmp_path_factory, monkeypatch):
    """Give all runs of a test the same salt, and small parts."""
    salt = tmp_path_factory.mktemp("config") / "salt"
    salt.write_bytes(b"s" * 32)
    monkeypatch.setenv("MEDCURATE_SALT_FILE", str(salt))
    monkeypatch.setattr(scan_parts, "PART_ITEMS", 5)


def png(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 20), dtype=np.uint8)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    for seed in range(N_FILES - 4):
        png(folder / f"f{seed:02d}" / "a.png", seed % 11)
    (folder / "f03" / "b.png").write_bytes(b"")
    (folder / "f05" / "b.png").write_bytes(b"no image")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "z.csv").write_bytes(b"x")
    return folder


def bytes_of(out: Path) -> dict[str, bytes]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.suffix != ".journal")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def differing(out: Path, expected: dict[str, bytes]) -> list[str]:
    found = bytes_of(out)
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def scanned(data: Path, out: Path, **options):
    return scan([data], out, **{"workers": 0, "features": True, "progress": False, **options})


def drive(data, out, sign, *, first=1, step=1, workers=0, what="scan", under=""):
    return run_driver(DRIVER, data, out, int(sign), first, step, workers, what, under)


@pytest.mark.slow
def test_f1_killed_at_every_write_and_resumed(data, tmp_path):
    scanned(data, tmp_path / "whole")
    expected = bytes_of(tmp_path / "whole")
    ends = drive(data, tmp_path / "out", signal.SIGKILL)
    assert len(ends) >= 25
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL}
    for number, _ in ends:
        assert differing(tmp_path / f"out-{number}", expected) == [], number


def test_f1_killed_with_workers(data, tmp_path):
    scanned(data, tmp_path / "whole")
    ends = drive(data, tmp_path / "out", signal.SIGKILL, first=7, step=6, workers=1)
    assert len(ends) >= 4
    for number, _ in ends:
        assert differing(tmp_path / f"out-{number}", bytes_of(tmp_path / "whole")) == [], number


def test_f8_sigterm_stops_cleanly_and_resumes(data, tmp_path):
    scanned(data, tmp_path / "whole")
    ends = drive(data, tmp_path / "out", signal.SIGTERM, first=8, step=9)
    # Before the scan itself begins a SIGTERM is the system's; from then on it is Ctrl-C.
    assert {status for _, status in ends[:-1]} <= {130, -signal.SIGTERM}
    assert 130 in {status for _, status in ends}
    for number, _ in ends:
        assert differing(tmp_path / f"out-{number}", bytes_of(tmp_path / "whole")) == [], number


def test_f1_work_done_before_the_kill_is_not_done_again(data, tmp_path, monkeypatch):
    def stop_at_third(self, key, files):
        written.append(key)
        if len(written) == 3:
            raise KeyboardInterrupt
        return write(self, key, files)

    written = []
    write = scan_parts.PartStore.write
    with monkeypatch.context() as patch:
        patch.setattr(scan_parts.PartStore, "write", stop_at_third)
        with pytest.raises(KeyboardInterrupt):
            scanned(data, tmp_path / "out")
    assert not (tmp_path / "out" / "catalogue.parquet").exists()
    assert scanned(data, tmp_path / "out").reused == 10 - 1  # two parts of five; one file in them is litter


@pytest.mark.parametrize(("what", "step"), [("link", 2), ("copy", 11)])
def test_f1_killed_within_the_sorted_view_and_completed(data, tmp_path, what, step):
    from medcurate.curate.plane_sorting import sort_planes

    def view_of(out: Path) -> dict[str, bytes | str]:
        entries = sorted(out.rglob("*"))
        return {str(p.relative_to(out)): str(p.readlink()) if p.is_symlink() else p.read_bytes()
                for p in entries if p.is_symlink() or p.is_file()}  # fmt: skip

    before = tmp_path / "before"
    sort_planes([data], before, workers=0, materialize=what, progress=False)
    for change in (edit, add, remove, rename):
        change(data)
    sort_planes([data], tmp_path / "whole", workers=0, materialize=what, progress=False)
    for number in range(1, 80, step):  # the view that is there is of what the input was
        shutil.copytree(before, tmp_path / f"out-{number}", symlinks=True)
    ends = drive(data, tmp_path / "out", signal.SIGKILL, step=step, what=what, under="/sorted/")
    assert len(ends) >= 4
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL}
    for number, _ in ends:
        assert view_of(tmp_path / f"out-{number}" / "sorted") == view_of(tmp_path / "whole" / "sorted"), number


FULL = """
import resource, sys
from pathlib import Path
from medcurate.curate import scanning
from medcurate.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    scanning.scan([Path(sys.argv[1])], Path(sys.argv[2]), workers=0, features=True, progress=False)
except OutputError as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("which", ["inputs.json", "rejects.csv", "catalogue.parquet", "scan.journal"])
def test_f4_f5_no_room_is_exit_6_without_a_partial_file_and_resumes(data, tmp_path, monkeypatch, which):
    monkeypatch.setattr(scan_parts, "PART_ITEMS", 2048)
    scanned(data, tmp_path / "whole")
    expected = bytes_of(tmp_path / "whole")
    limit = next((tmp_path / "whole").rglob(which)).stat().st_size - 1
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", FULL, str(data), str(tmp_path / "out"), str(limit)]
    assert subprocess.run(command, env=environment, check=False).returncode == 6
    left = bytes_of(tmp_path / "out")
    assert not [name for name in left if name.endswith((which, "catalogue.parquet", ".tmp"))]
    scanned(data, tmp_path / "out")
    assert differing(tmp_path / "out", expected) == []


def test_f7_two_scans_into_one_folder(data, tmp_path):
    with lock(tmp_path / "out"), pytest.raises(Locked, match=f"process {os.getpid()}"):
        scanned(data, tmp_path / "out")


def test_f7_output_that_is_a_file(data, tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError):
        scanned(data, tmp_path / "out")


def edit(data: Path) -> None:
    png(data / "f02" / "a.png", 99)


def add(data: Path) -> None:
    png(data / "f00" / "0.png", 98)


def remove(data: Path) -> None:
    shutil.rmtree(data / "f01")


def rename(data: Path) -> None:
    (data / "f04").rename(data / "zzz")


@pytest.mark.parametrize(("change", "again"), [(edit, 1), (add, 1), (remove, 0), (rename, 1)])
def test_f10_only_what_changed_is_read_again(data, tmp_path, change, again):
    out = tmp_path / "out"
    scanned(data, out)
    change(data)
    result = scanned(data, out)
    items = result.counts.seen - result.counts.ignored
    assert result.reused == items - again
    scanned(data, tmp_path / "whole")
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    assert scanned(data, out).reused == items
    assert bytes_of(out) == bytes_of(tmp_path / "whole")


def test_f10_what_may_be_better_next_time_is_tried_again(data, tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "no")

    with monkeypatch.context() as patch:
        patch.setattr(Item, "blob", refuse)
        assert scanned(data, tmp_path / "out").counts.accepted == 0
    assert scanned(data, tmp_path / "out").counts.accepted == 11


def test_f10_a_nifti_header_is_as_new_as_its_pixels(tmp_path):
    (tmp_path / "a.hdr").write_bytes(b"x")
    (tmp_path / "a.img").write_bytes(b"x")
    [item] = [entry for entry in walk([tmp_path]) if entry.path == "a.hdr"]
    before = scan_parts.file_key(item)
    os.utime(tmp_path / "a.img", ns=(2**61, 2**61))
    assert scan_parts.file_key(item) != before


@pytest.mark.parametrize("change", [{"keep_burned_in": True}, {"channel": 1}, {"features": False}])
def test_f11_another_configuration_is_a_new_scan(data, tmp_path, change):
    scanned(data, tmp_path / "out")
    assert scanned(data, tmp_path / "out", **change).reused == 0
    scanned(data, tmp_path / "whole", **change)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


def test_f11_another_version_of_the_code_is_a_new_scan(data, tmp_path, monkeypatch):
    scanned(data, tmp_path / "out")
    monkeypatch.setattr(reading, "_LIBRARIES", ("pytest",))
    assert scanned(data, tmp_path / "out").reused == 0


def test_f12_surroundings_change_nothing(data, tmp_path):
    code = """
        import os, sys
        from pathlib import Path
        from medcurate.curate import scanning
        from medcurate.curate.scans import parts as scan_parts
        os.umask(int(sys.argv[3], 8))
        scan_parts.PART_ITEMS = 5
        scanning.scan([Path(sys.argv[1])], Path(sys.argv[2]), workers=1, features=True, progress=False)
    """
    path = {"PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)}
    for name, umask, cwd, surroundings in (
        ("a", "077", "/", {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        ("b", "022", str(tmp_path), {"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
    ):
        command = [sys.executable, "-c", textwrap.dedent(code), str(data), str(tmp_path / name), umask]
        subprocess.run(command, env={**os.environ, **path, **surroundings}, cwd=cwd, check=True)
    scanned(data, tmp_path / "c")
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b") == bytes_of(tmp_path / "c")


def test_f13_any_number_of_workers_gives_the_same_bytes(data, tmp_path):
    for workers in (0, 1, 3):
        scanned(data, tmp_path / str(workers), workers=workers)
    assert bytes_of(tmp_path / "0") == bytes_of(tmp_path / "1") == bytes_of(tmp_path / "3")


def place_of(content: bytes, kind: bytes, number: int) -> int:
    """Return where the key of the n-th record of a kind stands in a journal."""
    place = -1
    for _ in range(number + 1):
        place = content.index(kind, place + 1)
    return place


@pytest.mark.parametrize("damage", ["flip", "cut", "zero", "gone"])
@pytest.mark.parametrize("kind", [b"lines/", b"features/"])
def test_f14_a_damaged_part_is_found_and_done_again(data, tmp_path, damage, kind):
    out = tmp_path / "out"
    scanned(data, out)
    expected = bytes_of(out)
    journal = out / ".medcurate" / "scan.journal"
    content = bytearray(journal.read_bytes())
    place = place_of(content, kind, 1)
    content[place + 300] ^= 1
    damaged = {"flip": bytes(content), "cut": content[: place + 100], "zero": b"", "gone": b""}[damage]
    journal.write_bytes(damaged)
    if damage == "gone":
        journal.unlink()
    items = N_FILES - 2
    assert scanned(data, out).reused == {"flip": items - 5, "cut": 4, "zero": 0, "gone": 0}[damage]
    assert bytes_of(out) == expected
    assert scanned(data, out).reused == items


# ------------------------------------------------------------------------------------------------- bad inputs 67 and 68

HOSTILE = """
    import os, time
    from dataclasses import replace
    from unittest.mock import patch
    from medcurate.curate.sources.inputs import Item
    from medcurate.curate.scans.file_lines import scan_item as scan_honest

    def scan_item(item, settings):
        if "crash" in item.path:
            os.abort()
        if "hang" in item.path:
            time.sleep(1000)
        if "gone" in item.path:
            item = replace(item, location=item.location + "-gone")
        if "edited" in item.path:
            item = replace(item, mtime_ns=item.mtime_ns - 1)
        if "refused" in item.path:
            with patch.object(Item, "blob", side_effect=PermissionError(13, "denied")):
                return scan_honest(item, settings)
        return scan_honest(item, settings)
"""


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """Let a codec crash or hang, or the file be gone, edited or refused, as the name of the file says."""
    (tmp_path / "hostile_codec.py").write_text(textwrap.dedent(HOSTILE))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(reading, "scan_item", importlib.import_module("hostile_codec").scan_item)
    yield
    sys.modules.pop("hostile_codec")


def codes_of(out: Path) -> dict[str, str]:
    with (out / "rejects.csv").open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row["code"] for row in csv.DictReader(stream)}


def test_bad_input_67_a_codec_that_crashes_or_hangs(data, tmp_path, hostile):
    png(data / "f03" / "crash.png", 50)
    png(data / "f07" / "hang.png", 51)
    result = scanned(data, tmp_path / "out", workers=2, timeout_s=1.0)
    codes = codes_of(tmp_path / "out")
    assert (codes["f03/crash.png"], codes["f07/hang.png"]) == ("WORKER_CRASH", "TIMEOUT")
    assert result.counts == Counts(seen=N_FILES + 2, accepted=11, duplicates=2, rejected=4, ignored=2)


def fill(data: Path, table: bad_inputs.Table, rng: np.random.Generator) -> dict[str, str]:
    """Write a table's files among 200 good ones, in folders of a shuffled order; return what must become of each."""
    good = {name: (lambda path, data=content: path.write_bytes(data), "kept")
            for name, content in bad_inputs.good_files(200)}  # fmt: skip
    files = {**table, **good}
    archives = sorted({name.split("//")[0] for name in files})
    folders = {name: f"{number:03d}" for number, name in enumerate(rng.permutation(archives))}
    expected = {}
    for name, (write, code) in files.items():
        on_disk, mark, member = name.partition("//")
        folder = data / folders[on_disk]
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / on_disk)
        expected[encode_path(f"{folder.name}/{on_disk}") + ("!" if mark else "") + member] = code
    return expected


def outcomes_of(result) -> dict[str, str]:
    """Return the code of every file that was not kept, and ``kept`` with its notes of every other."""
    rows = result.catalogue.to_table(["path", "notes"]).to_pylist()
    return codes_of(result.catalogue.path.parent) | {row["path"]: f"kept {row['notes']}".strip() for row in rows}


@pytest.mark.slow
def test_bad_input_68_all_of_them_among_200_good_files(tmp_path, hostile, rng):
    secret = tmp_path / "secret.png"
    png(secret, 0)
    expected = fill(tmp_path / "mixed", bad_inputs.bad_inputs(secret), rng)
    for workers in (1, 8):
        result = scanned(tmp_path / "mixed", tmp_path / str(workers), workers=workers, timeout_s=10.0)
        found = outcomes_of(result)
        assert {name: (code, found.get(name)) for name, code in expected.items() if found.get(name) != code} == {}
        assert found.keys() == expected.keys()
        assert result.counts.seen == len(expected)
        assert result.counts.duplicates == 1  # the two byte-identical files of 63
        assert result.counts.accepted + 1 == sum(code.startswith("kept") for code in expected.values())
    assert differing(tmp_path / "1", bytes_of(tmp_path / "8")) == []
