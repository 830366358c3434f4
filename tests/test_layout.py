"""The shape of the source tree, as far as no other tool checks it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src/medcurate"
MODULES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})
MOST_MODULES = 20
WITHOUT_TEST = ROOT / "tests/modules_without_test.txt"


def test_no_drawer_for_everything():
    assert not {path.stem for path in MODULES} & {"utils", "util", "helpers", "common", "misc"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    names = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(names) <= MOST_MODULES
    assert len(folder.relative_to(PACKAGE).parts) <= 2


def test_every_module_has_a_test_file_of_its_name_but_for_a_list_that_only_shrinks():
    modules = [path.relative_to(PACKAGE) for path in MODULES if path.name not in ("__init__.py", "__main__.py")]
    missing = {path.as_posix() for path in modules if not (ROOT / "tests" / path.parent / f"test_{path.name}").exists()}
    listed = [line for line in WITHOUT_TEST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert listed == sorted(set(listed))
    assert missing - set(listed) == set(), "a new module needs a test file of its name, in the same folder of tests"
    assert set(listed) - missing == set(), f"take these out of {WITHOUT_TEST.name}: they have a test, or are gone"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_modules_stay_readable(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


def test_constraints_pin_every_requirement_and_name_no_address():
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    )
    assert all(re.fullmatch(r"[0-9][0-9.]*", version) for version in pins.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    required = {re.match(r"[A-Za-z0-9_.-]+", text)[0].lower() for some in lists for text in some}
    assert len(required) > 40
    assert required - set(pins) == set()


def test_the_readme_says_what_each_extra_is_for():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    cells = re.findall(r"^\| (`[^|]*) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for cell in cells for name in re.findall("`(.*?)`", cell)}
    assert set(extras) - {"bench", "docs", "lint", "test"} - named == set()


def test_make_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    documented = re.findall(r"^([a-z]+):[^#\n]*## ", makefile, re.MULTILINE)
    assert sorted(phony) == sorted(documented)
