"""The settings of a comparison of families; loads no numerics."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated

from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES
from medcurate.generate.training import defaults
from medcurate.generate.training.settings import TrainSettings
from medcurate.setting_texts import read_list
from medcurate.settings import Setting, check

MOSAIC = "mosaic"
BASELINES = frozenset({MOSAIC})
"""Families that learn nothing: they stand among the baselines, and no advice names them."""
NEVER = 10**9
"""Steps that no training reaches: its budget ends it first."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")


def read_duration(text: str) -> float:
    """Read a text such as ``300s``, ``5m`` or ``1h``; a number alone is in seconds.

    Raises
    ------
    UsageError
        It is none, or 0.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else 0.0
    if not seconds > 0:
        raise UsageError(f"--budget: expected a time such as 300s, 5m or 1h, received {text!r}")
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSettings:
    """What is compared, and for how much.

    Attributes
    ----------
    models : tuple of str
        The families to compare, such as fastgan,dcgan.
    budget : float
        Processor time of each training, of all threads together, such as 300s, 5m or 1h.
    steps : int or None
        Give each training this many steps in place of the budget: the same images on every run.
    seeds : int
        Trainings of each family, with different random numbers; from two on there are intervals.
    seed : int
        Seed of the first training; the others follow it.
    condition : tuple of {'tumor', 'plane'}
        Condition the generators on this label; images are then drawn with the labels of the held-out ones.
    plane : tuple of str
        Compare on this plane only.
    tumor : tuple of str
        Compare on this tumor type only.
    size : {32, 64, 128, 256}
        Width and height of the images in pixels.
    batch : int
        Images per batch.
    augment : tuple of {'color', 'translation', 'cutout'}
        Augmentation of every training: color,translation,cutout or none.
    downstream : bool
        Also measure what a classifier gains from the images; needs labels, and takes minutes per training.

    Raises
    ------
    UsageError
        A value is out of range, or a family is unknown or there twice.
    """

    models: Annotated[tuple[str, ...], Setting("NAME,...", unset="all that are trained", parse=read_list)] = tuple(
        name for name in FAMILIES if name not in BASELINES
    )
    budget: Annotated[float, Setting("TIME", unset="5m", parse=read_duration)] = 300.0
    steps: Annotated[int | None, Setting("N", 1, unset="the budget decides")] = None
    seeds: Annotated[int, Setting("N", 1, 100)] = 3
    seed: Annotated[int, Setting("N", 0)] = defaults.SEED
    condition: Annotated[tuple[str, ...], Setting("COLUMN")] = ()
    plane: Annotated[tuple[str, ...], Setting("NAME", unset="all")] = ()
    tumor: Annotated[tuple[str, ...], Setting("NAME", unset="all")] = ()
    size: Annotated[int, Setting(choices=defaults.SIZES)] = defaults.SIZE
    batch: Annotated[int, Setting("N", 1)] = defaults.BATCH
    augment: Annotated[tuple[str, ...], Setting("LIST", unset=",".join(defaults.AUGMENT), parse=read_list)] = (
        defaults.AUGMENT
    )
    downstream: bool = False

    def __post_init__(self) -> None:
        check(self)
        if not self.budget > 0:
            raise UsageError(f"budget: expected seconds above 0, received {self.budget}")
        if not self.models:
            raise UsageError(f"--models: expected some of {', '.join(FAMILIES)}, received none")
        for name in self.models:
            if name not in FAMILIES:
                raise UsageError(f"--models: expected some of {', '.join(FAMILIES)}, received {name!r}")
        if len(set(self.models)) < len(self.models):
            raise UsageError(f"--models: a family is there twice in {', '.join(self.models)}")
        self.trainings()  # refuses what no training takes

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """The seed of each training of a family."""
        return tuple(range(self.seed, self.seed + self.seeds))

    def trainings(self) -> dict[str, TrainSettings]:
        """Return the settings of the training of each family, with the first seed."""
        return {name: self.training(name) for name in self.models}

    def training(self, model: str) -> TrainSettings:
        """Return the settings of the training of a family, with the first seed."""
        return TrainSettings(
            model=model,
            condition=self.condition,
            plane=self.plane,
            tumor=self.tumor,
            size=self.size,
            batch=self.batch,
            augment=self.augment,
            seed=self.seed,
        )

    def timed(self, training: TrainSettings, seed: int) -> TrainSettings:
        """Return the settings of one training: with its seed and end, and without pictures on the way."""
        steps = NEVER if self.steps is None else self.steps
        return replace(training, seed=seed, steps=steps, minutes=None, sample_every=NEVER)
