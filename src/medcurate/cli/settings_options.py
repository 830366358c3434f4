"""The options of a command, made from the settings that they fill."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from medcurate.settings import Described, describe


def options_from_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter that is a settings dataclass by one option per field.

    The option has the field's name, default, choices, bounds and sentence (`medcurate.settings`). A field that is
    itself such a dataclass gives its own options. The command receives the settings object.

    Parameters
    ----------
    command : callable
        A typer command; its other parameters stay as they are, in their places.

    Returns
    -------
    callable
        For `typer.Typer.command`.
    """
    parameters, made = [], {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if is_dataclass(parameter.annotation):
            made[parameter.name] = parameter.annotation
            parameters += list(_options(parameter.annotation))
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def run(**given: Any) -> None:
        command(**{name: _settings(kind, given) for name, kind in made.items()}, **given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {}
    return run


def _settings(kind: Any, given: dict[str, Any]) -> Any:
    """Take the values of a settings class out of those of the command line."""
    values = {}
    for item in describe(kind):
        if is_dataclass(item.kind):
            values[item.name] = _settings(item.kind, given)
        elif item.setting.python_only:
            continue
        elif (value := given.pop(item.name)) is not None:
            values[item.name] = _value(item, value)
    return kind(**values)


def _value(item: Described, value: Any) -> Any:
    if item.setting.parse is not None:
        return item.setting.parse(value)
    if isinstance(value, list):
        return tuple(value)
    return type(item.choices[0])(value) if item.choices else value


def _options(kind: Any) -> Iterator[inspect.Parameter]:
    defaults = {item.name: item.default for item in fields(kind)}
    for item in describe(kind):
        if is_dataclass(item.kind):
            yield from _options(item.kind)
        elif not item.setting.python_only:
            yield _option(item, defaults[item.name])


def _option(item: Described, default: Any) -> inspect.Parameter:
    setting = item.setting
    spelled = item.name.replace("_", "-")
    name = setting.option or (f"--{spelled}/--no-{spelled}" if default is True else f"--{spelled}")
    known: dict[str, Any] = {"metavar": setting.metavar, "min": setting.least, "max": setting.most}
    if item.kind is Path:
        known |= {"exists": True, "dir_okay": False}
    kind, many = _type(item)
    if many or setting.parse is not None:
        default = None
    elif item.choices and default is not None:
        default = str(default)
    required = default is MISSING
    option = typer.Option(name, help=item.text + " Repeatable." * many, show_default=setting.unset or True, **known)
    kind = kind if required or default is not None else kind | None
    return inspect.Parameter(
        item.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if required else default,
        annotation=Annotated[kind, option],
    )


def _type(item: Described) -> tuple[Any, bool]:
    """Return the type of an option, and whether it is repeatable."""
    if item.setting.parse is not None:
        return (list[str], True) if item.setting.repeat else (str, False)
    if get_origin(item.kind) is tuple:
        return GenericAlias(list, get_args(item.kind)[:1]), True
    choices: Any = tuple(map(str, item.choices))  # a command line gives text
    return (Literal[choices] if choices else item.kind), False
