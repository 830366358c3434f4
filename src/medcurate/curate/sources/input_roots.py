"""The roots of an input: folders, and files given by themselves, each with the name that its images are known under."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from medcurate.curate.sources.path_names import encode_path
from medcurate.errors import UsageError


@dataclass(frozen=True, slots=True)
class Root:
    """One folder, or one file in it.

    Attributes
    ----------
    source : str
        Name of the folder, unique among the roots.
    folder : str
        Where it lies, links resolved, as the file system has it.
    start : str
        Empty for the whole folder, the name of a file in it otherwise.
    """

    source: str
    folder: str
    start: str

    @property
    def path(self) -> str:
        """Return where the folder or the file lies."""
        return str(Path(self.folder, self.start))


def find_roots(inputs: Sequence[Path], known: Sequence[Root] = ()) -> list[Root]:
    """Return the roots of an input, sorted by the bytes of their paths; what lies inside another is left out.

    Parameters
    ----------
    inputs : sequence of Path
        Folders and files. Their order does not matter.
    known : sequence of Root
        Roots of an earlier run that belong to the input, too: they keep their names.

    Raises
    ------
    UsageError
        An input does not exist.
    """
    missing = [encode_path(str(path)) for path in inputs if not os.path.exists(path)]  # noqa: PTH110 (Path's may raise)
    if missing:
        raise UsageError(f"Expected existing folders, files or zip archives as input; not found: {', '.join(missing)}")
    names: dict[Path, str] = {}
    for root in sorted(known, key=lambda root: os.fsencode(root.path)):
        if Path(root.folder) not in names:
            names[Path(root.folder)] = _unique(root.source, names.values())
    paths = sorted({*(path.resolve() for path in inputs), *(Path(root.path) for root in known)}, key=os.fsencode)
    folders = [path for path in paths if path.is_dir()]
    paths = [path for path in paths if not any(folder in path.parents for folder in folders)]
    for path in paths:
        folder = path if path in folders else path.parent
        if folder not in names:
            names[folder] = _unique(encode_path(folder.name) or "root", names.values())
    return [
        Root(names[path], str(path), "") if path in folders else Root(names[path.parent], str(path.parent), path.name)
        for path in paths
    ]


def _unique(name: str, taken: Collection[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
