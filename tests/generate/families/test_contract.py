"""Every module of the registry offers what the contract lists."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass

import pytest

from medcurate.generate.families.contract import Family
from medcurate.generate.families.registry import FAMILIES
from tests.generate.family_laws import NAMES, module

FUNCTIONS = ("supports", "build", "build_sampler")


@pytest.mark.parametrize("name", NAMES)
def test_a_family_offers_the_whole_contract(name):
    found = module(name)
    assert is_dataclass(found.Config)
    assert set(found.SMALL) <= {item.name for item in fields(found.Config)}
    for function in FUNCTIONS:
        asked = list(inspect.signature(getattr(Family, function)).parameters)[1:]
        assert list(inspect.signature(getattr(found, function)).parameters)[: len(asked)] == asked


@pytest.mark.parametrize("name", FAMILIES)
def test_the_options_of_a_registered_family_are_documented(name):
    text = inspect.getdoc(module(name).Config)
    assert [item.name for item in fields(module(name).Config) if item.name not in text] == []


def test_the_contract_asks_for_nothing_else():
    asked = {name for name in (*Family.__annotations__, *vars(Family)) if not name.startswith("_")}
    assert asked == {"Config", "SMALL", *FUNCTIONS}
