"""Parse license expressions and combine their conditions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Kind = Literal["public", "cc", "attribution", "software", "sharealike", "copyleft", "custom", "unknown"]
"""Classes of licenses that the rules distinguish.

``public``: no duties (CC0, PDDL). ``cc``: a Creative Commons license with conditions. ``attribution``: another data
license that asks for attribution only. ``software``: a permissive software license. ``sharealike``: a data license
outside Creative Commons that asks for the same license (ODbL). ``copyleft``: any other listed license. ``custom``:
``LicenseRef-...``. ``unknown``: nothing is stated, or the statement is not a license.
"""
Status = Literal["ok", "unknown", "empty", "invalid"]

_CC = re.compile(r"(?:LicenseRef-)?CC-BY(-NC)?(?:-(SA|ND))?-(\d\.\d)(?:-([A-Z]{2,3}))?", re.IGNORECASE)
_PUBLIC = frozenset({"CC0-1.0", "PDDL-1.0", "CC-PDM-1.0", "CC-PDDC", "Unlicense", "0BSD"})
_ATTRIBUTION = frozenset({"ODC-By-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "etalab-2.0", "DL-DE-BY-2.0"})
_SHAREALIKE = frozenset({"ODbL-1.0", "CDLA-Sharing-1.0"})
_SOFTWARE = re.compile(r"MIT(-.*)?|BSD-[1-4]-Clause(-.*)?|Apache-2\.0|ISC|Zlib|NCSA|BSL-1\.0|PSF-2\.0|Python-2\.0")
_NOT_STATED = frozenset({"NOASSERTION", "NONE", "UNKNOWN", "OTHER", "CC", "N/A"})


@dataclass(frozen=True, slots=True, order=True)
class Terms:
    """One license, with the properties that the rules use.

    Attributes
    ----------
    id : str
        SPDX identifier as SPDX spells it, or ``LicenseRef-...``.
    kind : str
        One of `Kind`.
    by, nc, sa, nd : bool
        Attribution, non-commercial, share-alike, no derivatives.
    version : tuple of int
        Of a Creative Commons license; empty for others.
    ported : str
        Jurisdiction of a ported Creative Commons license, such as ``CH``.
    """

    id: str
    kind: Kind
    by: bool = False
    nc: bool = False
    sa: bool = False
    nd: bool = False
    version: tuple[int, ...] = ()
    ported: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of parsing a license text.

    Attributes
    ----------
    status : {'ok', 'unknown', 'empty', 'invalid'}
    terms : frozenset of Terms
        Terms that all apply. Empty unless ``ok``.
    problem : str
        Reason if it is not ``ok``.
    """

    status: Status
    terms: frozenset[Terms] = frozenset()
    problem: str = ""


@lru_cache(maxsize=4096)
def read_license(text: str | None) -> Reading:
    """Parse an SPDX expression.

    Of licenses joined by OR, the least demanding is taken, because the licensee may choose.

    Parameters
    ----------
    text : str or None
        None: nothing is stated.

    Returns
    -------
    Reading
        Never raises: malformed text is ``invalid``, an unknown license name is ``unknown``.
    """
    if text is None:
        return Reading("unknown", problem="no license is stated")
    text = text.strip()
    if not text:
        return Reading("empty", problem="the license is an empty text; expected an SPDX expression or NOASSERTION")
    if text.upper() == "NONE":
        return Reading("unknown", problem="NONE: no license is granted, so all rights are reserved")
    if text.upper() in _NOT_STATED:
        return Reading("unknown", problem=f"{text!r} names no license")
    try:
        tree = _licensing().parse(text)
    except Exception as error:  # license-expression raises many types: ExpressionError, AttributeError ('X OR'), ...
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Reading("invalid", problem=f"{text!r} is not an SPDX expression ({problem}){_near(text)}")
    if tree is None:
        return Reading("invalid", problem=f"{text!r} is not an SPDX expression")
    terms = _terms(tree)
    strange = sorted(term.id for term in terms if term.kind == "unknown")
    if strange:
        stated = all(name.upper() in _NOT_STATED for name in strange)
        hint = "" if stated else _near(strange[0])
        return Reading("unknown", problem=f"{', '.join(map(repr, strange))} names no license that SPDX lists{hint}")
    return Reading("ok", terms)


def strictest(licenses: Iterable[str | None]) -> str:
    """Return the most demanding of several licenses on the same content (rule L9).

    Parameters
    ----------
    licenses : iterable of str or None
        At least one.

    Returns
    -------
    str
        ``NOASSERTION`` if one of them is unknown.
    """
    ranked = sorted(((_weight(license_), license_ or "NOASSERTION") for license_ in licenses), reverse=True)
    return "NOASSERTION" if read_license(ranked[0][1]).status != "ok" else ranked[0][1]


