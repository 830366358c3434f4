"""Run the command line within the test, and stand-ins for the functions that it calls."""

from __future__ import annotations

import signal
import sys
import types
from dataclasses import dataclass, field

import pytest

from medcurate import curate
from medcurate.cli.app import run


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def medcurate(capsys):
    """Run one command line; gives its exit code and what it printed."""
    before = signal.getsignal(signal.SIGTERM)

    def call(*arguments: object) -> Outcome:
        code = run([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    yield call
    signal.signal(signal.SIGTERM, before)


@dataclass
class Counts:
    seen: int = 4
    accepted: int = 1
    duplicates: int = 1
    rejected: int = 1
    ignored: int = 1


@dataclass
class Stub:
    """Takes the place of `scan` and `sort_planes`: remembers its arguments, returns what it is told."""

    counts: Counts = field(default_factory=Counts)
    planes: dict = field(default_factory=lambda: {"axial": 2, "coronal": 0, "sagittal": 0, "unknown": 0})
    notes: tuple[str, ...] = ()
    error: BaseException | None = None
    positional: tuple = ()
    given: dict = field(default_factory=dict)

    def __call__(self, *positional, **given):
        self.positional, self.given = positional, given
        if self.error is not None:
            raise self.error
        return self


@pytest.fixture
def stub(monkeypatch):
    """Replace the work of the commands `scan` and `sort-planes`."""
    stub = Stub()
    for module, name in (("scanning", "scan"), ("plane_sorting", "sort_planes")):
        monkeypatch.setitem(sys.modules, f"medcurate.curate.{module}", types.SimpleNamespace(**{name: stub}))
        monkeypatch.setitem(vars(curate), name, stub)  # a lazily loaded name stays where it was put once
    return stub


@pytest.fixture
def folder(tmp_path):
    """Give a folder with one file in it."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"not really")
    return folder
