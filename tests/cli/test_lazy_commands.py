"""Commands are imported when they are looked up, and only then."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from medcurate.cli.app import app
from medcurate.cli.lazy_commands import COMMANDS, LazyCommands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_looked_up_and_is_named_as_listed(name):
    command = LazyCommands()[name]
    assert callable(command)
    assert LazyCommands()[name] is command


def test_what_is_no_command_is_not_found():
    assert LazyCommands().get("sort") is None
    assert "sort" not in LazyCommands()


def test_the_list_of_commands_is_in_the_order_of_the_work():
    group = typer.main.get_command(app)
    text = group.get_help(typer.Context(group, info_name="medcurate"))
    assert [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines() if line[2:3].strip()][
        : len(COMMANDS)
    ] == list(COMMANDS)


def test_help_imports_only_the_command_that_is_asked_for():
    script = (
        "import sys; from medcurate.cli.app import run; run(['scan', '--help']); "
        "print(*[name for name in sys.modules if name.startswith('medcurate.cli.commands.')], sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "medcurate.cli.commands.scan"
    assert "medcurate.cli.commands.dedupe" not in done.stdout
