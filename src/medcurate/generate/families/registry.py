"""The families of generators, one line each; loads no numerics, so that ``--help`` can list them."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from medcurate.errors import UsageError
from medcurate.generate.families.options import parse

if TYPE_CHECKING:
    from medcurate.generate.families.contract import Family

FAMILIES = {
    "diffusion": "medcurate.generate.families.diffusion",
    "dcgan": "medcurate.generate.families.dcgan",
    "fastgan": "medcurate.generate.families.fastgan",
    "pfgm": "medcurate.generate.families.pfgm",
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
        Of the family.
    options : mapping
        Values as Python or JSON has them, or text from the command line.

    Raises
    ------
    UsageError
        The family does not have the option, or the value does not fit it.
    """
    config = family(name).Config
    types = get_type_hints(config, include_extras=True)
    known = [item.name for item in fields(config)]
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1, cutoff=0.0)[0]
            raise UsageError(
                f"--model {name} has no option {option!r}; it has {', '.join(known)}. Did you mean {near}?"
            )
    return config(**{option: _value(name, option, types[option], value) for option, value in options.items()})


def _value(model: str, option: str, kind: Any, value: Any) -> Any:
    try:
        return parse(kind, value)
    except ValueError as error:
        raise UsageError(f"--model {model}, option {option}: expected {error}, received {value!r}") from None


def as_options(config: Any) -> dict[str, Any]:
    """Return a configuration as JSON has it and `configure` takes it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}
