"""Every family that trains nothing offers what its contract lists."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass

import pytest

from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES, draws_from_references, reference_family
from medcurate.generate.references.contract import ReferenceFamily
from medcurate.generate.training import defaults
from tests.generate.family_laws import WITHOUT_TRAINING

FUNCTIONS = ("supports", "build_reference_sampler")


def test_they_are_told_from_families_that_train():
    assert {name for name in FAMILIES if draws_from_references(name)} == set(WITHOUT_TRAINING)
    with pytest.raises(UsageError, match="--model: expected one of"):
        draws_from_references("collage")


def test_the_default_is_none_of_them():
    assert defaults.MODEL not in WITHOUT_TRAINING


@pytest.mark.parametrize("name", WITHOUT_TRAINING)
def test_such_a_family_offers_the_whole_contract(name):
    found = reference_family(name)
    assert is_dataclass(found.Config)
    assert set(found.SMALL) <= {item.name for item in fields(found.Config)}
    for function in FUNCTIONS:
        asked = list(inspect.signature(getattr(ReferenceFamily, function)).parameters)[1:]
        assert list(inspect.signature(getattr(found, function)).parameters) == asked


@pytest.mark.parametrize("name", WITHOUT_TRAINING)
def test_it_says_that_its_images_are_not_anonymous_in_words_that_a_png_can_hold(name):
    notice = reference_family(name).NOTICE
    assert "not anonymous" in notice
    assert notice.isascii()
    assert notice.isprintable()


def test_the_contract_asks_for_nothing_else():
    asked = {name for name in (*ReferenceFamily.__annotations__, *vars(ReferenceFamily)) if not name.startswith("_")}
    assert asked == {"Config", "SMALL", "NOTICE", *FUNCTIONS}
