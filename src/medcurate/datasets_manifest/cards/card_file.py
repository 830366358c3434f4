"""Read a TOML file into dataclasses, strictly: unknown keys, missing keys and wrong types are errors."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import tomllib
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from medcurate.errors import UsageError

T = TypeVar("T")


def read_card(text: str, kind: type[T], *, where: str, name: str | None = None) -> T:
    """Return the content of a TOML text as an object of the dataclass `kind`.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are text, numbers, dates, tuples, mappings and other such dataclasses.
    where : str
        Name of the file, for messages.
    name : str, optional
        Required value of the key ``name``.

    Raises
    ------
    UsageError
        With the position in the file, the expected and the received value; for an unknown key, the nearest known one.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is not a TOML file: {error}") from error
    if name is not None and table.get("name") != name:
        raise UsageError(f"{where}: expected name = {name!r}, received {table.get('name')!r}")
    card: T = _object(table, kind, where)
    return card


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name with the nearest spelling."""
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]


def _object(table: Any, kind: Any, where: str) -> Any:
    if not isinstance(table, dict):
        raise _wrong(where, "a table", table)
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in table:
        if key not in fields:
            raise UsageError(f"{where}: the key {key!r} is unknown. Did you mean {nearest(key, fields)!r}?")
    missing = [name for name, field in fields.items() if _required(field) and name not in table]
    if missing:
        raise UsageError(f"{where}: expected the key {missing[0]!r}; it is missing")
    values = {key: _value(value, hints[key], f"{where}: {key}") for key, value in table.items()}
    try:
        return kind(**values)
    except ValueError as error:  # checks of the dataclass itself
        raise UsageError(f"{where}: {error}") from error


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _value(value: Any, hint: Any, where: str) -> Any:
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return _object(value, hint, where)
    if origin is tuple:
        return _tuple(value, get_args(hint)[0], where)
    if origin is Mapping:
        return _mapping(value, get_args(hint)[1], where)
    if origin is Literal:
        if value not in get_args(hint):
            raise _wrong(where, f"one of {', '.join(map(str, get_args(hint)))}", value)
        return value
    if origin in (Union, types.UnionType):
        return _value(value, next(part for part in get_args(hint) if part is not type(None)), where)
    return _plain(value, hint, where)


def _tuple(value: Any, part: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    return tuple(_value(item, part, f"{where}[{number}]") for number, item in enumerate(value))


def _mapping(value: Any, part: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "a table", value)
    return {key: _value(item, part, f"{where}.{key}") for key, item in value.items()}


def _plain(value: Any, hint: Any, where: str) -> Any:
    # In Python a boolean is also an int, and a datetime also a date.
    if type(value) is not hint:
        expected = {str: "text", bool: "true or false", int: "a whole number", dt.date: "a date, such as 2026-11-21"}
        raise _wrong(where, expected.get(hint, str(hint)), value)
    return value.strip() if isinstance(value, str) else value


def _wrong(where: str, expected: str, received: object) -> UsageError:
    return UsageError(f"{where}: expected {expected}, received {received!r}")
