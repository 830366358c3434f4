"""Run trainings one after another, each in a process of its own, and take those again that an earlier call kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from medcurate.compare.one_training import ERROR, RESULT, TOLD, Job, drawn_at
from medcurate.errors import OutputError, UsageError
from medcurate.versions import version_digest

FOLDER = "trainings"
_LIBRARIES = ("medcurate", "keras", "tensorflow", "jax", "numpy")
_KEY = 8  # hexadecimal digits of a folder's name
_INTERRUPTED = (130, -2, -15)

Advance = Callable[[float], None]
"""``(share)`` of a training that is done."""


@dataclass(frozen=True, slots=True)
class Training:
    """A finished training.

    Attributes
    ----------
    folder : Path
        With the run folder, and the images of each mark.
    facts : mapping
        See `medcurate.compare.one_training.run_job`.
    """

    folder: Path
    facts: Mapping[str, Any]

    @property
    def images(self) -> Path:
        """Folder of the images that were drawn at the end."""
        return drawn_at(self.folder, len(self.facts["marks"]) - 1)

    @property
    def marks(self) -> list[tuple[float, Path]]:
        """Processor time and images of each mark; the last is the end."""
        return [(seconds, drawn_at(self.folder, mark)) for mark, seconds in enumerate(self.facts["marks"])]


def folder_of(out: Path, name: str, job: Job, digest: str) -> Path:
    """Return the folder of a training: its name, seed, and a digest of all that decides its result.

    Parameters
    ----------
    digest : str
        Of the training images and the held-out ones.
    """
    key = version_digest(
        libraries=_LIBRARIES,
        images=digest,
        settings=job.settings,
        seconds=job.seconds,
        n=job.n,
        labels=job.labels,
    )
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return out / FOLDER / f"{plain}-{job.settings['seed']}-{key[:_KEY]}"


def trained(folder: Path, job: Job, *, advance: Advance) -> Training:
    """Run a training, continue one that was stopped, or return what a finished one wrote.

    Raises
    ------
    UsageError
        It ended with an error, which is told.
    OutputError
        It could not write.
    KeyboardInterrupt
        It was interrupted; the same call continues it.
    """
    if not (folder / RESULT).exists():
        folder.mkdir(parents=True, exist_ok=True)
        job.write(folder)
        _run(folder, advance)
    advance(1.0)
    return Training(folder, json.loads((folder / RESULT).read_bytes()))


def _run(folder: Path, advance: Advance) -> None:
    call = [sys.executable, "-m", "medcurate.compare.one_training", str(folder)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}
    last: deque[str] = deque(maxlen=12)
    with subprocess.Popen(
        call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | quiet
    ) as process:
        listener = Thread(target=last.extend, args=(process.stderr,), daemon=True)
        listener.start()
        try:
            for line in process.stdout or ():
                word, _, share = line.partition(" ")
                if word == TOLD:
                    advance(float(share))
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        listener.join()
    if code in _INTERRUPTED:
        raise KeyboardInterrupt
    if not (folder / RESULT).exists():
        raise _error(folder, code, "".join(last))


def _error(folder: Path, code: int, tail: str) -> UsageError | OutputError:
    """Return the error that the process wrote down, or what it printed last."""
    try:
        found = json.loads((folder / ERROR).read_bytes())
        return (OutputError if code == OutputError.exit_code else UsageError)(str(found["message"]))
    except (OSError, ValueError, KeyError):
        lines = [line for line in tail.splitlines() if line.strip()]
        return UsageError(f"the training process ended with the code {code}{': ' + lines[-1] if lines else ''}")
