"""F1, F7, F8: wherever a run is killed, the same command ends with the bytes of one that nothing stopped."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from medcurate.curate.homogenization import homogenize
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.scanning import scan
from medcurate.errors import Locked
from medcurate.run_folder import lock
from tests.curate.scanned_folders import write_pictures, write_records, write_volumes
from tests.stopping import run_driver

DRIVER = """
import sys
from pathlib import Path

import cv2, faiss, nibabel, pyarrow.compute, pyarrow.parquet, scipy.sparse
from medcurate.curate.duplicates import near_duplicates
from medcurate.curate.homogenization import HomogenizeSettings, homogenize
from medcurate.curate.patients import slice_likeness
from medcurate.readers.matlab import reader as matlab
from medcurate.readers.nifti import reader as nifti
from medcurate.readers.raster import jpeg, png
from tests.stopping import drive

data, out, *numbers, workers = sys.argv[1:]
SETTINGS = HomogenizeSettings(size=16, slices="middle:2")


def work(out):
    homogenize(Path(data), out, settings=SETTINGS, workers=int(workers), progress=False)


work(Path(out + "-first"))  # whatever it loads, every fork has then
drive(work, out, *map(int, numbers))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Scan a few of everything; nobody has searched for copies."""
    folder = tmp_path_factory.mktemp("data")
    write_pictures(folder / "in" / "pictures", 4)
    write_records(folder / "in" / "records", 2)
    write_volumes(folder / "in" / "volumes", 1)
    scan([folder / "in"], folder / "scan", workers=0, progress=False)
    return folder / "scan"


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
    return run_driver(DRIVER, data, out, int(sign), first, step, workers)


@pytest.mark.slow
def test_f1_killed_at_every_eleventh_write_and_resumed(data, whole, tmp_path):
    ends = drive(data, tmp_path / "out", signal.SIGKILL, first=2, step=11)
    assert len(ends) >= 5
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL}
    for number, _ in ends:
        assert bytes_of(Path(f"{tmp_path / 'out'}-{number}")) == whole, number


def test_f1_killed_with_workers(data, whole, tmp_path):
    ends = drive(data, tmp_path / "out", signal.SIGKILL, first=20, step=60, workers=1)
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
