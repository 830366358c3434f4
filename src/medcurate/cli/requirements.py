"""Check at the start of work that the installed packages are those that medcurate was made safe with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcurate.errors import UsageError

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*([<>=!~0-9.,\s]*)$")
_BOUND = re.compile(r"(>=|<)\s*([0-9.]+)")


def check_requirements() -> None:
    """Compare every package that medcurate needs with the bounds of its own metadata (that is, of pyproject.toml).

    An old pydicom, Pillow or OpenCV has known holes that a damaged or hostile file can use; pip warns of such a mix
    once, when it is made, and never again.

    Raises
    ------
    UsageError
        Names every package that is missing, too old or too new, and the command that repairs it.
    """
    wrong = list(_violations())
    if wrong:
        install = " ".join(f"'{requirement}'" for _, requirement in wrong)
        raise UsageError(
            f"medcurate needs other versions: {'; '.join(text for text, _ in wrong)}. Run: pip install {install}"
        )


def _violations() -> Iterator[tuple[str, str]]:
    from importlib import metadata  # --help does without

    for requirement in _core_requirements():
        match = _REQUIREMENT.match(requirement)
        if match is None:
            continue
        name, bounds = match.groups()
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed", requirement
            continue
        if not all(_holds(installed, relation, bound) for relation, bound in _BOUND.findall(bounds)):
            yield f"{name} {installed} is installed, {bounds.strip()} is needed", requirement


def _core_requirements() -> list[str]:
    from importlib import metadata

    try:
        requirements = metadata.requires("medcurate") or []
    except metadata.PackageNotFoundError:  # run from a source tree: no metadata, no bounds
        return []
    return [requirement for requirement in requirements if ";" not in requirement]


def _holds(installed: str, relation: str, bound: str) -> bool:
    at_least = _numbers(installed) >= _numbers(bound)
    return at_least if relation == ">=" else not at_least


def _numbers(version: str) -> tuple[int, ...]:
    """Give the release numbers, without trailing zeros: 12.3.0rc1 is (12, 3)."""
    numbers = [int(part) for part in re.match(r"[0-9.]*", version)[0].split(".") if part]  # type: ignore[index]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
