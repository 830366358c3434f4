"""Runs of the whole program and of bare loops, each in its own process, start-up included."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import psutil

MEDCURATE = "import sys; from medcurate.cli import main; sys.exit(main())"
LOOPS = Path(__file__).parent / "loops"
_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True)
class Peak:
    """Peak memory of one run, in MiB.

    Attributes
    ----------
    together_pss : float
        Of all its processes at one moment; shared memory counts once (proportional set size).
    together_rss : float
        The same, but shared memory counts in each process.
    largest_process : float
        Of the largest process alone, as the kernel counted it (``ru_maxrss``), not sampled.
    samples : int
        Number of memory samples.
    """

    together_pss: float
    together_rss: float
    largest_process: float
    samples: int


def medcurate(*arguments: str | Path) -> list[str]:
    """Return the command line of the program in this Python."""
    return [sys.executable, "-c", MEDCURATE, *map(str, arguments)]


def loop(name: str, *arguments: str | Path) -> list[str]:
    """Return the command line of one of the bare loops."""
    return [sys.executable, str(LOOPS / f"{name}.py"), *map(str, arguments)]


def seconds(command: Sequence[str]) -> float:
    """Run a command to its end; return its wall time. Raises `RuntimeError` with its last output if it fails."""
    began = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr[-2000:]}")
    return took


def peak(command: Sequence[str]) -> Peak:
    """Run a command and watch the memory of all its processes, ten times a second."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        highest = [0.0, 0.0]
        samples = 0
        usage = None
        while usage is None:
            pss, rss = _together(psutil.Process(process.pid))
            highest = [max(highest[0], pss), max(highest[1], rss)]
            samples += 1
            sleep(_INTERVAL_S)
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            usage = used if pid else None
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {process.stderr.read()[-2000:].decode()}")
    return Peak(*(value / 2**20 for value in highest), usage.ru_maxrss / 2**10, samples)


def _together(parent: psutil.Process) -> tuple[int, int]:
    pss = rss = 0
    try:
        family = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0
    for process in family:
        try:
            used = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        pss += used.pss
        rss += used.rss
    return pss, rss
