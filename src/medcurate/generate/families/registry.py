"""The families of generators, one line each; loads no numerics, so that ``--help`` can list them."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from medcurate.errors import UsageError
from medcurate.generate.families.options import parse

if TYPE_CHECKING:
    from medcurate.generate.families.contract import Family
    from medcurate.generate.references.contract import ReferenceFamily

FAMILIES = {
    "dcgan": "medcurate.generate.families.dcgan",
    "diffusion": "medcurate.generate.families.diffusion",
    "fastgan": "medcurate.generate.families.fastgan",
    "mosaic": "medcurate.generate.families.mosaic",
    "pfgm": "medcurate.generate.families.pfgm",
    "vae": "medcurate.generate.families.vae",
    "wgan-gp": "medcurate.generate.families.wgan_gp",
}


AUTO = "auto"
"""In place of a family: the one that `medcurate.generate.training.advice` names for the images at hand."""


class ModelNames(Collection[str]):
    """The names of all families and `AUTO`; the families are read at each look, so that they may grow."""

    def __iter__(self) -> Iterator[str]:
        return iter((*FAMILIES, AUTO))

    def __len__(self) -> int:
        return len(FAMILIES) + 1

    def __contains__(self, name: object) -> bool:
        return name in FAMILIES or name == AUTO


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


def draws_from_references(name: str) -> bool:
    """Say whether a family trains nothing and draws from the training images themselves.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    return hasattr(family(name), "build_reference_sampler")


def reference_family(name: str) -> ReferenceFamily:
    """Return the module of a family that draws from the training images; `family` returns those that train."""
    return cast("ReferenceFamily", family(name))


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
