"""F1, F7, F8: wherever a run is killed, the same command ends with the bytes of one that nothing stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from medcurate.curate.homogenization import homogenize
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.errors import Locked
from medcurate.run_folder import lock
from tests.curate.scanned_folders import scanned, write_pictures, write_records, write_volumes

DRIVER = """
import os, signal, sys
from pathlib import Path

import cv2, nibabel, pyarrow.compute, pyarrow.parquet
from medcurate.curate import homogenization as homogenizing
from medcurate.curate.homogenization import HomogenizeSettings, homogenize
from medcurate.readers.matlab import reader as matlab
from medcurate.readers.nifti import reader as nifti
from medcurate.readers.raster import jpeg, png

os.fsync = lambda handle: None  # a killed process needs no disk
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
SETTINGS = HomogenizeSettings(size=16, slices="middle:2")


def work(data, out, workers):
    homogenize(Path(data), Path(out), settings=SETTINGS, workers=workers, progress=False)


def work_until(number, sign, data, out, workers):
    # Stop at the n-th time that something is about to be made, renamed or removed in the output.
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if event not in EVENTS or not any(str(out) in str(argument) for argument in arguments[:2]):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        seen += 1
        if seen == number:
            os.kill(os.getpid(), sign)

    sys.addaudithook(hook)
    try:
        work(data, out, workers)
    except KeyboardInterrupt:
        os._exit(130)
    os._exit(0)


data, out, sign, first, step, workers = sys.argv[1:]
for number in range(int(first), 1000, int(step)):
    target = f"{out}-{number}"
    child = os.fork()
    if child == 0:
        work_until(number, int(sign), data, target, int(workers))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(number, status, flush=True)
    if status == 0:
        break
    child = os.fork()
    if child == 0:
        work(data, target, int(workers))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Scan a few of everything."""
    folder = tmp_path_factory.mktemp("data")
    write_pictures(folder / "in" / "pictures", 4)
    write_records(folder / "in" / "records", 2)
    write_volumes(folder / "in" / "volumes", 1)
    return scanned(folder / "in", folder / "scan")


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory) -> dict[str, bytes]:
    """Make the dataset without a stop."""
    out = tmp_path_factory.mktemp("whole")
    chosen = HomogenizeSettings(size=16, slices="middle:2")
    homogenize(data, out, settings=chosen, workers=0, progress=False)
    return bytes_of(out)


def bytes_of(out: Path) -> dict[str, bytes]:
    """Read all that may be shared."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def drive(data, out, sign, *, first=1, step=1, workers=0):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", DRIVER, *map(str, (data, out, int(sign), first, step, workers))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_f1_killed_at_every_eleventh_write_and_resumed(data, whole, tmp_path):
    ends = drive(data, tmp_path / "out", signal.SIGKILL, first=2, step=11)
    assert len(ends) >= 5
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL}
    for number, _ in ends:
        assert bytes_of(Path(f"{tmp_path / 'out'}-{number}")) == whole, number


def test_f1_killed_with_workers(data, whole, tmp_path):
    ends = drive(data, tmp_path / "out", signal.SIGKILL, first=9, step=17, workers=1)
    assert len(ends) >= 2
    for number, _ in ends:
        assert bytes_of(Path(f"{tmp_path / 'out'}-{number}")) == whole, number


def test_f8_sigterm_stops_cleanly_and_resumes(data, whole, tmp_path):
    ends = drive(data, tmp_path / "out", signal.SIGTERM, first=9, step=45)
    assert 130 in {status for _, status in ends}
    for number, _ in ends:
        assert bytes_of(Path(f"{tmp_path / 'out'}-{number}")) == whole, number


def test_f7_two_processes_do_not_write_one_dataset(data, tmp_path):
    with lock(tmp_path), pytest.raises(Locked, match="is writing it"):
        homogenize(data, tmp_path, workers=0, progress=False)
