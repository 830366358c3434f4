"""Datasets that must never be used for any purpose; they have no card."""

from __future__ import annotations

from typing import NamedTuple

from medcurate.errors import PolicyError


class Refusal(NamedTuple):
    """The reason why a dataset is refused."""

    title: str
    reason: str


REFUSED = {
    "celeba": Refusal(
        "CelebA",
        "202,599 photographs of faces, under an agreement of its own that allows non-commercial research only (seen)",
    ),
    "rafd": Refusal(
        "Radboud Faces Database",
        "photographs of faces, given on request and for research only (recalled)",
    ),
}
"""Benchmarks name them; a medical image dataset has no use for the faces of people who can be recognized."""


def refuse(name: str) -> None:
    """Raise if `name` is a refused dataset.

    Parameters
    ----------
    name : str
        Compared without case, blanks and hyphens.

    Raises
    ------
    PolicyError
    """
    refusal = REFUSED.get("".join(letter for letter in name.casefold() if letter.isalnum()))
    if refusal is not None:
        raise PolicyError(
            f"{refusal.title} is never used: {refusal.reason}. Benchmarks may mention it; leave it out of the data"
        )
