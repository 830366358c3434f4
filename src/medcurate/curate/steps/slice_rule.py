"""Which slices of a volume become images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medcurate.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class SliceRule:
    """Which slices of a volume become images.

    Applied in this order: the ends whose foreground is small go; then those without tumor; of the rest the middle
    ones are kept; of these every so many-th.

    Attributes
    ----------
    every : int
        Distance of the slices taken, at least 1.
    middle : int or None
        Number of slices around the middle of the rest.
    only_tumor : bool
        Only slices with a label in the mask.
    min_foreground : float
        Foreground of a slice, in parts of that of the fullest slice, below which slices at either end go; in [0, 1].
    """

    every: int = 1
    middle: int | None = None
    only_tumor: bool = False
    min_foreground: float = 0.1

    def __post_init__(self) -> None:
        if self.every < 1 or (self.middle is not None and self.middle < 1):
            raise UsageError(f"slices: expected numbers of at least 1, received {self.every} and {self.middle}")
        if not 0 <= self.min_foreground <= 1:
            raise UsageError(f"min_foreground: expected a share in [0, 1], received {self.min_foreground}")

    @classmethod
    def parse(cls, text: str) -> SliceRule:
        """Read ``all``, ``every:3``, ``middle:20``, ``tumor``, or several joined by ``+``.

        Raises
        ------
        UsageError
            If the text is none of these.
        """
        values: dict[str, Any] = {}
        for part in text.split("+"):
            word, _, number = part.strip().partition(":")
            if word in ("every", "middle") and number.isdecimal():
                values[word] = int(number)
            elif word == "tumor" and not number:
                values["only_tumor"] = True
            elif word != "all" or number:
                raise UsageError(f"slices: expected all, every:N, middle:N or tumor, joined by +, received {text!r}")
        return cls(**values)
