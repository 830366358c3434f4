"""Output that is whole or absent, and one writer at a time."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from medcurate.errors import Locked, OutputError
from medcurate.run_folder import PRIVATE, atomic_write, lock, output_errors, remove_tree

HOLDER = """
import sys
from pathlib import Path
from medcurate.run_folder import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
WRITER = """
import resource, signal, sys
from pathlib import Path
from medcurate.errors import OutputError
from medcurate.run_folder import atomic_write, lock
if sys.argv[2] == "small":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    if sys.argv[2] == "lock":
        lock(Path(sys.argv[1]).parent).__enter__()
    with atomic_write(Path(sys.argv[1])) as stream:
        stream.write(b"x" * 100_000)
except OutputError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def run(code, *arguments, before=()):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_content_appears_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with atomic_write(path) as stream:
        stream.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x")])
def test_an_error_leaves_the_old_content(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write():
        with atomic_write(path) as stream:
            stream.write(b"new")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_name_of_255_bytes_can_be_written(tmp_path):
    with atomic_write(tmp_path / ("x" * 255)) as stream:
        stream.write(b"1")
    assert (tmp_path / ("x" * 255)).exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, "Input"),
    ],
)
def test_f4_system_errors_say_what_and_what_to_do(tmp_path, number, words):
    with pytest.raises(OutputError, match=words) as caught, output_errors(tmp_path):
        raise OSError(number, "")
    assert caught.value.exit_code == 6
    assert "same command" in str(caught.value)


def test_f4_a_full_disk_leaves_no_partial_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("this user cannot mount a small disk")
    try:
        child = run(WRITER, disk / "file", "plain")
        text, _ = child.communicate()
        assert (child.returncode, list(disk.iterdir())) == (6, [])
        assert "the disk is full" in text
    finally:
        subprocess.run(["umount", disk], check=True)


def test_f5_the_file_size_limit_leaves_no_partial_file(tmp_path):
    child = run(WRITER, tmp_path / "file", "small")
    text, _ = child.communicate()
    assert (child.returncode, list(tmp_path.iterdir())) == (6, [])
    assert "larger than this system allows" in text


@pytest.mark.parametrize("how", ["plain", "lock"])
def test_f6_a_folder_that_may_not_be_written(tmp_path, how):
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    caps = "-dac_override,-dac_read_search"
    as_if_a_user = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to give that up")
    child = run(WRITER, out / "file", how, before=as_if_a_user if os.getuid() == 0 else [])
    text, _ = child.communicate()
    assert (child.returncode, list(out.iterdir())) == (6, [])
    assert "no permission" in text


def test_f7_the_second_writer_names_the_first(tmp_path):
    child = run(HOLDER, tmp_path)
    assert child.stdout.readline() == "held\n"
    with pytest.raises(Locked, match=f"process {child.pid} is writing") as caught, lock(tmp_path):
        pass
    assert caught.value.exit_code == 6
    child.kill()
    child.communicate()
    with lock(tmp_path):  # the lock of a dead process is free
        # The first byte is what is locked, and Windows lets nobody else read it: the process id stands behind it.
        assert (tmp_path / PRIVATE / "lock").read_bytes()[1:].startswith(b"%d " % os.getpid())
    assert (tmp_path / PRIVATE / "lock").read_text() == ""


def test_f7_the_lock_is_not_reentrant_and_holds_between_threads(tmp_path):
    mine = f"process {os.getpid()} is writing"
    with lock(tmp_path), ThreadPoolExecutor(1) as pool:
        with pytest.raises(Locked, match=mine), lock(tmp_path):
            pass
        with pytest.raises(Locked, match=mine):
            pool.submit(lock(tmp_path).__enter__).result()
        child = run(WRITER, tmp_path / "file", "lock")
        text, _ = child.communicate()
        assert (child.returncode, mine in text) == (6, True)  # a refusal has not freed it, nor wiped out who holds it
    with lock(tmp_path):
        pass


def test_f7_the_lock_file_stays_so_that_there_is_never_a_second_one(tmp_path):
    with lock(tmp_path):
        before = (tmp_path / PRIVATE / "lock").stat().st_ino
    with lock(tmp_path):
        assert (tmp_path / PRIVATE / "lock").stat().st_ino == before


def test_f7_a_holder_that_cannot_be_read_is_unknown(tmp_path):
    child = run(HOLDER, tmp_path)
    assert child.stdout.readline() == "held\n"
    os.truncate(tmp_path / PRIVATE / "lock", 0)
    with pytest.raises(Locked, match="process unknown is writing"), lock(tmp_path):
        pass
    child.communicate()


def test_f7_a_lock_file_of_a_dead_process_is_no_lock(tmp_path):
    (tmp_path / PRIVATE).mkdir()
    (tmp_path / PRIVATE / "lock").write_text("1 12345\n")
    with lock(tmp_path):
        pass


def test_out_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        lock(tmp_path / "out").__enter__()


def test_the_lock_removes_what_a_killed_run_left(tmp_path):
    (tmp_path / ".0123abcd.tmp").write_text("")
    (tmp_path / ".mine.tmp").write_text("")
    with lock(tmp_path):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == [PRIVATE, ".mine.tmp"]
    remove_tree(tmp_path / PRIVATE)
    remove_tree(tmp_path / PRIVATE)
    assert not (tmp_path / PRIVATE).exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_f7_a_file_system_without_locks_is_an_output_error(tmp_path, monkeypatch, number):
    def refuse(handle, how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OutputError, match=r"cannot lock files .* on a local disk"), lock(tmp_path):
        pass
