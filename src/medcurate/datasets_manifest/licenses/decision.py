"""Decide the permitted uses of a combination of sources by applying the rules L1 to L13 in order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from medcurate.datasets_manifest.licenses.license_source import SameContent, Source
from medcurate.datasets_manifest.licenses.license_terms import Terms, outbound
from medcurate.datasets_manifest.licenses.notices import policy
from medcurate.datasets_manifest.licenses.overrides import OVERRIDABLE, Override
from medcurate.datasets_manifest.licenses.permissions import permissions
from medcurate.datasets_manifest.licenses.rules import JOIN, RULES, Case
from medcurate.datasets_manifest.licenses.verdict import OUTCOMES, Duty, Notice, Outcome, Purpose, Step, Verdict
from medcurate.errors import UsageError

_FLAGS = {
    ("L1", "local"): "UNKNOWN_LICENSE",
    ("L1", "error"): "BROKEN_LICENSE",
    ("L2", "block"): "NO_DERIVATIVES",
    ("L3", "recipe"): "NO_REDISTRIBUTION",
    ("L4", "collection"): "INCOMPATIBLE",
    ("L4", "review"): "DOUBTFUL_MERGE",
    ("L5", "license"): "NON_COMMERCIAL",
    ("L5", "review"): "CONTRADICTION",
    ("L6", "error"): "ATTRIBUTION_MISSING",
    ("L8", "flag"): "LAUNDERING_SUSPECT",
    ("L8", "review"): "LAUNDERING_SUSPECT",
    ("L9", "flag"): "CONFLICT",
    ("L10", "flag"): "SOFTWARE_LICENSE",
    ("L10", "review"): "SOFTWARE_LICENSE",
    ("L12", "block"): "EXPIRED",
    ("L12", "flag"): "EXPIRY_UNKNOWN",
    ("L13", "override"): "OVERRIDDEN",
}
_BEST: dict[Purpose, Outcome] = {"adaptation": "share", "collection": "collection", "internal": "local"}
_SYNTHETIC = Step(
    "POLICY",
    "",
    "note",
    "whether generated images are adaptations of the training set is unsettled; they are treated as if they were. This "
    "is a conservative policy of medcurate, not a statement of law.",
)


def decide(
    sources: Iterable[Source],
    *,
    purpose: Purpose = "adaptation",
    today: dt.date | None = None,
    overrides: Iterable[Override] = (),
    same_content: Iterable[SameContent] = (),
    synthetic: bool = False,
) -> Verdict:
    """Decide the permitted uses of a dataset made from `sources`, with reasons. Not legal advice.

    Order and repetition of sources do not matter; adding a source never makes the outcome more permissive (see
    `OUTCOMES`).

    Parameters
    ----------
    purpose : {'adaptation', 'collection', 'internal'}
        Share one dataset made from all sources; share them side by side, each under its own license; share nothing.
    today : date, optional
        Date for rule L12; default: the current day in UTC.
    overrides : iterable of Override
        Decisions of people (rule L13); each must lift a step.
    same_content : iterable of SameContent
        Images found in several sources (rule L9); the terms of all of them apply.
    synthetic : bool
        Whether a model trained on `sources` generated the dataset; the same rules apply, as a conservative policy.

    Raises
    ------
    UsageError
        If there is no source, two different sources have the same name, or an override has no effect.
    """
    shared = tuple(sorted(set(same_content), key=repr))
    every = [*sources, *(source for group in shared for source in group.sources)]
    case = Case(_once(every), purpose, today or dt.datetime.now(dt.UTC).date(), shared)
    steps = [step for rule in RULES for step in rule(case)]
    lifted = _lifted(steps, sorted(set(overrides), key=repr))
    outcome = _worst(case, [step for step in steps if step not in lifted])
    flags = {_FLAGS[key] for step in [*steps, *lifted.values()] if (key := (step.rule, step.effect)) in _FLAGS}
    if any(policy(name).identity for source in case.sources for name in source.policies):
        flags.add("NO_REIDENTIFICATION")
    return Verdict(
        outcome=outcome,
        license=_license(case, outcome, steps, lifted),
        trace=tuple(_trace_lines(steps, lifted, synthetic=synthetic)),
        notices=tuple(_notices(case)),
        duties=tuple(_duties(case, steps)),
        flags=tuple(sorted(flags)),
        permissions=permissions(case, outcome),
        duo=tuple(sorted({code for source in case.sources for code in source.duo})),
        purpose=purpose,
    )


def _once(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Remove repetitions and sort by name."""
    found: dict[str, Source] = {}
    for source in sources:
        known = found.setdefault(source.name, source)
        if known != source:
            raise UsageError(f"two different sources are called {source.name!r}; give each its own name")
    if not found:
        raise UsageError("expected at least one source: the name of a card, spdx:LICENSE, or the path of a card")
    return tuple(found[name] for name in sorted(found))


