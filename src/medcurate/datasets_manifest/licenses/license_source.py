"""Facts about one source of a dataset for the license rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from medcurate.datasets_manifest.cards.card import Card, load
from medcurate.datasets_manifest.cards.card_parts import Answer, Certainty, Component, Parent, Seen
from medcurate.errors import UsageError

COMPONENTS: tuple[Component, ...] = ("images", "masks", "labels")


@dataclass(frozen=True, slots=True)
class ParentLicense:
    """A dataset from which a source was made, and its license (rule L8).

    Attributes
    ----------
    license : str or None
        As in `Source`.
    """

    name: str
    license: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """One source, with the facts for the license rules.

    Attributes
    ----------
    name : str
        Name of the source in messages and overrides.
    license : str or None
        SPDX expression, ``LicenseRef-...``, ``NOASSERTION`` or ``NONE``. None: nothing is stated, equivalent to
        ``NOASSERTION``. An empty text is an error.
    title, creator, url : str
        Facts for attribution (rule L6).
    seen : {'page', 'readme', 'mirror', 'recalled'}
        Where the license was stated.
    certainty : {'high', 'medium', 'low'}
        Certainty of the statement.
    redistribute_ok, derivatives_ok, commercial_ok, model_release_ok : {'yes', 'no', 'unknown'} or None
        Permissions apart from the license's text. None: not stated, so the license's text decides.
    policies : tuple of str
        Terms in addition to the license, such as ``LicenseRef-TCIA-Data-Usage-Policy`` (rule L11).
    access_expires : date or None
        Last day of use (rule L12).
    limited_period : bool
        Whether access ends at an agreed date, even if `access_expires` is unknown.
    what_if : bool
        Whether only the license is given, for a hypothetical verdict without attribution checks.
    """

    name: str
    license: str | None
    title: str = ""
    creator: str = ""
    url: str = ""
    seen: Seen = "page"
    certainty: Certainty = "high"
    redistribute_ok: Answer | None = None
    derivatives_ok: Answer | None = None
    commercial_ok: Answer | None = None
    model_release_ok: Answer | None = None
    policies: tuple[str, ...] = ()
    acknowledgement: str = ""
    duo: tuple[str, ...] = ()
    access_expires: dt.date | None = None
    limited_period: bool = False
    parents: tuple[ParentLicense, ...] = ()
    what_if: bool = False


@dataclass(frozen=True, slots=True)
class SameContent:
    """Images that were found in several sources, by their hash (rule L9).

    Attributes
    ----------
    sources : tuple of Source
        All sources with these images, including those whose copies were dropped.
    images : int
        Number of such images.
    """

    sources: tuple[Source, ...]
    images: int = 1


def source_of(card: Card, components: tuple[Component, ...] = COMPONENTS) -> Source:
    """Return the facts for the rules from a card.

    Parameters
    ----------
    components : tuple of {'images', 'masks', 'labels'}
        Components that are used; their licenses may differ.
    """
    stated = [license_ for license_ in card.licenses if set(license_.applies_to) & set(components)]
    licenses = list(dict.fromkeys(license_.spdx for license_ in stated))
    least: tuple[Certainty, ...] = ("low", "medium", "high")
    farthest: tuple[Seen, ...] = ("recalled", "mirror", "readme", "page")
    return Source(
        name=card.name,
        license=_all_of(licenses),
        title=card.title,
        creator="; ".join(card.creators),
        url=f"https://doi.org/{card.doi}" if card.doi else card.url,
        seen=min((license_.seen for license_ in stated), key=farthest.index, default="recalled"),
        certainty=min((license_.certainty for license_ in stated), key=least.index, default="low"),
        redistribute_ok=card.restrictions.redistribute_ok.answer,
        derivatives_ok=card.restrictions.derivatives_ok.answer,
        commercial_ok=card.restrictions.commercial_ok.answer,
        model_release_ok=card.restrictions.model_release_ok.answer,
        policies=card.policies,
        acknowledgement=card.acknowledgement,
        duo=card.duo,
        access_expires=card.access_expires,
        limited_period=card.access.limited_period,
        parents=tuple(ParentLicense(parent.name, _license_of(parent)) for parent in card.parents),
    )


def what_if(license_: str) -> Source:
    """Return a source of which only the license is known."""
    return Source(name=f"spdx:{license_}", license=license_, what_if=True)


def _all_of(licenses: list[str]) -> str | None:
    """Join with AND; one unstated license makes the result unknown."""
    if not licenses:
        return None
    if len(licenses) == 1:
        return licenses[0]
    if {"NOASSERTION", "NONE"} & set(licenses):
        return "NOASSERTION"
    return " AND ".join(f"({license_})" if " " in license_ else license_ for license_ in licenses)


def _license_of(parent: Parent) -> str | None:
    if parent.spdx:
        return parent.spdx
    try:
        card = load(parent.name)
    except UsageError:  # a dataset without a card
        return None
    return source_of(card).license
