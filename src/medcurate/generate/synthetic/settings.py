"""What a user asks of a generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from medcurate.errors import UsageError
from medcurate.generate.training import defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSettings:
    """What to draw.

    Attributes
    ----------
    n : int
        Draws, of each source where there are sources. A draw is one image, or one of each contrast where the generator
        draws several.
    balanced : bool
        Draw the same number of images of each label; otherwise as in the training set.
    classes : mapping of str to str
        Draw only images with these labels: ``tumor``, ``plane``.
    attributes : mapping of str to float
        Give all images these attributes; the others are those of training images.
    seed : int
        Of the random numbers.
    batch : int
        Draws at a time; changes only speed and memory.

    Raises
    ------
    UsageError
        A number is out of range.
    """

    n: int
    balanced: bool = False
    classes: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, float] = field(default_factory=dict)
    seed: int = defaults.SEED
    batch: int = defaults.DRAW_BATCH

    def __post_init__(self) -> None:
        for name, least in (("n", 1), ("batch", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"--{name}: expected {least} or more, received {getattr(self, name)}")
