"""The sources of a dataset: facts from cards, ``sources.toml`` and the user, for the license rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medcurate.datasets_manifest.cards.card import Card, load, load_file
from medcurate.datasets_manifest.cards.card_parts import Answer, Component, Problem
from medcurate.datasets_manifest.licenses.inheritance import training_sources
from medcurate.datasets_manifest.licenses.license_source import ParentLicense, SameContent, Source, source_of
from medcurate.datasets_manifest.licenses.license_terms import read_license
from medcurate.datasets_manifest.licenses.statements import FILE, SourcesFile, Statement
from medcurate.datasets_manifest.plain_text import web_address
from medcurate.errors import UsageError

_ADDED = ("duo", "acknowledgement", "limited_period")
_ANSWERS = ("redistribute_ok", "derivatives_ok", "commercial_ok", "model_release_ok")


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a dataset, with all known facts.

    Attributes
    ----------
    name : str
        As in the catalogue.
    source : Source
        Facts for the license rules.
    training : tuple of Source
        For generated images: the sources of their training set.
    """

    name: str
    card: Card | None
    statement: Statement
    source: Source
    training: tuple[Source, ...] = ()

    @property
    def title(self) -> str:
        """Title of the work; the source name if unknown."""
        return self.source.title or self.name

    @property
    def version(self) -> str:
        """Version, or empty."""
        return self.statement.version or (self.card.version if self.card else "")

    @property
    def citation(self) -> str:
        """Citation, or empty."""
        return self.statement.citation or (self.card.citation.text if self.card else "")

    @property
    def creators(self) -> tuple[str, ...]:
        """Each creator."""
        if self.card and not self.statement.creator:
            return self.card.creators
        return tuple(part.strip() for part in self.statement.creator.split(";") if part.strip())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Known problems of the source."""
        stated = tuple(Problem(text, "recalled") for text in self.statement.known_problems)
        return stated + (self.card.known_problems if self.card else ())

    def for_rules(self) -> tuple[Source, ...]:
        """Return the sources to decide about; for generated images, those of the training set and the stated one."""
        return self.training if self.training and self.source.license is None else (*self.training, self.source)

    def contradiction(self) -> SameContent | None:
        """Return both statements if the user's license differs from the card's, for rule L9."""
        if (
            self.card is None
            or self.statement.license is None
            or same_license(self.statement.license, self.source.license)
        ):
            return None
        own = replace(self.source, name=f"{self.name} ({FILE})", license=self.statement.license)
        return SameContent((self.source, own), 0)


def same_license(first: str | None, second: str | None) -> bool:
    """Return whether two expressions are equivalent."""
    one, other = read_license(first), read_license(second)
    return one == other if one.status == "ok" else one.status == other.status


def origin(name: str, given: SourcesFile, folder: Path, *, synthetic: bool, parts: tuple[Component, ...]) -> Origin:
    """Collect the facts about one source.

    Parameters
    ----------
    name : str
        As in the catalogue.
    folder : Path
        Dataset folder, to which paths are relative.
    synthetic : bool
        Whether its images were generated; ``derived_from`` is then used.
    parts : tuple of {'images', 'masks', 'labels'}
        Components of the source that the dataset uses; their licenses may differ.
    """
    statement = given.sources.get(name, Statement())
    card = _card(statement.card, folder) if statement.card else None
    base = source_of(card, parts) if card else _stated(statement)
    source = _joined(base, statement, name)
    derived = statement.derived_from or (given.derived_from if synthetic else "")
    return Origin(name, card, statement, source, training_sources(derived, folder) if derived else ())


def _card(name: str, folder: Path) -> Card:
    own = name.endswith(".toml")
    return load_file(folder / name if not Path(name).is_absolute() else Path(name)) if own else load(name)


def _stated(statement: Statement) -> Source:
    return Source("", statement.license, seen=statement.seen, certainty=statement.certainty)


def _joined(base: Source, statement: Statement, name: str) -> Source:
    """Add the user's statements to those of a card; if both state a value, the stricter applies."""
    parents = tuple(ParentLicense(parent, _license_of(parent)) for parent in statement.parents)
    more: dict[str, Any] = {key: getattr(statement, key) or getattr(base, key) for key in _ADDED}
    more |= {key: _stricter(getattr(base, key), getattr(statement, key)) for key in _ANSWERS}
    return replace(
        base,
        name=name,
        title=statement.title or base.title,
        creator=statement.creator or base.creator,
        url=web_address(f"https://doi.org/{statement.doi}" if statement.doi else statement.url or base.url),
        policies=tuple(dict.fromkeys((*base.policies, *statement.policies))),
        access_expires=min(filter(None, (base.access_expires, statement.access_expires)), default=None),
        parents=tuple(dict.fromkeys((*base.parents, *parents))),
        **more,
    )


def _stricter(first: Answer | None, second: Answer | None) -> Answer | None:
    """Return the stricter answer: no prevails, and a known answer replaces an unknown one."""
    if "no" in (first, second):
        return "no"
    return second if first in (None, "unknown") and second is not None else first


def _license_of(name: str) -> str | None:
    try:
        return source_of(load(name)).license
    except UsageError:  # a dataset without a card
        return None
