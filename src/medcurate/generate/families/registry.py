"""The model families, one line each."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from medcurate.errors import UsageError
from medcurate.learning.players import Family

FAMILIES = {
    "dcgan": "medcurate.generate.families.dcgan",
    "fastgan": "medcurate.generate.families.fastgan",
    "wgan-gp": "medcurate.generate.families.wgan_gp",
}


def family(name: str) -> Family:
    """Return the module of a family.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    if name not in FAMILIES:
        raise UsageError(f"--model: expected one of {', '.join(FAMILIES)}, received {name!r}")
    return cast("Family", importlib.import_module(FAMILIES[name]))


def configure(name: str, options: Mapping[str, Any]) -> Any:
    """Return a family's configuration with these options in place of defaults.

    Parameters
    ----------
    name : str
    options : mapping
        Values, or text as the command line has it.

    Raises
    ------
    UsageError
        An option is unknown to the family, or its value is of another type.
    """
    config = family(name).Config
    types = get_type_hints(config)
    known = [item.name for item in fields(config)]
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1, cutoff=0.0)[0]
            raise UsageError(
                f"--model {name} has no option {option!r}; it has {', '.join(known)}. Did you mean {near}?"
            )
    return config(**{option: _value(name, option, types[option], value) for option, value in options.items()})


def _value(model: str, option: str, kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        expected = " or ".join(map(str, get_args(kind)))
    elif kind is bool:
        text = str(value).lower()
        if text in ("true", "false"):
            return text == "true"
        expected = "true or false"
    else:
        try:
            number = kind(value)
            if isinstance(value, bool) or number != float(value) or number < 0:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            expected = "a whole number, 0 or more" if kind is int else "a number, 0 or more"
        else:
            return number
    raise UsageError(f"--model {model}, option {option}: expected {expected}, received {value!r}")


def as_options(config: Any) -> dict[str, Any]:
    """Return a configuration as `configure` takes it."""
    return asdict(config)
