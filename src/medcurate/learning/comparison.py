"""Two sets of generated images, compared with the same real images by one metric."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Comparison(NamedTuple):
    """One metric of two sets of generated images.

    Attributes
    ----------
    name : str
        As in the history of a training.
    first, second : float
        Value of either set.
    interval : tuple of float or None
        95 % interval of `first` - `second`; None where there are too few images for one.
    better : {'lower', 'higher'}
        Direction of improvement.
    """

    name: str
    first: float
    second: float
    interval: tuple[float, float] | None
    better: Literal["lower", "higher"]

    @property
    def surely_better(self) -> bool:
        """Whether the first set is better, and zero lies outside of the interval of the difference."""
        if self.interval is None:
            return False
        low, high = self.interval
        return high < 0 if self.better == "lower" else low > 0

    @property
    def worse(self) -> bool:
        """Whether the value of the first set is worse, by however little."""
        return self.first > self.second if self.better == "lower" else self.first < self.second
