"""Check an SPDX expression against the licenses that a user accepts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

_NOT_STATED = frozenset({"noassertion", "none", "unknown"})


def is_stated(expression: str | None) -> bool:
    """Return whether a license is stated; ``NOASSERTION``, ``NONE`` and null are not."""
    return bool(expression) and str(expression).strip().lower() not in _NOT_STATED


def is_accepted(expression: str, accepted: Iterable[str]) -> bool:
    """Return whether a license is accepted.

    Parameters
    ----------
    expression : str
        SPDX. Of ``A OR B`` one must be accepted, of ``A AND B`` both; ``A WITH E`` is a separate license.
    accepted : iterable of str
        SPDX identifiers or expressions, case-insensitive.

    Returns
    -------
    bool
        False for text that is neither accepted literally nor an SPDX expression.
    """
    wanted = frozenset(_canonical(name) for name in accepted)
    parsed = _parse(expression)
    return _canonical(expression) in wanted or (parsed is not None and _covers(parsed, wanted))


def _covers(parsed: Any, wanted: frozenset[str]) -> bool:
    operator = getattr(parsed, "operator", None)
    if operator is None or not parsed.args:
        return parsed.render().lower() in wanted
    choose = any if operator.strip().upper() == "OR" else all
    return choose(_covers(part, wanted) for part in parsed.args)


@cache
def _canonical(expression: str) -> str:
    parsed = _parse(expression)
    return expression.strip().lower() if parsed is None else parsed.render().lower()


@cache
def _parse(expression: str) -> Any:
    """Return the parsed expression; None if it is not one."""
    from license_expression import ExpressionError, get_spdx_licensing

    try:
        return get_spdx_licensing().parse(expression)
    except (ExpressionError, AttributeError):  # the latter for 'MIT OR', a bug of license-expression 30.4
        return None
