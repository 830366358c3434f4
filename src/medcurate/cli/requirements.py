"""Check at the start of work that the installed packages are within the versions that pyproject.toml allows."""

from __future__ import annotations

from collections.abc import Iterator

from medcurate.errors import UsageError


def check_requirements() -> None:
    """Compare every package that medcurate needs with the bounds of its own metadata (that is, of pyproject.toml).

    An old pydicom, Pillow or OpenCV has known security holes that a damaged or hostile file can use; pip warns of such
    a combination once, when it is installed, and never again.

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

    from packaging.requirements import Requirement

    try:
        texts = metadata.requires("medcurate") or []
    except metadata.PackageNotFoundError:  # run from a source tree: no metadata, no bounds
        return
    for text in texts:
        requirement = Requirement(text)
        if requirement.marker is not None:  # of an extra
            continue
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"{requirement.name} is not installed", text
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            yield f"{requirement.name} {installed} is installed, {requirement.specifier} is needed", text
