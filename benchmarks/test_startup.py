"""Start-up: `medcurate --help` compared with `import typer`, its lower bound; the goal is less than twice its time."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

import pytest

ROUNDS = 15


def seconds(script: str) -> float:
    """Run `script` in a fresh interpreter."""
    began = perf_counter()
    subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - began


@pytest.mark.parametrize("command", ["", "scan", "sort-planes", "demo"])
def test_help_beside_import_typer(benchmark, command):
    arguments = [*command.split(), "--help"]
    script = f"import sys; sys.argv = ['medcurate', *{arguments!r}]\nfrom medcurate.cli import main; main()"
    seconds(script)  # compile once
    peer = min(seconds("import typer") for _ in range(ROUNDS))
    benchmark.pedantic(seconds, args=(script,), rounds=ROUNDS)
    benchmark.extra_info["ratio"] = ratio = benchmark.stats.stats.min / peer
    print(f"\nmedcurate {' '.join(arguments)}: {ratio:.2f} times `import typer` ({peer * 1000:.0f} ms)")
    assert ratio <= 2
