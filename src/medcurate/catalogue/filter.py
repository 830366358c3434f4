"""Conditions on columns, and the pyarrow filter that limits reading to matching row groups."""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.errors import UsageError

if TYPE_CHECKING:
    from pyarrow.dataset import Expression

Condition: TypeAlias = object
"""Condition on one column:

- a value: equal to it;
- None: unknown;
- a set or list: one of these values (None among them for unknown);
- a tuple ``(low, high)``: from `low` to `high`, both included; None leaves that end open. Unknown values are in no
  range.
"""

Where: TypeAlias = tuple[tuple[str, Condition], ...]


def conditions(schema: pa.Schema, chosen: dict[str, Condition]) -> Where:
    """Check conditions against the columns and return them in an immutable form.

    Raises
    ------
    UsageError
        If a column does not exist, or a condition does not fit its type.
    """
    return tuple((name, _condition(schema, name, condition)) for name, condition in chosen.items())


def expression(where: Where, schema: pa.Schema) -> Expression | None:
    """Return a pyarrow expression for the rows that meet all conditions; None without conditions."""
    whole: Any = None
    for name, condition in where:
        part = _expression(pc.field(name), condition, schema.field(name).type)
        whole = part if whole is None else whole & part
    return whole


def describe(where: Where) -> str:
    """Format conditions as arguments of `medcurate.catalogue.Catalogue.filter`."""
    return ", ".join(f"{name}={_shown(condition)}" for name, condition in where)


def _condition(schema: pa.Schema, name: str, condition: Condition) -> Condition:
    if name not in schema.names:
        raise UsageError(f"no column {name!r} in the catalogue: expected one of {', '.join(schema.names)}")
    kind = schema.field(name).type
    if isinstance(condition, tuple):
        return _range(name, kind, condition)
    if isinstance(condition, AbstractSet | list):
        return frozenset(_value(name, kind, value) for value in condition)
    return _value(name, kind, condition)


def _range(name: str, kind: pa.DataType, ends: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(ends) != 2 or ends == (None, None):
        raise UsageError(
            f"{name}: expected a range (low, high) with at least one end, received {ends!r}; "
            "pass several allowed values as a set"
        )
    low, high = (_value(name, kind, end) for end in ends)
    if low is not None and high is not None and low > high:
        raise UsageError(f"{name}: expected a range from low to high, received {ends!r}")
    return low, high


def _value(name: str, kind: pa.DataType, value: Any) -> Any:
    """Return the value as a Python object of the column's type."""
    if value is None:
        return None
    try:
        found = None if pa.types.is_nested(kind) else pa.scalar(value, kind).as_py()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        found = None
    if found is None or (isinstance(found, float) and math.isnan(found)):
        raise UsageError(f"{name}: expected a value of type {kind} or None, received {value!r}")
    return found


def _expression(column: Any, condition: Condition, kind: pa.DataType) -> Any:
    if condition is None:
        return column.is_null()
    if isinstance(condition, tuple):
        low, high = condition
        parts = [] if low is None else [column >= pa.scalar(low, kind)]
        parts += [] if high is None else [column <= pa.scalar(high, kind)]
        return parts[0] if len(parts) == 1 else parts[0] & parts[1]
    if isinstance(condition, frozenset):
        known = sorted(value for value in condition if value is not None)
        among = column.isin(pa.array(known, kind))
        return among | column.is_null() if None in condition else among
    return column == pa.scalar(condition, kind)


def _shown(condition: Condition) -> str:
    if isinstance(condition, frozenset):
        return "{" + ", ".join(sorted(map(repr, condition))) + "}"
    return repr(condition)
