"""The wheel, installed alone into a fresh environment, does its work there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
N_IMAGES = 3

pytestmark = pytest.mark.slow


def call(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of this source tree."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    command = tuple(str(part) for part in command)
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=540, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    result = call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = out.glob("medcurate-*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel, tmp_path_factory) -> Path:
    """Give the folder of commands of a fresh environment that holds the wheel and what it requires."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=True)
    binaries = home / ("Scripts" if os.name == "nt" else "bin")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    constraints = ROOT / "constraints.txt"
    result = call(binaries / "python", "-m", "pip", "install", *quiet, "-c", constraints, wheel, cwd=home)
    if result.returncode and not os.environ.get("CI"):
        pytest.skip(f"pip cannot install what the wheel requires (offline?): {result.stderr[-300:]}")
    assert result.returncode == 0, result.stderr
    return binaries


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Give a tiny folder: three pictures and an empty file."""
    folder = tmp_path_factory.mktemp("input") / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(N_IMAGES):
        pixels = cv2.GaussianBlur(rng.integers(0, 255, (96, 80), dtype=np.uint8), (0, 0), 6)
        (folder / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (folder / "empty.dcm").touch()
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"medcurate"}
    assert "medcurate/py.typed" in names
    data = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src/medcurate").rglob("*.*")}
    kinds = (".j2", ".css", ".npz", ".json", ".toml", ".md", ".pyi")
    assert {name for name in data if name.endswith(kinds)} <= set(names)
    assert "medcurate/evaluate/report_page/report.html.j2" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".pyc"))]


def test_help_runs_from_the_wheel(binaries, tmp_path):
    result = call(binaries / "medcurate", "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "sort-planes" in result.stdout
    where = call(binaries / "python", "-c", "import medcurate; print(medcurate.__file__)", cwd=tmp_path)
    assert str(binaries.parent) in where.stdout


@pytest.mark.parametrize(("command", "table"), [("scan", "catalogue.parquet"), ("sort-planes", "planes.csv")])
def test_commands_work_with_the_core_requirements_alone(binaries, folder, tmp_path, command, table):
    result = call(binaries / "medcurate", command, folder, "--out", "out", "--json", "--workers", 1, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert (summary["seen"], summary["accepted"], summary["rejected"]) == (N_IMAGES + 1, N_IMAGES, 1)
    assert (tmp_path / "out" / table).stat().st_size > 0
    assert (tmp_path / "out" / "rejects.csv").read_text().count("EMPTY") == 1


@pytest.mark.parametrize(("minutes", "extras"), [("0", "demo"), ("1", "demo,train")])
def test_what_extras_bring_is_named_with_the_extras(binaries, tmp_path, minutes, extras):
    result = call(binaries / "medcurate", "demo", "--out", "demo", "--minutes", minutes, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert f"pip install 'medcurate[{extras}]'" in result.stderr
