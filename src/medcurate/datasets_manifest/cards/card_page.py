"""A card as text: for `datasets show` and for the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from medcurate.datasets_manifest.cards.card import Card, load, names
from medcurate.datasets_manifest.cards.card_parts import Count
from medcurate.datasets_manifest.cards.refusals import REFUSED


def card_lines(card: Card) -> Iterator[str]:
    """Yield the lines of a card in readable form."""
    yield f"{card.title} ({card.name})"
    for heading, rows in _sections(card):
        if rows:
            yield ""
            yield heading
            yield from (f"  {row}" for row in rows)


def cards_markdown() -> str:
    """Return all cards and the refused datasets as Markdown."""
    parts = [_markdown(load(name)) for name in names()]
    refused = [f"- **{refusal.title}**: {refusal.reason}." for refusal in REFUSED.values()]
    parts.append("## Never used\n\n" + "\n".join(refused))
    return "\n\n".join(parts)


def _markdown(card: Card) -> str:
    parts = [f"## {card.name}", f"**{card.title}**"]
    for heading, rows in _sections(card):
        if rows:
            parts.append(f"*{heading}*\n\n" + "\n".join(f"- {_escaped(row)}" for row in rows))
    if card.citation.bibtex:
        parts.append(f"```text\n{card.citation.bibtex}\n```")
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")


def _sections(card: Card) -> Iterator[tuple[str, list[str]]]:
    yield "License", list(_license(card))
    yield "Access", list(_access(card))
    yield "Restrictions", list(_restrictions(card))
    yield "Content", list(_content(card))
    yield "Expected counts", [_count(count) for count in card.expected]
    yield (
        "Known problems",
        [f"{problem.text} [{problem.evidence}, {problem.certainty}]" for problem in card.known_problems],
    )
    yield (
        "Overlaps",
        [
            f"{overlap.card}: {overlap.text} Found by: {overlap.detect}. [{overlap.evidence}]"
            for overlap in card.overlaps
        ],
    )
    yield "Made from", [f"{parent.name}{f' ({parent.spdx})' if parent.spdx else ''}" for parent in card.parents]
    yield "Citation", [f"{card.citation.text} [{card.citation.evidence}]"]
    yield "To be confirmed by a person", list(card.to_confirm)


def _license(card: Card) -> Iterator[str]:
    for stated in card.licenses:
        words = f', stated as "{stated.verbatim}"' if stated.verbatim else ""
        yield f"{', '.join(stated.applies_to)}: {stated.spdx}{words}"
        when = f" on {stated.date_seen}" if stated.date_seen else ""
        yield f"seen: {stated.seen}{when} ({stated.source or 'source not stated'}); certainty: {stated.certainty}"
        if stated.note:
            yield stated.note
    for policy in card.policies:
        yield f"also applies: {policy}"


def _access(card: Card) -> Iterator[str]:
    yield f"{card.access.kind}{f'; ask {card.access.ask}' if card.access.ask else ''}"
    if card.access.text:
        yield card.access.text
    yield f"version {card.version}, published by {card.publisher}; creators: {'; '.join(card.creators)}"
    if card.url:
        yield card.url
    if card.doi:
        yield f"https://doi.org/{card.doi}"
    if card.access_expires:
        yield f"access ends on {card.access_expires}"


def _restrictions(card: Card) -> Iterator[str]:
    for name in ("redistribute_ok", "derivatives_ok", "commercial_ok", "model_release_ok"):
        permission = getattr(card.restrictions, name)
        yield f"{name}: {permission.answer} ({permission.reason})"


def _content(card: Card) -> Iterator[str]:
    content = card.content
    yield content.format
    for label in ("modalities", "contrasts", "planes", "classes"):
        if values := getattr(content, label):
            yield f"{label}: {', '.join(values)}"
    for label in ("size", "subjects", "spacing", "scanners", "sites", "note"):
        if value := getattr(content, label):
            yield f"{label}: {value}"
    if card.label_map:
        yield "labels: " + ", ".join(f"{label} is {tumor}" for label, tumor in card.label_map.items())


def _count(count: Count) -> str:
    parts = f" = {' + '.join(f'{number:,} {name}' for name, number in count.parts.items())}" if count.parts else ""
    note = f" {count.note}" if count.note else ""
    return f"version {count.version}: {count.total:,} {count.unit}{parts} [{count.evidence}, {count.certainty}]{note}"
