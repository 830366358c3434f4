"""Settings that are written once: a dataclass whose fields Python checks and commands turn into options.

A field has a type, a default and a sentence in the class's ``Attributes`` section; what else is known of it is a
`Setting` within ``Annotated``. This module loads nothing heavy, and neither may a module with settings of a command:
the command reads them for its help.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from medcurate.errors import UsageError

_ENTRY = re.compile(r"^(\w+) :.*\n((?:    .*\n?)+)", re.MULTILINE)
_HEADER = "Attributes\n----------\n"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the type of a field does not say.

    Attributes
    ----------
    metavar : str or None
        Word for the value in help, such as ``PX``.
    least, most : float or None
        Bounds, both allowed.
    choices : collection
        The allowed values, where the type is no ``Literal``. They are read at each check, so a registry may grow.
    option : str or None
        Name of the option, where it is not the field's name: ``"--spacing"``.
    unset : str or None
        What help shows as the default, where the value alone does not say it.
    parse : callable or None
        Reads the text of the option; of a repeatable option, the list of texts.
    repeat : bool
        The option that `parse` reads is repeatable. A tuple without `parse` always is.
    python_only : bool
        The command has no option for it, or declares one itself.
    """

    metavar: str | None = None
    least: float | None = None
    most: float | None = None
    choices: Collection[Any] = ()
    option: str | None = None
    unset: str | None = None
    parse: Callable[[Any], Any] | None = None
    repeat: bool = False
    python_only: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """One field of a settings class, with all that is known of it.

    Attributes
    ----------
    name : str
    kind : Any
        The type without None: of a field ``int | None`` it is int.
    setting : Setting
    text : str
        Its sentence from the class's ``Attributes`` section, on one line; empty where there is none.
    """

    name: str
    kind: Any
    setting: Setting
    text: str

    @property
    def choices(self) -> tuple[Any, ...]:
        """The allowed values, of the setting or of a ``Literal``; empty if there is no such list."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else tuple(self.setting.choices)


@cache
def describe(settings: type) -> tuple[Described, ...]:
    """Return what is known of each field of a settings class, in order.

    Parameters
    ----------
    settings : type
        A dataclass whose annotations can be evaluated at run time.
    """
    hints = get_type_hints(settings, include_extras=True)
    texts = {name: " ".join(text.split()) for name, text in _entries(settings)}
    found = []
    for item in fields(settings):
        kind, setting = hints[item.name], Setting()
        if get_origin(kind) is Annotated:
            kind, setting = get_args(kind)
        found.append(Described(item.name, _without_none(kind), setting, texts.get(item.name, "")))
    return tuple(found)


def check(settings: Any) -> None:
    """Check choices and bounds of the fields of a settings object. None and fields without either pass.

    Raises
    ------
    UsageError
        The first value that is not allowed.
    """
    kind: type = type(settings)
    for item in describe(kind):
        value = getattr(settings, item.name)
        if value is None:
            continue
        if item.choices and value not in item.choices:
            raise UsageError(f"{item.name}: expected one of {_listed(item.choices)}, received {value!r}")
        least, most = item.setting.least, item.setting.most
        if (least is not None and not value >= least) or (most is not None and not value <= most):
            expected = f"{least} or more" if most is None else f"{least} to {most}"
            raise UsageError(f"{item.name}: expected {expected}, received {value}")


def _entries(settings: type) -> Iterator[tuple[str, str]]:
    section = (inspect.getdoc(settings) or "").partition(_HEADER)[2].partition("\n\n")[0]
    for name, text in _ENTRY.findall(section):
        yield name, text.replace("``", "")


def _without_none(kind: Any) -> Any:
    parts = [part for part in get_args(kind) if part is not type(None)]
    return parts[0] if type(None) in get_args(kind) and len(parts) == 1 else kind


def _listed(choices: tuple[Any, ...]) -> str:
    return ", ".join(map(str, choices))
