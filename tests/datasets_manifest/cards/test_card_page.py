"""Cards as text: nothing that matters may be missing."""

from __future__ import annotations

import pytest

from medcurate.datasets_manifest.cards.card import load, names
from medcurate.datasets_manifest.cards.card_page import card_lines, cards_markdown


@pytest.mark.parametrize("name", names())
def test_a_shown_card_says_all_that_matters(name):
    card = load(name)
    text = "\n".join(card_lines(card))
    assert text.startswith(f"{card.title} ({name})")
    wanted = [
        *(license_.spdx for license_ in card.licenses),
        *(f"certainty: {license_.certainty}" for license_ in card.licenses),
        *(f"seen: {license_.seen}" for license_ in card.licenses),
        *(problem.text for problem in card.known_problems),
        *(f"{count.total:,} {count.unit}" for count in card.expected),
        *(overlap.detect for overlap in card.overlaps),
        *card.to_confirm,
        *card.policies,
        card.access.ask,
        card.citation.text,
        card.restrictions.model_release_ok.reason,
    ]
    assert [part for part in wanted if part not in text] == []


def test_the_page_has_every_card_and_every_refusal():
    page = cards_markdown()
    for name in names():
        assert page.count(f"## {name}\n") == 1
    assert "**CelebA**" in page
    assert "Radboud Faces" in page
