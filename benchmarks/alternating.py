"""Run our command and its peers alternately, so that load of the machine affects all of them."""

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
    """Durations of alternating runs (seconds).

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
        """Run our command and its peers `rounds` times; the first round of each is a warm-up and is not counted."""
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
