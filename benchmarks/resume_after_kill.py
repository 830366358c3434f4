"""One training killed with SIGKILL at many random moments and resumed each time, compared with an uninterrupted one.

Each process is forked once Keras is loaded, trains, and is killed after a random time that mostly falls within the
training itself. It ends when the training does, and after the kills it may run to its end. ::

    python -m benchmarks.resume_after_kill --kills 5
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Result, Table, share
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train
from medcurate.learning.keras_backend import load_keras

OPTIONS = {"dcgan": {"width": 4}, "fastgan": {"width": 4}, "wgan-gp": {"width": 8, "critic_turns": 1}}


def make_discs(folder: Path, rng: np.random.Generator, count: int = 48) -> Path:
    """Write images of noisy discs; what they show does not matter here."""
    y, x = np.mgrid[:32, :32]
    for number in range(count):
        cy, cx = rng.uniform(14, 18, 2)
        disc = ((y - cy) ** 2 + (x - cx) ** 2 < (9 + number % 5) ** 2) * rng.integers(120, 220)
        place = folder / ("glioma" if number % 2 else "none") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(encode_png(np.clip(disc + rng.integers(0, 20, (32, 32)), 0, 255).astype(np.uint8)))
    return folder


def started(dataset: Path, out: Path, settings: TrainSettings) -> int:
    """Train, or go on, in a child; return its number."""
    child = os.fork()
    if child == 0:
        try:
            train(Dataset.open(dataset), out, settings, resume=True, progress=False)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def newest_step(out: Path) -> int:
    """Return how far a training has come."""
    return max((int(path.name[5:13]) for path in (out / "checkpoints").glob("step-*.npz")), default=0)


def kill_after_progress(child: int, out: Path, wait_s: float) -> bool:
    """Kill a child some time after its first new step, False if it had ended by then."""
    before = newest_step(out)
    while newest_step(out) == before:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.002)
    time.sleep(wait_s)
    if os.waitpid(child, os.WNOHANG)[0]:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Kill, resume, compare, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--model", default="dcgan", choices=sorted(OPTIONS))
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    load_keras("tensorflow")
    with tempfile.TemporaryDirectory() as work:
        dataset = make_discs(Path(work) / "discs", rng)
        killed, whole = Path(work) / "killed", Path(work) / "whole"
        often = {"checkpoint_minutes": 0.0, "sample_every": 25, "log_every": 5}
        chosen = {"model": given.model, "options": OPTIONS[given.model], "size": 32, "batch": 4, "seed": given.seed}
        settings = TrainSettings(**chosen, **often, steps=given.steps)
        at, seconds = [], []
        while len(at) < given.kills:
            began = time.monotonic()
            if not kill_after_progress(started(dataset, killed, settings), killed, float(rng.uniform(0, 0.4))):
                raise SystemExit(f"the training ended after {len(at)} kills: give more --steps")
            at.append(newest_step(killed))
            seconds.append(time.monotonic() - began)
            print(f"kill {len(at)}: step {at[-1]}, {seconds[-1]:.1f} s", flush=True)
        # Both end a few steps after the last kill: how long a training takes is no part of what it is.
        rest = TrainSettings(**chosen, **often, steps=at[-1] + 20)
        for out in (killed, whole):
            if os.waitstatus_to_exitcode(os.waitpid(started(dataset, out, rest), 0)[1]):
                raise SystemExit(f"the training in {out} failed")
        same = {
            name: digest(killed / name) == digest(whole / name) for name in ("generator.weights.h5", "history.jsonl")
        }
        grids = sorted(path.name for path in (whole / "samples").iterdir())
        same["samples"] = all(digest(killed / "samples" / n) == digest(whole / "samples" / n) for n in grids)
    figures = [share(f"{name}, bit by bit as without a stop", [equal], at_least=100.0) for name, equal in same.items()]
    figures.append(Figure(name="kills survived", value=len(at), n=given.kills, unit="", at_least=given.kills))
    table = Table(
        title=f"A {given.model} training killed and resumed",
        counts="trainings; kills",
        interval="Wilson's, of one training each",
        figures=figures,
        notes=[f"{rest.steps:,} steps; SIGKILL after {', '.join(map(str, at))} steps; a checkpoint after each step"],
    )
    Result(name="resume_after_kill", tables=[table], settings=vars(given)).write()


if __name__ == "__main__":
    main()
