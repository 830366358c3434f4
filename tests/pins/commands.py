"""Run several command lines one after another in one new process, as a user's shell would.

``python commands.py FILE``: FILE is JSON, a list of command lines without the program's name. The process ends with the
code of the first command that fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_DONE = (None, 0, 5)
"""Exit codes of a command that did its work; with 5 `manifest` says that a dataset without a license stays at home."""


def run(folder: Path, commands: Sequence[Sequence[object]], environment: Mapping[str, str] | None = None) -> None:
    """Run the commands with `folder` as the working directory; `environment` is added to that of this process.

    Raises
    ------
    RuntimeError
        A command failed.
    """
    listed = folder / "commands.json"
    listed.write_text(json.dumps([[str(word) for word in command] for command in commands]))
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).absolute()), listed.name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a command ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def main(file: Path) -> int:
    """Run what `file` lists through the entry point that the command ``medcurate`` has."""
    from medcurate.cli import main as medcurate

    for command in json.loads(file.read_text()):
        sys.argv = ["medcurate", *command]
        try:
            medcurate()
        except SystemExit as end:
            if end.code not in _DONE:
                sys.stderr.write(f"failed: medcurate {' '.join(command)}\n")
                return int(end.code)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
