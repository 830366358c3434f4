"""Which family ``--model auto`` takes: a small table of what was measured, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from medcurate.dataset import Dataset
from medcurate.generate.families.registry import AUTO
from medcurate.generate.training.selection import select_training_images
from medcurate.generate.training.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Advice:
    """A line of the table.

    Attributes
    ----------
    model : str
        The family.
    least_images : int
        Training images from which on it was measured best.
    least_minutes : float
        Minutes of training from which on it was measured best.
    evidence : str
        What was measured, and where it stands; without a period.
    """

    model: str
    least_images: int
    least_minutes: float
    evidence: str


ADVICE = (
    Advice(
        "fastgan",
        0,
        0.0,
        "with 90 s of processor time on 198 images at 64 px, fastgan reached a Fréchet distance of 2.6 (2.0 to 3.1), "
        "wgan-gp 7.7 (5.2 to 10.3), dcgan 28.8 (13.4 to 44.1), and a dcgan whose options were chosen for "
        "these images 2.8 (2.6 to 2.9), three seeds each; other numbers of images and longer times were not compared "
        "(docs/evidence/generators.md)",
    ),
)
"""In the order of what is needed: the last line whose limits are met holds. Every line was measured with
`medcurate compare` or `benchmarks.gan_families`."""


def advised(images: int, minutes: float | None, table: tuple[Advice, ...] = ADVICE) -> Advice:
    """Return the advice for so many training images and minutes; None stands for as long as it takes."""
    met = [line for line in table if images >= line.least_images and (minutes is None or minutes >= line.least_minutes)]
    return (met or [table[0]])[-1]


def follow_advice(dataset: Dataset, settings: TrainSettings) -> tuple[TrainSettings, str]:
    """Return settings with the advised family in place of ``auto``, and the reason; others as they are, with ''.

    Raises
    ------
    UsageError
        The settings select no image.
    """
    if settings.model != AUTO:
        return settings, ""
    images = len(select_training_images(dataset, settings))
    found = advised(images, settings.minutes)
    time = "no limit of time" if settings.minutes is None else f"{settings.minutes:g} minutes"
    return replace(settings, model=found.model), f"{found.model} for {images:,} images and {time}: {found.evidence}"
