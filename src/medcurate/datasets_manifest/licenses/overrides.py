"""Decisions of people against a rule: who, when, why (rule L13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from medcurate.errors import UsageError

OVERRIDABLE = ("L1", "L2", "L3", "L4", "L8", "L12")
"""Rules that a person may override. The others state facts, duties or errors that must be corrected."""
_FORM = "RULE:SOURCE:NAME:REASON, such as 'L8:nickparvar:Ada Lovelace:checked the lineage with the author'"


@dataclass(frozen=True, slots=True)
class Override:
    """One decision.

    Attributes
    ----------
    rule : str
        One of `OVERRIDABLE`.
    source : str
        Name of the source concerned.
    name : str
        Who decided.
    date : date
        Day of the decision.
    """

    rule: str
    source: str
    name: str
    reason: str
    date: dt.date

    @classmethod
    def parse(cls, text: str, *, date: dt.date) -> Override:
        """Parse ``RULE:SOURCE:NAME:REASON``, the value of the option ``--allow``.

        Parameters
        ----------
        text : str
            The reason may contain colons; a source such as ``spdx:CC-BY-4.0`` may, too.

        Raises
        ------
        UsageError
            If a part is missing, or the rule cannot be overridden.
        """
        rule, _, rest = text.partition(":")
        prefix = "spdx:" if rest.startswith("spdx:") else ""
        parts = rest.removeprefix(prefix).split(":", 2)
        if len(parts) != 3 or not all(part.strip() for part in parts):
            raise UsageError(f"--allow: expected {_FORM}; received {text!r}")
        if rule.strip().upper() not in OVERRIDABLE:
            raise UsageError(
                f"--allow: the rule {rule!r} cannot be overridden; expected one of {', '.join(OVERRIDABLE)}"
            )
        source, name, reason = (part.strip() for part in parts)
        return cls(rule.strip().upper(), prefix + source, name, reason, date)
