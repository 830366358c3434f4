"""The second half of ``medcurate demo``: train a generator for a few minutes, draw images, show and evaluate them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medcurate.cli.summary import print_table
from medcurate.errors import MissingExtra, UsageError
from medcurate.learning.callback import Callback, StepResult
from medcurate.progress import ProgressReport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medcurate.dataset import Dataset
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.results import Report

IMAGES = 200
SIZE = 64
PARTS = ("fidelity", "privacy")
LEAST = 16
CONTRASTS = ("T1", "T1ce")
"""Two contrasts that look alike, so that a short training need not learn different ones."""
HEIGHT = (0.55, 0.78)
"""Range of axial positions, as shares of the height of a generated head, at which the brain fills the slice."""
PICTURE = "generated.png"

_NEEDED = {"nilearn": "demo", "keras": "train", "tensorflow": "train", "matplotlib": "train"}
_ENOUGH_STEPS = 1_000_000  # the time limit ends the training first
_CHECKPOINT_MINUTES = 0.25
_COLUMNS, _ROWS, _TILE, _GAP, _CAPTION = 6, 6, 96, 24, 34
_BACKGROUND, _INK = 24, 230


def check_extras() -> None:
    """Check before the heads are generated that the packages for training are installed.

    Raises
    ------
    MissingExtra
        Names the missing packages and the extras that install them.
    """
    missing = tuple(name for name in _NEEDED if find_spec(name) is None)
    if missing:
        extras = ",".join(dict.fromkeys(_NEEDED[name] for name in missing))
        raise MissingExtra(missing, extra=extras, purpose="The demo (its training is left out with --minutes 0)")


def train_and_judge(out: Path, *, minutes: float, seed: int, workers: int | None, quiet: bool) -> dict[str, Any]:
    """Train on slices through the middle of the heads, draw images, show them next to real ones, and evaluate them.

    A stopped demo is continued.

    Parameters
    ----------
    out : Path
        Folder of the demo; gets ``slices``, ``run``, ``generated``, ``generated.png`` and ``report``.
    minutes : float
        Length of the training.
    workers : int, optional
        Processes that read files; all cores by default.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        Counts, verdicts and paths, as ``--json`` prints them.
    """
    from medcurate.evaluate.evaluation import evaluate
    from medcurate.generate.synthetic.generation import generate
    from medcurate.generate.synthetic.settings import GenerateSettings

    progress = False if quiet else None
    dataset = _slices(out, seed=seed, workers=workers, progress=progress)
    facts = _train(dataset, out / "run", settings_for(minutes, seed), quiet=quiet)
    made = generate(
        out / "run",
        out / "generated",
        settings=GenerateSettings(n=IMAGES, seed=seed),
        overwrite=True,
        progress=progress,
    )
    _write(out / PICTURE, picture(dataset.select(split="train"), made.dataset))
    report = evaluate(
        out / "slices", out / "generated", out=out / "report", parts=PARTS, size=SIZE, seed=seed, progress=progress
    )
    return {
        "train_images": facts["images"],
        "train_steps": facts["steps"],
        "train_seconds": facts["seconds"],
        "generated": made.written,
        "picture": str(out / PICTURE),
        **_told(report, out / "report"),
    }


def _slices(out: Path, *, seed: int, workers: int | None, progress: bool | None) -> Dataset:
    """Make a dataset of neighboring axial slices at the height of the ventricles, of similar contrast, to train on."""
    from medcurate.curate import homogenize
    from medcurate.curate.filters.settings import Filters
    from medcurate.curate.homogenizing.settings import HomogenizeSettings

    low, high = HEIGHT
    filters = Filters(plane=("axial",), contrast=CONTRASTS, min_position=low, max_position=high)
    settings = HomogenizeSettings(filters=filters, size=SIZE, seed=seed)
    made = homogenize(out / "result", out / "slices", settings=settings, workers=workers, progress=progress)
    if min(made.splits.get(split, 0) for split in ("train", "test")) < LEAST:
        counts = ", ".join(f"{split} {count}" for split, count in sorted(made.splits.items()))
        raise UsageError(
            f"too few slices for training and evaluation ({counts}; expected {LEAST} in train and in test): give "
            "more --heads and another --out, or --minutes 0 to train nothing"
        )
    return made.dataset


def settings_for(minutes: float, seed: int) -> TrainSettings:
    """Return settings of small networks that learn to draw heads within two minutes on two cores."""
    from medcurate.generate.training.settings import TrainSettings

    return TrainSettings(
        model="dcgan",
        options={"width": 32, "loss": "hinge", "spectral_norm": True, "learning_rate": 1e-3},
        size=SIZE,
        batch=24,
        augment=("color", "translation"),  # cutout slows learning in the first two minutes
        steps=_ENOUGH_STEPS,
        minutes=minutes,
        checkpoint_minutes=_CHECKPOINT_MINUTES,
        seed=seed,
    )


def _train(dataset: Dataset, run: Path, settings: TrainSettings, *, quiet: bool) -> Mapping[str, Any]:
    """Train, continue a stopped training, or reuse a finished one of the same length; return its facts."""
    from medcurate.generate.drawing.weights import RECORD, read_generator
    from medcurate.generate.training.selection import select_training_images
    from medcurate.generate.training.training import train

    if (run / RECORD).exists():
        found = read_generator(run).facts
        if found["settings"]["minutes"] == settings.minutes:
            return found
    if not quiet:
        count = len(select_training_images(dataset, settings))
        sys.stderr.write(f"Training on {count:,} slices of {SIZE} pixels for {settings.minutes:g} minutes\n")
    with ProgressReport("train, seconds", total=round(60 * (settings.minutes or 0)), show=not quiet) as report:
        result = train(dataset, run, settings, resume=True, watchers=(_Clock(report),), progress=False)
    return result.generator.facts


class _Clock(Callback):
    """Shows the elapsed time, because the time limit ends this training, not the number of steps."""

    def __init__(self, report: ProgressReport) -> None:
        self._report = report

    def begin(self, step: int) -> None:  # noqa: ARG002
        """Start the clock."""
        self._began = time.monotonic()

    def after(self, result: StepResult) -> None:  # noqa: ARG002
        """Show the whole seconds since the start."""
        self._report.advance(int(time.monotonic() - self._began) - self._report.count)


def picture(real: Dataset, generated: Dataset) -> bytes:
    """Return a PNG with real images on the left and generated ones on the right, evenly chosen from both datasets."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from medcurate.dataset.files import encode_png
    from medcurate.pictures import grid

    side = _COLUMNS * _TILE
    page = Image.new("L", (2 * side + 3 * _GAP, _ROWS * _TILE + _CAPTION + _GAP), _BACKGROUND)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(16)
    for place, (title, dataset) in enumerate((("Training set", real), ("Generated", generated))):
        left = _GAP + place * (side + _GAP)
        pen.text((left, 8), title, fill=_INK, font=font)
        page.paste(Image.fromarray(grid(_tiles(dataset), _COLUMNS, fill=_BACKGROUND)), (left, _CAPTION))
    return encode_png(np.asarray(page))


