"""One training of a comparison, in a process of its own: train, draw, and write down what it took.

``python -m medcurate.compare.one_training FOLDER`` reads ``FOLDER/job.json``. On standard output it tells how far it
is; it ends at once when its standard input is closed, so that it never outlives the comparison.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.compare.budget import Budget
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.errors import MedcurateError, UsageError
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train
from medcurate.run_folder import atomic_write, output_errors, remove_tree

JOB, RESULT, ERROR = "job.json", "training.json", "error.json"
RUN, DRAWN = "run", "drawn"
TOLD = "share"
"""First word of a line that says how far the training is."""
CHECKPOINT_MINUTES = 0.5
"""Most minutes between two checkpoints: what is lost where a training is killed."""
_TIMED = 64
"""Images that the speed is measured on, at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a training process is asked to do.

    Attributes
    ----------
    dataset : str
    settings : dict
        See `TrainSettings.to_dict`.
    seconds : float or None
        Its processor time; None where the steps decide.
    n : int
        Images to draw.
    labels : dict of str to list of str
        For each condition the value of each image.
    """

    dataset: str
    settings: dict[str, Any]
    seconds: float | None
    n: int
    labels: dict[str, list[str]]

    def write(self, folder: Path) -> None:
        """Write ``job.json``."""
        write_json(folder / JOB, asdict(self))


def write_json(path: Path, content: Any) -> None:
    """Write JSON, completely or not at all."""
    with atomic_write(path) as stream:
        stream.write((json.dumps(content, indent=1) + "\n").encode())


def write_images(folder: Path, images: NDArray[np.uint8]) -> None:
    """Write images, shape (n, height, width), as PNG files in their order; the folder is there once all of them are."""
    part = folder.with_name(f"{folder.name}.part")
    for place in (part, folder):
        remove_tree(place)
    with output_errors(folder):
        part.mkdir(parents=True)
        for number, image in enumerate(images):
            (part / f"{number:05d}.png").write_bytes(encode_png(image))
        part.rename(folder)


def drawn_at(folder: Path, mark: int) -> Path:
    """Return the folder of the images of a mark; the last one is the end of the training."""
    return folder / DRAWN / f"{mark:02d}"


def run_job(folder: Path, job: Job) -> dict[str, Any]:
    """Train as a job says, or go on where it was stopped; draw, and return what ``training.json`` holds.

    Raises
    ------
    UsageError
        The family does not fit the dataset.
    """
    settings = TrainSettings.from_dict(job.settings)
    settings = replace(settings, checkpoint_minutes=min(settings.checkpoint_minutes, CHECKPOINT_MINUTES))

    def look(generator: Any, mark: int) -> None:
        write_images(drawn_at(folder, mark), _draw(generator, job))

    budget = Budget(job.seconds, settings.steps, look=look, told=_Teller())
    began = time.monotonic()
    result = train(Dataset.open(job.dataset), folder / RUN, settings, resume=True, watchers=(budget,), progress=False)
    wall = time.monotonic() - began
    write_images(drawn_at(folder, len(budget.marks)), _draw(result.generator, job))
    return {
        "steps": result.steps,
        "cpu_seconds": round(budget.seconds, 3),
        "wall_seconds": round(wall, 1),
        "marks": [round(seconds, 3) for seconds in [*budget.marks, budget.seconds]],
        "parameters": result.parameters,
        "seconds_per_image": _seconds_per_image(result.generator, job),
        "memory_mib": _memory_mib(),
        "stopped": result.stopped,
        "notes": list(result.notes),
    }


def _draw(generator: Any, job: Job, n: int | None = None) -> NDArray[np.uint8]:
    """Draw with the labels of the job, and as always from the same random numbers."""
    if unknown := sorted(set(generator.classes) ^ set(job.labels)):
        raise UsageError(f"{job.settings['model']}: the generator and the comparison differ in {', '.join(unknown)}")
    count = job.n if n is None else n
    labels = {name: values[:count] for name, values in job.labels.items()}
    images = generator.sample(0, count, seed=job.settings["seed"], labels=labels or None)
    if images.ndim != 4 or images.shape[-1] != 1:
        raise UsageError(f"{job.settings['model']}: expected gray images, received the shape {images.shape}")
    return np.asarray(images[..., 0], np.uint8)


def _seconds_per_image(generator: Any, job: Job) -> float:
    """Measure the processor time of drawing; the networks were compiled before."""
    n = min(_TIMED, job.n)
    began = time.process_time()
    _draw(generator, job, n)
    return round((time.process_time() - began) / n, 6)


def _memory_mib() -> float | None:
    """Return the largest memory that this process has had; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(largest / (2**20 if sys.platform == "darwin" else 2**10), 1)


class _Teller:
    """Tells each percent once."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, share: float) -> None:
        percent = int(100 * share)
        if percent > self._told:
            self._told = percent
            print(f"{TOLD} {percent / 100:.2f}", flush=True)


def _end_with_the_comparison() -> None:
    """End when the process that started this one is gone; a checkpoint of some seconds ago remains."""
    sys.stdin.buffer.read()
    os._exit(130)


def main(folder: Path) -> int:
    """Do the job of a folder; return the exit code."""
    threading.Thread(target=_end_with_the_comparison, daemon=True).start()
    job = Job(**json.loads((folder / JOB).read_bytes()))
    (folder / ERROR).unlink(missing_ok=True)
    try:
        write_json(folder / RESULT, run_job(folder, job))
    except MedcurateError as error:
        write_json(folder / ERROR, {"error": type(error).__name__, "message": str(error)})
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
