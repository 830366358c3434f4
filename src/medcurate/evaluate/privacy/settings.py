"""Settings of the part privacy, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medcurate.errors import UsageError

OnCopies = Literal["report", "remove", "block"]
_CHOICES = ("report", "remove", "block")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """The settings of the part ``privacy``.

    Attributes
    ----------
    on_copies : {'report', 'remove', 'block'}
        What becomes of synthetic images that are taken for copies: they are listed; taken out of the synthetic
        dataset; or, if there are more than false alarms explain, the run ends with exit code 5.
    false_alarms : float
        Share of new images of patients whom the generator has not seen that may be taken for copies, in (0, 0.5).
    pairs_shown : int
        Closest pairs that the gallery shows.
    rounds : int
        Draws of a bootstrap interval.
    halvings : int
        Draws of two halves of the training images, for the control of the membership test.
    most_members : int
        Training images that play in the membership test; of more, so many are drawn.
    most_pieces : int
        Synthetic images, and as many held-out ones, that are searched for pieces of training images; of more, so many
        are drawn.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    on_copies: OnCopies = "report"
    false_alarms: float = 0.01
    pairs_shown: int = 24
    rounds: int = 500
    halvings: int = 100
    most_members: int = 5000
    most_pieces: int = 100

    def __post_init__(self) -> None:
        if self.on_copies not in _CHOICES:
            raise UsageError(f"on_copies: expected one of {', '.join(_CHOICES)}, received {self.on_copies!r}")
        if not 0 < self.false_alarms < 0.5:
            raise UsageError(f"false_alarms: expected a share between 0 and 0.5, received {self.false_alarms}")
        for name, least in (
            ("pairs_shown", 1),
            ("rounds", 20),
            ("halvings", 20),
            ("most_members", 40),
            ("most_pieces", 1),
        ):
            if getattr(self, name) < least:
                raise UsageError(f"{name}: expected {least} or more, received {getattr(self, name)}")
