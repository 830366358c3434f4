"""Whether one of the licenses that a user accepts covers an SPDX expression."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

_NOT_STATED = frozenset({"noassertion", "none", "unknown"})


def is_stated(expression: str | None) -> bool:
    """Say whether a license is stated at all: ``NOASSERTION``, ``NONE`` and nothing are not."""
    return bool(expression) and str(expression).strip().lower() not in _NOT_STATED


def is_accepted(expression: str, accepted: Iterable[str]) -> bool:
    """Say whether a license is among those accepted.

    Parameters
    ----------
    expression : str
        SPDX. Of ``A OR B`` one must be accepted, of ``A AND B`` both; ``A WITH E`` is a license of its own.
    accepted : iterable of str
        SPDX identifiers or whole expressions, in any spelling of case.

    Returns
    -------
    bool
        False for what is neither accepted as it is spelled nor an SPDX expression.
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
