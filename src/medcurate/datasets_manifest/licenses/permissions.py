"""Permissions for four common uses under a verdict, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from medcurate.datasets_manifest.cards.card_parts import Answer, Permission
from medcurate.datasets_manifest.licenses.rules import Case, incompatible
from medcurate.datasets_manifest.licenses.verdict import MEANINGS, Outcome

_BY_OUTCOME: Mapping[Outcome, Answer] = MappingProxyType({"share": "yes", "collection": "yes", "review": "unknown"})


def permissions(case: Case, outcome: Outcome) -> Mapping[str, Permission]:
    """Return ``redistribute_ok``, ``derivatives_ok``, ``commercial_ok`` and ``model_release_ok``.

    If any source says no, the answer is no; otherwise, if any is unknown, it is unknown.

    Parameters
    ----------
    outcome : str
        One of `OUTCOMES`.
    """
    redistribute = Permission(_BY_OUTCOME.get(outcome, "no"), MEANINGS[outcome])
    return MappingProxyType(
        {
            "redistribute_ok": redistribute,
            "derivatives_ok": _all(case, "derivatives_ok", "nd", "no derivatives"),
            "commercial_ok": _all(case, "commercial_ok", "nc", "non-commercial"),
            "model_release_ok": _model(case, outcome),
        }
    )


def _all(case: Case, field: str, flag: str, words: str) -> Permission:
    """Combine the answers of all sources; if only the license is known, it decides."""
    unsure = []
    for source in case.sources:
        reading = case.readings[source.name]
        answer: Answer | None = getattr(source, field)
        if any(getattr(term, flag) for term in reading.terms):
            return Permission("no", f"{source.name}: {words} ({source.license})")
        if answer == "no":
            return Permission("no", f"{source.name}: {field} is no")
        silent = reading.status != "ok" or any(term.kind == "custom" for term in reading.terms)
        if answer == "unknown" or (answer is None and silent):
            unsure.append(source.name)
    if unsure:
        return Permission("unknown", f"unknown for {', '.join(unsure)}")
    return Permission("yes", "no source forbids it")


def _model(case: Case, outcome: Outcome) -> Permission:
    """Treat a model as one adaptation of its training data, a conservative policy."""
    refusing = [source.name for source in case.sources if source.model_release_ok == "no"]
    if refusing:
        return Permission("no", f"{', '.join(refusing)}: model_release_ok is no")
    policy = "a model is treated as an adaptation of all sources, as a conservative policy"
    if outcome not in _BY_OUTCOME:
        return Permission("no", f"{policy}: {MEANINGS[outcome]}")
    if apart := incompatible(case):
        return Permission("no", f"{policy}, and {', '.join(apart)} cannot be merged")
    unsure = [source.name for source in case.sources if source.model_release_ok == "unknown"]
    if unsure or outcome == "review":
        return Permission("unknown", f"{policy}; unknown for {', '.join(unsure) or 'the combination'}")
    return Permission("yes", policy)
