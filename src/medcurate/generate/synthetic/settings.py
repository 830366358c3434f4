"""What a user asks of a generator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from medcurate.errors import UsageError
from medcurate.generate.training import defaults
from medcurate.setting_texts import read_pair
from medcurate.settings import Setting, check


def _read_classes(texts: Iterable[str]) -> dict[str, str]:
    return _read_pairs(texts, "--class", "COLUMN=VALUE such as tumor=glioma")


def _read_attributes(texts: Iterable[str]) -> dict[str, float]:
    found = {}
    for name, text in _read_pairs(texts, "--attribute", "NAME=NUMBER such as mask_area=0.05").items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UsageError(f"--attribute {name}: expected a number, received {text!r}") from None
    return found


def _read_pairs(texts: Iterable[str], option: str, expected: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, value = read_pair(text, option, expected, cut=str.partition)
        if found.setdefault(name, value) != value:
            raise UsageError(f"{option}: {name} is there twice; leave it out to draw several, or run twice")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSettings:
    """What to draw.

    Attributes
    ----------
    n : int
        Number of draws, per source image if there are any; a draw is one image, or one of each contrast.
    balanced : bool
        Draw the same number of images of each label; otherwise as in the training set.
    classes : mapping of str to str
        Draw only images with this label, such as tumor=glioma or plane=axial.
    attributes : mapping of str to float
        Give all images this attribute, such as mask_area=0.05; otherwise those of training images.
    batch : int
        Images drawn at a time; more are faster and take more memory.
    seed : int
        Seed of all random numbers.
    weights : {'last', 'best'} or None
        Draw with the last weights of the training, or with the best by its metric.

    Raises
    ------
    UsageError
        A number is out of range.
    """

    n: Annotated[int, Setting("N", 1)]
    balanced: bool = False
    classes: Annotated[
        Mapping[str, str], Setting("COLUMN=VALUE", option="--class", parse=_read_classes, repeat=True)
    ] = field(default_factory=dict)
    attributes: Annotated[
        Mapping[str, float], Setting("NAME=NUMBER", option="--attribute", parse=_read_attributes, repeat=True)
    ] = field(default_factory=dict)
    batch: Annotated[int, Setting("N", 1)] = defaults.DRAW_BATCH
    seed: Annotated[int, Setting("N", 0)] = defaults.SEED
    weights: Annotated[Literal["last", "best"] | None, Setting(unset="what the training chose")] = None

    def __post_init__(self) -> None:
        check(self)