def _worst(case: Case, steps: Iterable[Step]) -> Outcome:
    """Return the least permissive outcome among the steps."""
    limits = [_BEST[case.purpose], *(outcome for step in steps for outcome in OUTCOMES if step.effect == outcome)]
    return max(limits, key=OUTCOMES.index)


def _lifted(steps: list[Step], overrides: Iterable[Override]) -> dict[Step, Step]:
    """Map each overridden step to the record of the decision (rule L13)."""
    result: dict[Step, Step] = {}
    for override in overrides:
        aimed = [step for step in steps if step.rule == override.rule and override.source in step.source.split(JOIN)]
        limiting = [step for step in aimed if _may(step)]
        if not limiting:
            can = sorted({f"{s.rule}:{s.source.split(JOIN)[0]}" for s in steps if _may(s)})
            raise UsageError(
                f"--allow {override.rule}:{override.source} has no effect here; expected one of "
                f"{', '.join(can) or 'none: no rule that can be overridden limits this combination'}"
            )
        text = f"{override.name} decided on {override.date}: {override.reason}"
        for step in limiting:
            lifts = f"{text} (lifts {step.rule}: {step.effect})."
            result[step] = Step("L13", step.source, "override", lifts)
    return result


def _may(step: Step) -> bool:
    """Return whether a person may override the step: not if terms exclude each other or must be corrected."""
    return step.rule in OVERRIDABLE and step.effect in OUTCOMES and step.effect not in ("error", "collection")


def _trace_lines(steps: list[Step], lifted: dict[Step, Step], *, synthetic: bool) -> Iterator[Step]:
    yield from steps
    yield from lifted.values()
    if synthetic:
        yield _SYNTHETIC


def _license(case: Case, outcome: Outcome, steps: Iterable[Step], lifted: Iterable[Step]) -> str | None:
    """Return the outbound license, with a named permission for every override."""
    if outcome not in ("share", "collection", "review"):
        return None
    permitted = {step.source for step in lifted if step.rule in ("L1", "L2", "L3")}
    granted = {f"LicenseRef-permission-{re.sub('[^A-Za-z0-9.]+', '-', name).strip('-')}" for name in permitted}
    terms = {
        term for source in case.sources if source.name not in permitted for term in case.readings[source.name].terms
    }
    side_by_side = outcome == "collection" or any(step.effect == "collection" for step in steps)
    return " AND ".join(filter(None, [_each(terms) if side_by_side else outbound(terms), *sorted(granted)])) or None


def _each(terms: Iterable[Terms]) -> str:
    return " AND ".join(sorted({term.id for term in terms}))


def _notices(case: Case) -> Iterator[Notice]:
    for source in case.sources:
        for term in sorted(case.readings[source.name].terms):
            if term.kind in ("software", "attribution"):
                text = f"Keep the copyright notice and the text of {term.id} with the files from {source.name}."
                yield Notice(term.id, source.name, text, f"https://spdx.org/licenses/{term.id}.html")
        for name in source.policies:
            known = policy(name)
            yield Notice(name, source.name, known.text, known.url)


def _duties(case: Case, steps: Iterable[Step]) -> Iterator[Duty]:
    for step in steps:
        if step.effect == "duty" or step.rule == "L7":
            yield Duty(step.source, step.text)
    for source in case.sources:
        if source.acknowledgement:
            yield Duty(source.name, f"acknowledge: {source.acknowledgement}")
