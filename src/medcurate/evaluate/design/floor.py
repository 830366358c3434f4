"""The floor of a verdict: whether real images against real ones could have shown a difference at all.

A verdict compares synthetic images with held-out real ones, and the same number of other real images with them as a
control. With few images, or few patients, the control itself scatters so widely that good and bad synthetic images fit
its interval. Then nothing was found, and the verdict is ``too_few``: too few to tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from medcurate.results import Enough, Verdict

MOST = 100_000
"""Numbers of images beyond this are not named: no reader can act on them."""
BY_WIDTH = "an interval narrows with the square root of the number of images"
"""The rule of `enough_by_width`, as it is recorded."""


FEWEST_PATIENTS = 8
"""Patients below which random divisions give no honest interval: eight have 70 divisions into halves, six only 20."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Whether the control of a verdict could have told a difference.

    Attributes
    ----------
    why : str
        Why it could not: a clause without a period. Empty where it could.
    enough : Enough or None
        How many images would be enough; None where that is not known.
    """

    why: str = ""
    enough: Enough | None = None

    @property
    def holds(self) -> bool:
        """Say whether a verdict may rest on the control."""
        return not self.why


def too_few_to_tell(
    part: str, question: str, floor: Floor, *, numbers: str = "", evidence: tuple[str, ...] = ()
) -> Verdict:
    """Return the verdict ``too_few``.

    Parameters
    ----------
    question : str
        What cannot be told: a clause such as ``whether single images look real``.
    floor : Floor
        One that does not hold.
    numbers : str
        What was measured all the same, as a sentence; it is shown small.

    Raises
    ------
    ValueError
        The floor holds.
    """
    if floor.holds:
        raise ValueError("expected a floor that does not hold")
    text = f"Too few to tell {question}: {floor.why}. {_sentence(floor.enough)}"
    return Verdict(part, "too_few", text, evidence, numbers, floor.enough)


def on_floor(verdict: Verdict, floor: Floor, question: str, numbers: str | None = None) -> Verdict:
    """Return a verdict where its floor holds, and otherwise that there are too few images to tell.

    Parameters
    ----------
    question, numbers : str
        See `too_few_to_tell`. The text of the verdict stands for numbers that are not given: it must claim nothing.
    """
    if floor.holds:
        return verdict
    small = verdict.text if numbers is None else numbers
    return too_few_to_tell(verdict.part, question, floor, numbers=small, evidence=verdict.evidence)


def all_of(*floors: Floor) -> Floor:
    """Return the floor of a verdict that needs several controls: every reason, and the largest number of images."""
    failed = [floor for floor in floors if not floor.holds]
    if not failed:
        return Floor()
    why = "; ".join(dict.fromkeys(floor.why for floor in failed))
    if any(floor.enough is None for floor in failed):
        return Floor(why)
    return Floor(
        why, max((one.enough for one in failed if one.enough is not None), key=lambda enough: enough.images or 0)
    )


def enough_by_width(width: float, wanted: float, *, images: int, patients: int | None) -> Enough | None:
    """Return how many images would narrow an interval to a wanted width.

    Parameters
    ----------
    width, wanted : float
        Of the interval as it is, and as it would have to be.
    images, patients : int
        Behind the interval as it is. Patients are the unit where they are known, with as many images each as now.

    Returns
    -------
    Enough or None
        None if a width is not finite or not positive, or more than `MOST` images would be needed.
    """
    if not (math.isfinite(width) and wanted > 0 and images > 0):
        return None
    times = max(1.0, (width / wanted) ** 2)
    if images * times > MOST:
        return None
    more = None if patients is None else math.ceil(patients * times)
    return Enough(_rounded(images * times), more, BY_WIDTH)


def _rounded(images: float) -> int:
    """Round up to two digits: the number is an estimate."""
    step = int(10 ** max(0, math.floor(math.log10(images)) - 1))
    return math.ceil(images / step) * step


def _sentence(enough: Enough | None) -> str:
    if enough is None:
        return "How many would be enough cannot be said from so few."
    if enough.images is None:
        return f"About {enough.patients or 0:,} held-out patients would be enough."
    of = "" if enough.patients is None else f" of {enough.patients:,} patients"
    return f"About {enough.images:,} held-out real images{of}, and as many synthetic ones, would be enough."
