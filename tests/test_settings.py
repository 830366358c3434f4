"""Settings classes say once what a value may be; `check` holds them to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from medcurate.errors import UsageError
from medcurate.settings import Setting, check, describe

FAMILIES = {"one": 1}


@dataclass(frozen=True, kw_only=True)
class Made:
    """Settings of a test.

    Attributes
    ----------
    size : int or None
        Width of the image,
        in ``pixels``.
    depth : {8, 16}
        Bits per pixel.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    size: Annotated[int | None, Setting("PX", 1, 9)] = None
    depth: Literal[8, 16] = 8
    share: Annotated[float, Setting(least=0)] = 0.5
    family: Annotated[str, Setting(choices=FAMILIES)] = "one"

    def __post_init__(self) -> None:
        check(self)


def test_a_field_is_described_by_its_type_its_facts_and_its_sentence():
    size, depth, share, family = describe(Made)
    assert (size.name, size.kind, size.setting, size.text) == (
        "size",
        int,
        Setting("PX", 1, 9),
        "Width of the image, in pixels.",
    )
    assert (depth.choices, depth.setting, depth.text) == ((8, 16), Setting(), "Bits per pixel.")
    assert (share.choices, share.text) == ((), "")
    assert (family.kind, family.choices) == (str, ("one",))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 0}, "size: expected 1 to 9, received 0"),
        ({"size": 10}, "size: expected 1 to 9, received 10"),
        ({"depth": 12}, "depth: expected one of 8, 16, received 12"),
        ({"family": "two"}, "family: expected one of one, received 'two'"),
        ({"share": -0.1}, "share: expected 0 or more, received -0.1"),
        ({"share": float("nan")}, "share: expected 0 or more, received nan"),
    ],
)
def test_values_that_are_not_allowed_are_named(wrong, message):
    with pytest.raises(UsageError, match=message):
        Made(**wrong)


def test_choices_of_a_registry_grow_with_it(monkeypatch):
    monkeypatch.setitem(FAMILIES, "two", 2)
    assert Made(family="two").family == "two"


@pytest.mark.parametrize("right", [{}, {"size": 1}, {"size": 9, "depth": 16}, {"share": 0}])
def test_bounds_are_allowed_and_none_is_no_value(right):
    assert all(getattr(Made(**right), name) == value for name, value in right.items())
