"""Every fenced block of README and docs is what it says: commands and Python run, tables of settings are read."""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock

from tests.command_server import CommandServer

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
NOT_RUN = "<!-- not run"
RUN = {"console", "python"}


@dataclass
class Block:
    line: int
    language: str
    text: str
    excused: bool


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            text.count("\n", 0, match.start()) + 1,
            match[1],
            match[2],
            text[: match.start()].rstrip().splitlines()[-1].startswith(NOT_RUN),
        )
        for match in BLOCK.finditer(text)
    ]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="session")
def server():
    """Give the process that runs the commands of medcurate."""
    with CommandServer() as running:
        yield running


def surroundings() -> dict[str, str]:
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": commands, "COLUMNS": "80", "PYTHONWARNINGS": "error::DeprecationWarning:__main__"}
    return {**os.environ, **more}


def run(command: list[str], folder: Path, server: CommandServer | None = None) -> subprocess.CompletedProcess[str]:
    if server is not None and command[0] == "medcurate":
        with TemporaryDirectory() as log:
            return subprocess.CompletedProcess(command, *server.run(command, folder, surroundings(), Path(log)))
    return subprocess.run(
        command, cwd=folder, env=surroundings(), capture_output=True, text=True, timeout=300, check=False
    )


def without_numbers(text: str) -> str:
    """Make examples comparable: how many there are may change, and the bars with them."""
    return re.sub(r"[ ━]+$", "", re.sub(r"[\d,.]*\d", "#", text), flags=re.MULTILINE)


def sessions(block: Block) -> list[tuple[str, str]]:
    """Return each command, a line that starts with a dollar, and what is printed below it."""
    parts = (part.partition("\n") for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:])
    return [(command, expected) for command, _, expected in parts]


def first_command(page: Path) -> str:
    """Return the command that a page begins with; empty where it begins with Python or runs nothing."""
    first = next((block for block in blocks(page) if block.language in RUN), None)
    return sessions(first)[0][0] if first and first.language == "console" else ""


BEGINNINGS = [command for command, pages in Counter(map(first_command, PAGES)).items() if command and pages > 1]
"""Commands that several pages begin with; each runs once, and every such page goes on from a copy."""


@pytest.fixture(scope="session")
def begun(tmp_path_factory, server):
    """Give a function that runs the first command of several pages: once, in whichever process asks first."""
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "begun"
    root.mkdir(exist_ok=True)

    def result(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        made, record = root / str(BEGINNINGS.index(command)), root / f"{BEGINNINGS.index(command)}.json"
        with FileLock(f"{made}.lock"):
            if not record.exists():
                made.mkdir()
                done = run(shlex.split(command), made, server)
                record.write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
        shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)
        return subprocess.CompletedProcess(command, *json.loads(record.read_text()))

    return result


def run_console(block: Block, folder: Path, begun, server: CommandServer) -> None:
    """Run each command and compare what it prints with what stands below it: `...` is anything, numbers are any."""
    for command, expected in sessions(block):
        new = command in BEGINNINGS and not any(folder.iterdir())
        result = begun(command, folder) if new else run(shlex.split(command), folder, server)
        assert result.returncode == 0, f"$ {command}\n{result.stdout}{result.stderr}"
        assert bool(expected) == bool(result.stdout), f"$ {command} prints {result.stdout!r}"
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        same = doctest.OutputChecker().check_output(without_numbers(expected), without_numbers(result.stdout), flags)
        assert same, f"$ {command}\nexpected:\n{expected}\nreceived:\n{result.stdout}"


def run_python(block: Block, folder: Path) -> None:
    result = run([sys.executable, "-c", block.text], folder)
    assert result.returncode == 0, f"line {block.line}:\n{block.text}\n{result.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if {b.language for b in blocks(page)} & RUN], ids=name)
def test_snippets_run_in_the_order_of_the_page(page, tmp_path, begun, server):
    for block in blocks(page):
        if block.language == "console":
            run_console(block, tmp_path, begun, server)
        elif block.language == "python" and not block.excused:  # tests/interop runs those that other libraries need
            run_python(block, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_block_escapes(page):
    """What is shown as code is run, or says why it is not; ``text`` is a drawing."""
    for block in blocks(page):
        assert block.language in RUN | {"toml", "text"} or (block.language == "sh" and block.excused), block


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_are_real(page):
    import typer

    from medcurate.cli.app import app

    commands = typer.main.get_command(app).commands
    for block in blocks(page):
        if block.language == "toml":
            for command, table in tomllib.loads(block.text).items():
                options = {option.lstrip("-") for parameter in commands[command].params for option in parameter.opts}
                assert set(table) <= options


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_between_pages_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        assert "://" in link or (page.parent / link).exists(), link


def test_generated_pages_name_every_command_and_code():
    import importlib.util

    from medcurate.datasets_manifest import names
    from medcurate.errors import Code

    spec = importlib.util.spec_from_file_location("generated_pages", ROOT / "docs/generated_pages.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    shown = pages.on_page_markdown("\n".join(pages.PAGES))
    for command in ("scan", "sort-planes", "datasets", "datasets verdict", "demo"):
        assert f"## medcurate {command}\n" in shown
    for code in Code:
        assert shown.count(f"| `{code}` |") == 1
    for card in names():
        assert shown.count(f"## {card}\n") == 1
    assert "<!-- generated" not in shown


def test_the_reference_knows_every_column():
    from medcurate.catalogue import SCHEMA

    reference = (ROOT / "docs/reference/files.md").read_text(encoding="utf-8")
    assert [column for column in SCHEMA.names if f"`{column}`" not in reference] == []
