"""A training step of the reference DCGAN compared with PyTorch, and the input pipeline compared with a step.

``python -m benchmarks.gan_step --peer-python PYTHON``, where PYTHON has PyTorch (a CPU build). The two run in turns, in
processes of their own, with the same threads; a round's ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Result, Table

SIZE, BATCH = 128, 16
LOOPS = Path(__file__).parent / "loops"


def seconds(command: Sequence[str]) -> list[list[float]]:
    """Run a loop; returns the times that it prints, cut where it prints a word."""
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    parts: list[list[float]] = [[]]
    for line in result.stdout.split():
        if line[0].isalpha():
            parts.append([])
        else:
            parts[-1].append(float(line))
    return parts


def ratio(name: str, values: Sequence[float], at_least: float) -> Figure:
    """Give the median of the rounds, with the range."""
    return Figure(
        name=name, value=float(np.median(values)), low=min(values), high=max(values), n=len(values), unit="x",
        at_least=at_least,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", required=True, help="a Python that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    numbers = [str(number) for number in (SIZE, BATCH, given.steps, given.threads)]
    beside_peer, beside_feed, lines = [], [], []
    for _ in range(given.rounds):
        ours, feed = seconds([sys.executable, "-m", "benchmarks.loops.our_dcgan", *numbers])
        (peer,) = seconds([given.peer_python, str(LOOPS / "torch_dcgan.py"), *numbers])
        beside_peer.append(float(np.median(peer) / np.median(ours)))
        beside_feed.append(float(np.median(ours) / np.mean(feed)))
        lines.append(f"{np.median(ours):.2f} and {np.median(peer):.2f} s")
    figures = [
        ratio("PyTorch's step beside ours", beside_peer, 3),
        ratio("our step beside the input pipeline alone", beside_feed, 3),
    ]
    version = subprocess.run(
        [given.peer_python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=True
    )
    what = f"Batch {BATCH}, {given.threads} threads, {given.steps} steps a round after two that warm up"
    notes = [
        f"{what}; PyTorch {version.stdout.strip()}, eager. Ours and PyTorch's, by round: {'; '.join(lines)}.",
        "Ours reads through tf.data, PyTorch's takes images from memory; neither augments or averages weights.",
    ]
    table = Table(
        title="Training step of the reference DCGAN, 128 px",
        counts="rounds",
        interval="smallest and largest round",
        figures=figures,
        notes=notes,
    )
    Result(name="gan-step", tables=[table]).write()


if __name__ == "__main__":
    main()