def outbound(terms: Iterable[Terms]) -> str | None:
    """Return the license of an adaptation of works under `terms`.

    Creative Commons licenses merge into one: non-commercial if any is, share-alike if any is, with the latest version.
    Licenses that cannot merge are added with AND. The operation is associative: the outbound license may replace its
    inputs. Whether the combination is allowed at all is decided elsewhere (rules L1 to L4).

    Returns
    -------
    str or None
        SPDX expression; None without terms.
    """
    every = frozenset(terms)
    cc = {term for term in every if term.kind == "cc"}
    beside = {term.id for term in every if term.kind in ("sharealike", "copyleft", "custom")}
    if cc:
        return " AND ".join([_joined(cc), *sorted(beside)])
    parts = beside or {term.id for term in every if term.kind in ("attribution", "software")} or {t.id for t in every}
    return " AND ".join(sorted(parts)) or None


def less_restrictive(child: Iterable[Terms], parent: Iterable[Terms]) -> list[str]:
    """Return the conditions of the parent's license that the child's lacks (rule L8)."""
    asked, kept = list(parent), list(child)
    names = {"by": "attribution", "nc": "non-commercial use", "sa": "the same license", "nd": "no derivatives"}
    lost = [
        text
        for field, text in names.items()
        if any(getattr(term, field) for term in asked) and not any(getattr(term, field) for term in kept)
    ]
    if any(term.kind == "custom" for term in asked) and not any(term.kind == "custom" for term in kept):
        lost.append("terms of its own")
    return lost


def _joined(cc: set[Terms]) -> str:
    if len(cc) == 1:
        return next(iter(cc)).id
    nc, sa = any(term.nc for term in cc), any(term.sa for term in cc)
    nd = any(term.nd for term in cc)
    version = max(term.version for term in cc)
    tail = "-ND" if nd else "-SA" if sa else ""
    return f"CC-BY{'-NC' if nc else ''}{tail}-{'.'.join(map(str, version))}"


def _terms(tree: Any) -> frozenset[Terms]:
    """Evaluate an expression: AND requires all terms, OR the least demanding."""
    operator = getattr(tree, "operator", "").strip()
    if operator == "OR":
        return min((_terms(part) for part in tree.args), key=lambda terms: (_weight_of(terms), sorted(terms)))
    if operator == "AND":
        return frozenset().union(*(_terms(part) for part in tree.args))
    return frozenset({_classify(str(tree.render()))})


def _classify(name: str) -> Terms:
    match = _CC.fullmatch(name)
    if match:
        nc, tail, version, ported = match.groups()
        numbers = tuple(int(number) for number in version.split("."))
        name = name if name.startswith("LicenseRef-") or _listed(name) else f"LicenseRef-{name}"
        return Terms(name, "cc", True, bool(nc), tail == "SA", tail == "ND", numbers, (ported or "").upper())
    if name.startswith(("LicenseRef-", "DocumentRef-")):
        return Terms(name, "custom")
    if not _listed(name):
        return Terms(name, "unknown")
    if name in _PUBLIC:
        return Terms(name, "public")
    if name in _ATTRIBUTION:
        return Terms(name, "attribution", by=True)
    if name in _SHAREALIKE:
        return Terms(name, "sharealike", by=True, sa=True)
    if _SOFTWARE.fullmatch(name):
        return Terms(name, "software", by=True)
    return Terms(name, "copyleft", by=True, sa=True)


def _weight(license_: str | None) -> tuple[int, ...]:
    reading = read_license(license_)
    return (9,) if reading.status != "ok" else _weight_of(reading.terms)


def _weight_of(terms: frozenset[Terms]) -> tuple[int, ...]:
    """Return a sort key of the conditions, most demanding first."""
    kinds: tuple[Kind, ...] = ("public", "software", "attribution", "cc", "sharealike", "copyleft", "custom", "unknown")
    heavy = max(kinds.index(term.kind) for term in terms)
    flags = [any(getattr(term, field) for term in terms) for field in ("nd", "nc", "sa", "by")]
    return (max(heavy - kinds.index("copyleft") + 1, 0), *map(int, flags), len(terms))


def _listed(name: str) -> bool:
    return name.partition(" WITH ")[0] in _licensing().known_symbols


def _near(text: str) -> str:
    """Propose a similar known identifier, if there is one."""
    near = difflib.get_close_matches(re.sub(r"\s+", "-", text).upper(), _known(), n=1)
    return f"; did you mean {_known()[near[0]]}?" if near else ""


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {key.upper(): key for key in _licensing().known_symbols}


@lru_cache(maxsize=1)
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
