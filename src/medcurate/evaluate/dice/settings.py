"""Settings of the mask comparisons and of the segmenter; their defaults, once."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.errors import UsageError
from medcurate.evaluate.dice.regions import NUMBERINGS


@dataclass(frozen=True, slots=True)
class DiceSettings:
    """Settings of the part ``dice``.

    Attributes
    ----------
    mask_labels : str
        Numbering of the masks: ``binary``, ``brats2013``, ``brats2020``, ``brats2023`` or ``msd``; ``auto`` tells it
        from the labels that occur.
    doses : tuple of float
        Synthetic images added to the real ones, and taken alone, as multiples of the number of real images.
    steps : int
        Training steps of each segmenter in 2-D, the same for every training set.
    batch : int
        Slices a step.
    repeats : int
        Trainings of each set, each with another seed; scores are their mean.
    width, depth : int
        Channels of the U-Net's first level, and how often it halves the size.
    learning_rate : float
        Of Adam.
    largest_size : int
        Slices are scaled to at most so many pixels a side.
    volume_size : int
        Voxels a side to which volumes are scaled.
    volume_steps, volume_batch : int
        As `steps` and `batch`, in 3-D.
    fewest, fewest_volumes : int
        Real training images (volumes) with masks, and synthetic ones, below which no segmenter is trained.
    """

    mask_labels: str = "auto"
    doses: tuple[float, ...] = (1.0,)
    steps: int = 400
    batch: int = 16
    repeats: int = 2
    width: int = 16
    depth: int = 3
    learning_rate: float = 2e-3
    largest_size: int = 128
    volume_size: int = 48
    volume_steps: int = 150
    volume_batch: int = 2
    fewest: int = 16
    fewest_volumes: int = 3

    def check(self) -> None:
        """Refuse settings that cannot be used.

        Raises
        ------
        UsageError
        """
        if self.mask_labels != "auto" and self.mask_labels not in NUMBERINGS:
            raise UsageError(f"mask_labels: expected auto, {', '.join(NUMBERINGS)}; received {self.mask_labels!r}")
        counts = {
            name: getattr(self, name)
            for name in (
                "steps",
                "batch",
                "repeats",
                "width",
                "depth",
                "volume_steps",
                "volume_batch",
                "fewest",
                "fewest_volumes",
            )
        }
        wrong = {name: value for name, value in counts.items() if value < 1}
        if wrong or self.learning_rate <= 0 or not self.doses or min(self.doses) <= 0:
            raise UsageError(
                f"counts, learning_rate and doses: expected numbers above 0, received {wrong or self.doses} and a "
                f"learning rate of {self.learning_rate}"
            )
        if min(self.largest_size, self.volume_size) < 2**self.depth:
            raise UsageError(
                f"largest_size, volume_size: expected {2**self.depth} or more, as the network halves the size "
                f"{self.depth} times; received {self.largest_size} and {self.volume_size}"
            )

    def network_size(self, size: int, largest: int) -> int:
        """Return the size that a network can halve so often: the multiple nearest above, at most below `largest`."""
        multiple = int(2**self.depth)
        return max(1, min(-(-size // multiple), largest // multiple)) * multiple
