"""Values of a family's options: numbers with ranges, words, flags and tuples, as Python, JSON and --set give them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

_NAMES = {int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a number, as in ``width: Annotated[int, Range(1)]``; a number without one may be negative.

    Attributes
    ----------
    least : float
        The smallest value allowed.
    below : float
        Every value is smaller than this.
    """

    least: float = -math.inf
    below: float = math.inf

    def __str__(self) -> str:
        bounds = [f"{self.least:g} or more"] if self.least > -math.inf else []
        return " and ".join([*bounds, *([f"below {self.below:g}"] if self.below < math.inf else [])])


Positive = Annotated[int, Range(1)]
"""A count: 1 or more."""
NonNegative = Annotated[float, Range(0)]
"""A weight or a rate: 0 or more."""


def parse(kind: Any, value: Any) -> Any:
    """Return a value as the type of the option has it.

    Parameters
    ----------
    kind : type
        ``bool``, ``int``, ``float``, ``str``, a `Literal`, ``tuple[int, ...]`` or the like; numbers may be annotated
        with a `Range`.
    value
        Of this type, a list for a tuple, or text.

    Raises
    ------
    ValueError
        With what was expected.
    """
    if get_origin(kind) is Annotated:
        kind, *ranges = get_args(kind)
        return _number(kind, value, next(item for item in ranges if isinstance(item, Range)))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(" or ".join(map(str, get_args(kind))))
        return value
    if kind is bool:
        if str(value).lower() not in ("true", "false"):
            raise ValueError("true or false")
        return str(value).lower() == "true"
    return str(value) if kind is str else _number(kind, value, Range())


def _number(kind: type, value: Any, limits: Range) -> Any:
    try:
        number = kind(value)
        changed = not isinstance(value, str) and number != value  # 1.5 is no whole number; text is converted exactly
        if isinstance(value, bool) or changed or not limits.least <= number < limits.below:
            raise ValueError  # no comparison holds for NaN, and infinity is not below infinity
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{_NAMES[kind]}, {limits}".removesuffix(", ")) from None
    return number


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    parts: Sequence[Any] = value.split(",") if isinstance(value, str) else value
    repeated = len(kinds) == 2 and kinds[1] is ...
    expected = "values with commas between them" if repeated else f"{len(kinds)} values with commas between them"
    if not isinstance(parts, list | tuple) or not ((repeated and parts) or len(parts) == len(kinds)):
        raise ValueError(expected)
    try:
        return tuple(
            parse(kind, part) for kind, part in zip(kinds[:1] * len(parts) if repeated else kinds, parts, strict=True)
        )
    except ValueError as error:
        raise ValueError(f"{expected}, each {error}") from None
