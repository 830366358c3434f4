"""Options from a TOML file: one table per command; flags override it, and an unknown key is an error."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import typer

from medcurate.errors import UsageError

_ONLY_FLAGS = frozenset({"config", "help"})


def apply_config(context: typer.Context, file: Path | None) -> Path | None:
    """Make the values of `file` the defaults of the command that is being parsed, and return `file`.

    Parameters
    ----------
    context : typer.Context
        Of the command; its ``default_map`` is filled.
    file : Path or None
        None changes nothing.

    Raises
    ------
    UsageError
        The file is not TOML, a table names no command, or a key names no option.
    """
    if file is not None:
        context.default_map = _values(file, _table_of(file, _parse(file), context), context)
    return file


def _parse(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        example = "[sort-planes], and below it out = 'sorted'"
        raise UsageError(f"{file} is not a TOML file: {error}. Write, for example, {example}") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _table_of(file: Path, table: Any, context: Any) -> Any:
    """Descend from the whole file to the table of the command: ``[scan]``, or ``[datasets.fetch]``."""
    if context.parent is None:
        return table
    above = _table_of(file, table, context.parent)
    if not isinstance(above, dict):
        raise UsageError(f"{file}: {context.parent.info_name} must be a table, not a value")
    group: Any = context.parent.command
    commands = list(getattr(group, "commands", {}))
    outer = "" if context.parent.parent is None else f"{context.parent.info_name}."
    for name in above:
        if name not in commands:
            raise UsageError(_unknown(file, f"[{outer}{name}]", name, commands, "a table for each command"))
    return above.get(str(context.info_name), {})


def _values(file: Path, table: Any, context: typer.Context) -> dict[str, Any]:
    """Translate keys, spelled as on the command line, to names of parameters."""
    if not isinstance(table, dict):
        raise UsageError(f"{file}: {context.info_name} must be a table, [{context.info_name}], not a value")
    parameters = {_key_of(parameter): parameter for parameter in context.command.params}
    known = [key for key in parameters if key not in _ONLY_FLAGS]
    values = {}
    for key, value in table.items():
        spelled = key.replace("_", "-")
        if spelled not in known:
            raise UsageError(_unknown(file, f"the key {key!r} of [{context.info_name}]", spelled, known, "an option"))
        many = parameters[spelled].nargs == -1 or getattr(parameters[spelled], "multiple", False)
        values[str(parameters[spelled].name)] = _as_typed(value, many=many)
    return values


def _as_typed(value: Any, *, many: bool) -> str | list[str]:
    """Return the value as text, as the command line gives it, so that it is checked and converted in the same way."""
    if many:
        return [str(part) for part in value] if isinstance(value, list) else [str(value)]
    return str(value)


def _key_of(parameter: Any) -> str:
    """Return the long option without its dashes; of an argument, its name."""
    long = [option for option in parameter.opts if option.startswith("--")]
    return long[0][2:] if long else str(parameter.name)


def _unknown(file: Path, what: str, name: str, known: list[str], expected: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"{file}: {what} is unknown; expected {expected}. Did you mean {near[0]}?"
