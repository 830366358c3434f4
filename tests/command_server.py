"""Run medcurate commands in forks of one process that has the libraries loaded.

The pages of the docs show about a hundred commands, each of which would load them anew. That a command starts from
nothing is tested elsewhere (`test_wheel`, `test_startup`).

``python -m tests.command_server`` reads a JSON object per line from standard input (`argv`, `folder`, `environment`,
`out`, `err`), runs the command with its output in the files `out` and `err`, and prints its exit code.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

LOADED = (
    "cv2", "faiss", "h5py", "nibabel", "pyarrow.compute", "pyarrow.dataset", "pyarrow.parquet", "pydicom",
    "scipy.ndimage", "scipy.sparse", "scipy.stats", "sklearn.kernel_ridge", "sklearn.linear_model", "sklearn.neighbors",
    "matplotlib.figure", "jinja2", "medcurate.curate.homogenization", "medcurate.curate.plane_sorting",
    "medcurate.evaluate.evaluation", "medcurate.generate.synthetic.generation", "medcurate.generate.training.training",
)  # fmt: skip


class CommandServer:
    """A process that runs commands; a context manager."""

    def __enter__(self) -> Self:
        path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
        environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.command_server"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def run(self, argv: list[str], folder: Path, environment: dict[str, str], log: Path) -> tuple[int, str, str]:
        """Run a command in a folder; return its exit code and what it printed on both streams."""
        out, err = log / "out", log / "err"
        request = {"argv": argv, "folder": str(folder), "environment": environment, "out": str(out), "err": str(err)}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        code = int(self.process.stdout.readline())
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _serve() -> None:
    from medcurate.learning.keras_backend import load_keras

    load_keras("tensorflow")
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _work(request: dict) -> None:
    """Run one command and end the process."""
    from medcurate.cli import main

    for stream, name in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
        handle = os.open(name, os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["argv"]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
