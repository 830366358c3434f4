"""The rules L1 to L12, one function each: permissions and duties of a combination of sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from medcurate.datasets_manifest.licenses.license_source import SameContent, Source
from medcurate.datasets_manifest.licenses.license_terms import Reading, Terms, less_restrictive, read_license, strictest
from medcurate.datasets_manifest.licenses.notices import NO_REIDENTIFICATION, policy
from medcurate.datasets_manifest.licenses.verdict import Purpose, Step

JOIN = " + "
"""Separator between the names of several sources."""


@dataclass(frozen=True)
class Case:
    """The case to decide.

    Attributes
    ----------
    sources : tuple of Source
        Unique, sorted by name.
    purpose : {'adaptation', 'collection', 'internal'}
    """

    sources: tuple[Source, ...]
    purpose: Purpose
    today: dt.date
    same_content: tuple[SameContent, ...] = ()

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """The parsed license of each source."""
        return {source.name: read_license(source.license) for source in self.sources}

    def having(self, wanted: Callable[[Terms], bool]) -> list[str]:
        """Return the names of the sources whose terms match."""
        return [source.name for source in self.sources if any(map(wanted, self.readings[source.name].terms))]

    @property
    def terms(self) -> frozenset[Terms]:
        """All terms of all sources."""
        return frozenset().union(*(reading.terms for reading in self.readings.values()))


def stated(case: Case) -> Iterator[Step]:
    """L1: an unknown license permits nothing; an empty or malformed one is an error."""
    for source in case.sources:
        reading = case.readings[source.name]
        if reading.status in ("empty", "invalid"):
            yield Step("L1", source.name, "error", f"{reading.problem}.")
        elif reading.status == "unknown":
            yield Step("L1", source.name, "local", f"{reading.problem}; nothing is shared on a guess.")
        else:
            where = f"read on: {source.seen}, certainty {source.certainty}" if not source.what_if else "as asked"
            yield Step("L1", source.name, "license", f"{source.license} ({where}).")


def derivatives(case: Case) -> Iterator[Step]:
    """L2: data under no-derivatives terms cannot be shared, because every image is changed."""
    if case.purpose == "internal":
        return
    for source in case.sources:
        forbidding = [term.id for term in case.readings[source.name].terms if term.nd]
        if forbidding or source.derivatives_ok == "no":
            why = f"{', '.join(sorted(forbidding))} allows no adaptations" if forbidding else "changes are not allowed"
            yield Step("L2", source.name, "block", f"{why}, and every image is resampled and normalized.")


def redistribution(case: Case) -> Iterator[Step]:
    """L3: files under custom terms are shared only if the terms are known to allow it."""
    for source in case.sources:
        custom = sorted(term.id for term in case.readings[source.name].terms if term.kind == "custom")
        if source.redistribute_ok == "no" or (custom and source.redistribute_ok != "yes"):
            name = ", ".join(custom) or "its terms"
            known = "forbids" if source.redistribute_ok == "no" else "is not known to allow"
            yield Step("L3", source.name, "recipe", f"{name} {known} to pass files on; pointers and a recipe may be.")


def incompatible(case: Case) -> list[str]:
    """Return the names of the sources that cannot be merged: CC BY-SA and non-commercial ones."""
    by_sa = case.having(lambda term: term.kind == "cc" and term.sa and not term.nc)
    nc = case.having(lambda term: term.kind == "cc" and term.nc)
    return sorted({*by_sa, *nc}) if by_sa and nc else []


def share_alike(case: Case) -> Iterator[Step]:
    """L4: share-alike licenses must be of one family; sources that cannot be merged may be shared side by side."""
    if case.purpose == "collection":
        return
    if names := incompatible(case):
        text = (
            "CC-BY-SA cannot be merged with non-commercial terms; side by side, each under its own license, it may be."
        )
        yield Step("L4", JOIN.join(names), "collection", text)
    elif (family := case.having(lambda term: term.kind == "cc" and term.sa)) and len(case.terms) > 1:
        text = "share-alike: the result has the same license, latest version."
        yield Step("L4", JOIN.join(family), "license", text)
    yield from _doubtful(case)


def _doubtful(case: Case) -> Iterator[Step]:
    ported = case.having(lambda term: bool(term.ported))
    conditional = {term for term in case.terms if term.kind != "public"}
    if ported and len(conditional) > 1:
        text = "it is ported to one jurisdiction; a person must decide whether a later version may replace it."
        yield Step("L4", JOIN.join(ported), "review", text)
    old = case.having(lambda term: term.kind == "cc" and term.sa and term.version < (2, 0))
    if old and len(conditional) > 1:
        yield Step("L4", JOIN.join(old), "review", "version 1.0 does not allow a later version to replace it.")
    others = case.having(lambda term: term.kind in ("sharealike", "copyleft"))
    if others and len(conditional) > 1:
        text = "its share-alike terms are of another family than the rest; a person must decide on compatibility."
        yield Step("L4", JOIN.join(others), "review", text)
    custom = case.having(lambda term: term.kind == "custom")
    if custom and any(term.sa for term in case.terms if term.kind != "custom"):
        text = "custom terms meet a share-alike license, which allows no further conditions; a person must decide."
        yield Step("L4", JOIN.join(custom), "review", text)


def non_commercial(case: Case) -> Iterator[Step]:
    """L5: one non-commercial source makes the result non-commercial."""
    for name in case.having(lambda term: term.nc):
        yield Step("L5", name, "license", "non-commercial: so is everything made with it.")
    for source in case.sources:
        terms = case.readings[source.name].terms
        if source.commercial_ok == "no" and terms and not any(term.nc or term.kind == "custom" for term in terms):
            text = "commercial use is stated to be forbidden, which its license does not say; a person must decide."
            yield Step("L5", source.name, "review", text)


def attribution(case: Case) -> Iterator[Step]:
    """L6: sources that require attribution must be fully credited."""
    if case.purpose == "internal":
        return
    for source in case.sources:
        terms = case.readings[source.name].terms
        if not any(term.by for term in terms):
            continue
        missing = [field for field in ("creator", "title", "url") if not getattr(source, field)]
        if missing and not source.what_if:
            text = f"attribution needs {', '.join(missing)}; write it into sources.toml or the card."
            yield Step("L6", source.name, "error", text)
        else:
            text = "name creator, title, source and license; keep notices; indicate your changes and earlier ones."
            yield Step("L6", source.name, "duty", text)


def public_domain(case: Case) -> Iterator[Step]:
    """L7: no duty; as good practice, the citation is kept."""
    for name in case.having(lambda term: term.kind == "public"):
        yield Step("L7", name, "license", "no duty; its citation is kept as good practice.")


def laundering(case: Case) -> Iterator[Step]:
    """L8: a derived dataset must not be less restricted than its parents.

    It is only flagged if the derived dataset's license was read with high certainty on its publisher's page and the
    parents' licenses are known, because the publisher may have had permission; otherwise a person must decide.
    """
    for source in case.sources:
        terms = case.readings[source.name].terms
        if not terms or any(term.kind == "custom" for term in terms):
            continue
        for parent in source.parents:
            reading = read_license(parent.license)
            if reading.status != "ok":
                lost = "its terms are not known"
            elif names := less_restrictive(terms, reading.terms):
                lost = f"{parent.license} requires {', '.join(names)}, which {source.license} does not"
            else:
                continue
            sure = source.seen == "page" and source.certainty == "high" and reading.status == "ok"
            text = f"LAUNDERING_SUSPECT: made from {parent.name}; {lost}."
            yield Step("L8", source.name, "flag" if sure else "review", text)


def conflict(case: Case) -> Iterator[Step]:
    """L9: for the same content under two licenses, the stricter one applies."""
    for shared in case.same_content:
        licenses = {source.license or "NOASSERTION" for source in shared.sources}
        if len(licenses) > 1:
            names = JOIN.join(sorted({source.name for source in shared.sources}))
            text = (
                f"CONFLICT: {shared.images} images are identical and licensed under {', '.join(sorted(licenses))}; "
                f"the strictest applies: {strictest(licenses)}."
            )
            yield Step("L9", names, "flag", text)


def software(case: Case) -> Iterator[Step]:
    """L10: a software license on data is flagged; its notice is kept."""
    for source in case.sources:
        for term in sorted(case.readings[source.name].terms):
            if term.kind == "software":
                text = f"SOFTWARE_LICENSE: {term.id} is a license for software, used on data; keep its notice."
                yield Step("L10", source.name, "flag", text)
            elif term.kind == "copyleft":
                text = f"SOFTWARE_LICENSE: the conditions of {term.id} for a dataset are unknown; a person must decide."
                yield Step("L10", source.name, "review", text)


def policies(case: Case) -> Iterator[Step]:
    """L11: the policy of an archive applies to its data."""
    for source in case.sources:
        for name in source.policies:
            known = policy(name)
            text = f"{known.title} applies downstream."
            yield Step("L11", source.name, "notice", f"{text} {NO_REIDENTIFICATION}" if known.identity else text)


def expiry(case: Case) -> Iterator[Step]:
    """L12: after the agreed day the data must not be used."""
    for source in case.sources:
        if source.access_expires is not None and source.access_expires < case.today:
            yield Step(
                "L12", source.name, "block", f"access expired on {source.access_expires}; today is {case.today}."
            )
        elif source.access_expires is not None:
            yield Step("L12", source.name, "duty", f"access ends on {source.access_expires}: delete the data by then.")
        elif source.limited_period:
            text = "EXPIRY_UNKNOWN: access is given for an agreed period; write access_expires into sources.toml."
            yield Step("L12", source.name, "flag", text)


RULES: tuple[Callable[[Case], Iterator[Step]], ...] = (
    stated,
    derivatives,
    redistribution,
    share_alike,
    non_commercial,
    attribution,
    public_domain,
    laundering,
    conflict,
    software,
    policies,
    expiry,
)