def _tiles(dataset: Dataset) -> NDArray[np.uint8]:
    """Read evenly chosen images of a dataset at the training size, and enlarge them to tiles."""
    import cv2
    import numpy as np

    from medcurate.pictures import fit

    rows = np.unique(np.linspace(0, len(dataset) - 1, _COLUMNS * _ROWS).astype(int)).tolist()
    small = [fit(dataset.image(row), SIZE, pad=True) for row in rows]
    tiles = [cv2.resize(image, (_TILE, _TILE), interpolation=cv2.INTER_CUBIC) for image in small]
    return np.asarray(tiles, np.uint8)


def _write(path: Path, content: bytes) -> None:
    from medcurate.run_folder import atomic_write

    with atomic_write(path, durable=False) as stream:
        stream.write(content)


def _told(report: Report, folder: Path) -> dict[str, Any]:
    return {
        "verdicts": [{"level": verdict.level, "text": verdict.text} for verdict in report.verdicts],
        "report": str(folder / "report.html"),
    }


def show_generated(made: Mapping[str, Any], out: Path) -> None:
    """Print the training, the verdicts on the generated images, and where to look."""
    from medcurate.results import LEVEL_WORDS

    trained = f"{made['train_steps']:,} steps, {made['train_seconds']:.0f} s, on {made['train_images']:,} slices"
    rows = [("trained", f"{trained}: more images and hours make better ones"), ("run", str(out / "run"))]
    rows += [
        ("dataset", str(out / "generated")),
        *((LEVEL_WORDS[one["level"]], one["text"]) for one in made["verdicts"]),
    ]
    rows += [("report", made["report"]), ("look at", made["picture"])]
    print_table(f"{made['generated']:,} generated images", rows)
