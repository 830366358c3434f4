"""Stop a command at its n-th write, again and again, and let it continue: the driver of the tests of faults.

A write is a file or folder that is about to be made, renamed or removed, and a record that is about to be appended to
a journal; of the record that a kill interrupts, half is in the file. Each run is a fork of one process that has the
libraries loaded, so that a hundred runs take seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink"}
MOST = 1000

Work = Callable[[Path], object]


def drive(work: Work, out: str, sign: int, first: int, step: int, under: str = "") -> None:
    """Run `work` in ``OUT-NUMBER``, stopped at write NUMBER, and once more without a stop; print how each ended.

    NUMBER is `first`, then `step` more, and so on, until a run comes to its end before it is stopped.

    Parameters
    ----------
    work : callable
        Gets the output folder.
    out : str
    sign : int
        The signal that stops it.
    first, step : int
    under : str
        Only writes whose path contains ``OUT-NUMBER`` followed by this count.
    """
    os.fsync = lambda handle: None  # a killed process needs no disk; on a slow one a hundred runs would take minutes
    for number in range(first, MOST, step):
        target = Path(f"{out}-{number}")
        status = _in_fork(lambda number=number, target=target: _stopped(work, target, number, sign, under))
        print(number, status, flush=True)
        if status == 0:
            return
        if _in_fork(lambda target=target: work(target)) != 0:
            raise RuntimeError(f"the run after a stop at write {number} failed")


def run_driver(script: str, *arguments: object) -> list[tuple[int, int]]:
    """Run a script that calls `drive` with the arguments; return number and exit status of each stopped run."""
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("COVERAGE_PROCESS_CONFIG", None)  # a process killed while saving coverage leaves a broken file
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [(int(number), int(status)) for number, status in map(str.split, done.stdout.splitlines())]


def _in_fork(run: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run()
            status = 0
        except KeyboardInterrupt:
            status = 130
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _stopped(work: Work, out: Path, number: int, sign: int, under: str) -> None:
    from medcurate.journal.store import Journal

    seen, wanted = 0, f"{out}{under}"

    def is_last(path: object) -> bool:
        nonlocal seen
        seen += wanted in str(path)
        return seen == number and wanted in str(path)

    def hook(event: str, arguments: tuple) -> None:
        if event not in EVENTS:
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        path = next((path for path in arguments[:2] if wanted in str(path)), "")
        if path and is_last(path):
            os.kill(os.getpid(), sign)

    append = Journal._append

    def append_until(journal: Journal, content: bytes) -> None:
        if is_last(journal.path):
            if sign == signal.SIGKILL:
                append(journal, memoryview(content)[: len(content) // 2])
            os.kill(os.getpid(), sign)
        append(journal, content)

    Journal._append = append_until
    sys.addaudithook(hook)
    work(out)
