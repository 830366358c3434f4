"""Optional packages that parts need, looked for before any work begins."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from medcurate.errors import MissingExtra
from medcurate.evaluate.parts import PartKind


@dataclass(frozen=True, slots=True)
class Requirement:
    """One package that a part needs.

    Attributes
    ----------
    module, package : str
        The name that is imported, and the one that is installed.
    extra : str
        The extra of medcurate that brings it.
    option : str
        Name of the option that asks for it; empty where the part always needs it.
    partly : bool
        Whether the rest of the part can be measured without it.
    """

    module: str
    package: str
    extra: str
    option: str = ""
    partly: bool = False

    def is_missing(self) -> bool:
        """Say whether the package is not installed; it is not imported."""
        return find_spec(self.module) is None


_FIGURES = ("fidelity", "overlap", "anatomy", "paired", "dice", "downstream", "privacy")
"""Parts that draw figures with matplotlib."""


def requirements_of(kind: PartKind, settings: Any) -> Iterator[Requirement]:
    """Yield the optional packages that a part needs with these settings."""
    if kind.name in _FIGURES:
        yield Requirement("matplotlib", "matplotlib", "evaluate")
    if kind.name == "overlap":
        yield Requirement("umap", "umap-learn", "evaluate", partly=True)
    if kind.name == "dice":
        yield from _network("", partly=True)
    encoder = str(getattr(settings, "encoder", "")).partition(":")[0]
    if encoder == "radiomics":
        yield Requirement("skimage", "scikit-image", "evaluate", "encoder")
    if encoder in ("inception", "keras"):
        yield from _network("encoder")
    if set(getattr(settings, "models", ())) - {"classic"}:
        yield from _network("models")


def check_installed(kinds: Collection[PartKind], options: Mapping[str, Any], *, asked: bool) -> dict[str, MissingExtra]:
    """Find what is missing, before any work begins.

    Parameters
    ----------
    options : mapping of str to object
        Settings by name, as given; a package that one of them asks for is required, whichever parts are run.
    asked : bool
        Whether the parts were asked for by name; if they are simply all, parts that lack a package are passed over.

    Returns
    -------
    dict of str to MissingExtra
        By name of each part that was not asked for: what it lacks. See `lacks_all` for what becomes of it.

    Raises
    ------
    MissingExtra
        Names all packages that parts or options that were asked for lack, and the extras that bring them.
    """
    missing = {
        kind: [one for one in requirements_of(kind, kind.settings(**options)) if one.is_missing()] for kind in kinds
    }
    required = {
        kind: [one for one in found if asked or (one.option and one.option in options)]
        for kind, found in missing.items()
    }
    wanted = [kind for kind, found in required.items() if found]
    if wanted:
        raise _missing([one for kind in wanted for one in required[kind]], wanted)
    return {kind.name: _missing(found, [kind]) for kind, found in missing.items() if found}


def can_run(kind: PartKind, options: Mapping[str, Any]) -> bool:
    """Say whether a part can measure something with what is installed."""
    return not any(one.is_missing() and not one.partly for one in requirements_of(kind, kind.settings(**options)))


def _network(option: str, *, partly: bool = False) -> Iterator[Requirement]:
    yield Requirement("keras", "keras", "train", option, partly)
    if os.environ.get("KERAS_BACKEND") == "jax":
        yield Requirement("jax", "jax", "jax", option, partly)
    else:
        yield Requirement("tensorflow", "tensorflow", "train", option, partly)


def _missing(found: Collection[Requirement], kinds: Collection[PartKind]) -> MissingExtra:
    packages = tuple(dict.fromkeys(one.package for one in found))
    extras = ",".join(dict.fromkeys(one.extra for one in found))
    parts = ", ".join(kind.name for kind in kinds)
    return MissingExtra(packages, extra=extras, purpose=f"evaluate ({parts})")
