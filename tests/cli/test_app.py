"""Errors become one message and one exit code; nobody sees a traceback unasked."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from medcurate import errors

COMMANDS = [
    "scan",
    "sort-planes",
    "dedupe",
    "pretrain",
    "train-gan",
    "generate",
    "evaluate",
    "compare",
    "datasets",
    "demo",
]


def test_version(medcurate):
    from importlib.metadata import version

    assert medcurate("--version").out == f"medcurate {version('medcurate')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_every_option_has_a_text(medcurate, command):
    result = medcurate(command, "--help")
    assert result.code == 0
    assert f"medcurate {command} " in result.out.split("Example")[1]


def test_help_lists_all_commands(medcurate):
    result = medcurate("--help")
    assert result.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in result.out


def test_help_works_anywhere_on_the_line(medcurate):
    assert medcurate("scan", "nowhere", "--out", "x", "--help").out == medcurate("scan", "--help").out


def test_no_arguments_show_the_help(medcurate):
    result = medcurate()
    assert result.code == 2
    assert "sort-planes" in result.out + result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["sort-plane"],
        ["scan"],
        ["scan", "nowhere", "--out", "x"],
        ["--nonsense"],
        ["scan", ".", "--out", "x", "--nope"],
    ],
)
def test_wrong_usage_is_2(medcurate, arguments):
    result = medcurate(*arguments)
    assert result.code == 2
    assert result.err
    assert "Traceback" not in result.err


def test_a_mistyped_command_names_the_right_one(medcurate):
    assert "sort-planes" in medcurate("sort-plane").err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("bad labels"), 2),
        (errors.MissingExtra(("nilearn",), extra="demo", purpose="the demo"), 2),
        (errors.NothingUsable("nothing there"), 4),
        (errors.PolicyError("not allowed"), 5),
        (errors.OutputError("disk full"), 6),
        (errors.Locked("held by process 7"), 6),
        (errors.MedcurateError("odd"), 70),
    ],
)
def test_errors_on_purpose_keep_their_text_and_code(medcurate, stub, folder, tmp_path, error, code):
    stub.error = error
    result = medcurate("scan", folder, "--out", tmp_path / "out")
    assert (result.code, result.out, result.err) == (code, "", f"medcurate: {error}\n")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG])
def test_fault_04_05_06_output_that_cannot_be_written_is_6(medcurate, stub, folder, tmp_path, number):
    stub.error = OSError(number, os.strerror(number))
    result = medcurate("scan", folder, "--out", tmp_path / "out")
    assert result.code == 6
    assert os.strerror(number) in result.err


def test_a_bug_is_70_and_quotes_nothing(medcurate, stub, folder, tmp_path):
    stub.error = ValueError("DOE^JANE")
    result = medcurate("sort-planes", folder, "--out", tmp_path / "out")
    assert result.code == 70
    assert "ValueError in sort_planes, line" in result.err
    assert "commands/sort_planes.py" in result.err
    assert "--debug" in result.err
    assert "DOE" not in result.err
    assert "Traceback" not in result.err


def test_debug_shows_the_traceback(medcurate, stub, folder, tmp_path):
    stub.error = ValueError("why")
    result = medcurate("scan", folder, "--out", tmp_path / "out", "--debug")
    assert result.code == 70
    assert "Traceback" in result.err


def test_interrupted_is_130_and_says_how_to_go_on(medcurate, stub, folder, tmp_path):
    stub.error = KeyboardInterrupt()
    result = medcurate("scan", folder, "--out", tmp_path / "out")
    assert result.code == 130
    assert "same command" in result.err


@pytest.mark.parametrize("error", [errors.NothingUsable("nothing there"), ValueError("x"), KeyboardInterrupt()])
def test_json_is_one_object_for_failures_too(medcurate, stub, folder, tmp_path, error):
    stub.error = error
    result = medcurate("scan", folder, "--out", tmp_path / "out", "--json")
    summary = json.loads(result.out)
    assert summary["exit_code"] == result.code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_fault_08_signals_stop_cleanly(number, folder, tmp_path):
    """The command signals itself while it works, as `kill` and Ctrl-C would."""
    script = f"""
import os, signal, sys, types
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs in the background ignore it
def scan(*positional, **given):
    os.kill(os.getpid(), {int(number)})
    os.read(os.pipe()[0], 1)
sys.modules["medcurate.curate.scanning"] = types.SimpleNamespace(scan=scan)
from medcurate.cli import main
sys.argv = ["medcurate", "scan", {str(folder)!r}, "--out", {str(tmp_path / "out")!r}]
main()
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode == 130, process.stderr
    assert "Traceback" not in process.stderr
    assert "same command" in process.stderr
