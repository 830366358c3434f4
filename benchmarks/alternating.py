"""Our command and its peers in turns, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.commands import seconds

ROUNDS = int(os.environ.get("MEDCURATE_BENCH_ROUNDS", "7"))


@dataclass(slots=True)
class Turns:
    """Seconds of runs that took turns.

    Attributes
    ----------
    out : Path
        The output folder of our command; removed before each run, which is not timed.
    peers : mapping of str to sequence of str
        Command lines to compare with.
    took : dict of str to list of float
        Seconds of each round, for ``ours`` and each peer.
    """

    out: Path
    peers: Mapping[str, Sequence[str]]
    took: dict[str, list[float]] = field(default_factory=dict)

    def run(self, command: Sequence[str], *, rounds: int = ROUNDS) -> dict[str, list[float]]:
        """Run our command and its peers so many times; the first round of each warms up and does not count."""
        self._round(lambda: seconds(command))
        self.took.clear()
        for _ in range(rounds):
            self._round(lambda: seconds(command))
        return self.took

    def _round(self, ours: Callable[[], float]) -> None:
        for name, peer in self.peers.items():
            self.took.setdefault(name, []).append(seconds(peer))
        shutil.rmtree(self.out, ignore_errors=True)
        self.took.setdefault("ours", []).append(ours())
