"""The conclusion of the license rules, and its derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from medcurate.datasets_manifest.cards.card_parts import Permission

Outcome = Literal["share", "collection", "review", "recipe", "local", "block", "error"]
OUTCOMES: tuple[Outcome, ...] = ("share", "collection", "review", "recipe", "local", "block", "error")
"""From the most permissive to the least.

``share``: files may be shared as one adapted dataset, under `Verdict.license`. ``collection``: only side by side, each
part under its own license. ``review``: a person must decide first. ``recipe``: no files; pointers to the sources and
the recipe that makes the dataset from them. ``local``: nothing is shared. ``block``: must not be made or kept.
``error``: a statement is invalid, so there is no conclusion.
"""
Purpose = Literal["adaptation", "collection", "internal"]
MEANINGS: Mapping[Outcome, str] = MappingProxyType(
    {
        "share": "The files may be shared as one adapted dataset, under the license below",
        "collection": "The files may be shared side by side, each part under its own license, not as one adaptation",
        "review": "A person must decide before anything is shared",
        "recipe": "Share no files; share pointers to the sources and the recipe",
        "local": "Use it locally; share nothing",
        "block": "It must not be shared, nor used if access has expired",
        "error": "A source states no usable license or lacks what attribution needs; nothing can be concluded",
    }
)


class Step(NamedTuple):
    """The result of one rule.

    Attributes
    ----------
    rule : str
        ``L1`` to ``L13``, or ``POLICY`` for a choice that no license determines.
    source : str
        Name of the source; several are joined by `` + ``.
    effect : str
        The outcome that it limits the verdict to, or ``license``, ``duty``, ``flag``, ``override``.
    """

    rule: str
    source: str
    effect: str
    text: str


class Notice(NamedTuple):
    """A notice that must accompany the dataset.

    Attributes
    ----------
    id : str
        SPDX identifier or ``LicenseRef-...``.
    url : str
        Address of the full text; empty if unknown.
    """

    id: str
    source: str
    text: str
    url: str


class Duty(NamedTuple):
    """An obligation when sharing, for one source."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Permitted uses of a combination of sources.

    Attributes
    ----------
    outcome : str
        One of `OUTCOMES`.
    license : str or None
        SPDX expression of the outbound license: one license for ``share``, all of them joined by AND for a collection;
        under ``review``, the result of the terms as stated. None if no file may be shared.
    trace : tuple of Step
        Steps of all rules that apply, in the order of the rules.
    flags : tuple of str
        ``LAUNDERING_SUSPECT``, ``SOFTWARE_LICENSE``, ``OVERRIDDEN``, ...
    permissions : mapping of str to Permission
        ``redistribute_ok``, ``derivatives_ok``, ``commercial_ok``, ``model_release_ok``.
    purpose : {'adaptation', 'collection', 'internal'}
    legal_position : str
        ``conservative``: generated data is treated as an adaptation of its training set. This is a policy.
    """

    outcome: Outcome
    license: str | None
    trace: tuple[Step, ...]
    notices: tuple[Notice, ...] = ()
    duties: tuple[Duty, ...] = ()
    flags: tuple[str, ...] = ()
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    duo: tuple[str, ...] = ()
    purpose: Purpose = "adaptation"
    legal_position: str = "conservative"

    @property
    def granted(self) -> bool:
        """Whether the requested use is permitted; otherwise a command ends with exit code 5."""
        asked: Mapping[Purpose, Outcome] = {"adaptation": "share", "collection": "collection", "internal": "local"}
        return OUTCOMES.index(self.outcome) <= OUTCOMES.index(asked[self.purpose])

    @property
    def expression(self) -> str | None:
        """The outbound license joined with all further conditions, as one SPDX expression."""
        if self.license is None:
            return None
        parts = [self.license, *(notice.id for notice in self.notices)]
        return " AND ".join(dict.fromkeys(f"({part})" if " OR " in part else part for part in parts))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-compatible values; the keys ``outcome``, ``license`` and ``trace`` are stable."""
        return {
            "outcome": self.outcome,
            "meaning": MEANINGS[self.outcome],
            "license": self.license,
            "expression": self.expression,
            "trace": [step._asdict() for step in self.trace],
            "notices": [notice._asdict() for notice in self.notices],
            "duties": [duty._asdict() for duty in self.duties],
            "flags": list(self.flags),
            "permissions": {
                name: {"answer": permission.answer, "reason": permission.reason}
                for name, permission in self.permissions.items()
            },
            "duo": list(self.duo),
            "purpose": self.purpose,
            "legal_position": self.legal_position,
        }
