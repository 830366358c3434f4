"""F1, F4, F8, F12: wherever generating is stopped, the same command ends with the bytes of one that nothing stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from medcurate.generate.synthetic.generation import GenerateSettings, generate
from tests.generate.made_run import Sampler, made_run
from tests.stopping import run_driver

DRIVER = """
import sys
from pathlib import Path

import cv2, pyarrow.compute, pyarrow.dataset, pyarrow.parquet
from medcurate.generate.synthetic.generation import GenerateSettings, generate
from tests.generate.made_run import Sampler
from tests.stopping import drive


def work(out, run=sys.argv[1]):
    settings = GenerateSettings(n=9, batch=2)
    generate(Path(run), Path(out), settings=settings, sampler=Sampler(equal={5: 1, 7: 2}), progress=False)


if len(sys.argv) > 3:
    drive(work, sys.argv[2], *map(int, sys.argv[3:]))
else:
    work(sys.argv[2])
"""

FULL = """
import resource, sys
from pathlib import Path
from medcurate.errors import OutputError
from medcurate.generate.synthetic.generation import GenerateSettings, generate
from tests.generate.made_run import Sampler
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
settings, sampler = GenerateSettings(n=9, batch=2), Sampler(shape=(99, 99, 1))
try:
    generate(Path(sys.argv[1]), Path(sys.argv[2]), settings=settings, sampler=sampler, progress=False)
except OutputError as error:
    sys.exit(error.exit_code)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return made_run(tmp_path_factory.mktemp("trained") / "run")


@pytest.fixture(scope="module")
def whole(run, tmp_path_factory) -> dict[str, bytes]:
    """Generate without a stop."""
    out = tmp_path_factory.mktemp("whole")
    sampler = Sampler(equal={5: 1, 7: 2})
    result = generate(run, out, settings=GenerateSettings(n=9), sampler=sampler, progress=False)
    assert result.repeated == 2
    return bytes_of(out)


def bytes_of(out: Path) -> dict[str, bytes]:
    """Read all that may be shared."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and ".medcurate" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def called(script: str, *arguments: object, **surroundings: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", **surroundings}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("sign", "first", "step"), [(signal.SIGKILL, 1, 4), (signal.SIGTERM, 9, 13)])
def test_f1_f8_stopped_at_many_writes_and_resumed(run, whole, tmp_path, sign, first, step):
    ends = run_driver(DRIVER, run, tmp_path / "out", int(sign), first, step)
    assert len(ends) >= (12 if sign == signal.SIGKILL else 3)
    assert {status for _, status in ends[:-1]} == {-signal.SIGKILL if sign == signal.SIGKILL else 130}
    for number, _ in ends:
        assert bytes_of(Path(f"{tmp_path / 'out'}-{number}")) == whole, number


@pytest.mark.parametrize("limit", [100, 5_000])
def test_f4_f5_no_room_is_exit_6_without_a_partial_file_and_resumes(run, tmp_path, limit):
    done = called(FULL, run, tmp_path / "out", limit)
    assert done.returncode == 6, done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".png", ".parquet")]
    sampler = Sampler(shape=(99, 99, 1))
    for name in ("out", "whole"):
        generate(run, tmp_path / name, settings=GenerateSettings(n=9), sampler=sampler, progress=False)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


def test_f12_surroundings_change_nothing(run, whole, tmp_path):
    for name, more in (
        ("a", {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        ("b", {"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
    ):
        done = called(DRIVER, run, tmp_path / name, **more)
        assert done.returncode == 0, done.stderr
        assert bytes_of(tmp_path / name) == whole
