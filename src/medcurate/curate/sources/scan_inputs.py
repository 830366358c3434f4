"""What a scan reads: the inputs of this command, or those that an earlier scan wrote down in its output folder.

A scan keeps its roots, their names and the options of reading in ``.medcurate/inputs.json``, so that its output folder
can be given in place of them: ``medcurate sort-planes DIR --out DIR``. The file is private: it names folders of the
user's machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.sources.input_roots import Root, find_roots
from medcurate.curate.sources.inputs import Item, Skipped, walk_roots
from medcurate.curate.sources.listing import Listing
from medcurate.curate.sources.path_names import encode_path
from medcurate.errors import UsageError
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import PRIVATE, atomic_write

RECORD = "inputs.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ScanInputs:
    """All that decides which files are read, and how.

    Attributes
    ----------
    passed_over : tuple of str
        Outputs of medcurate that lie inside a root; they are no input.
    channel, keep_burned_in
        See `medcurate.readers.options.ReadOptions`.
    """

    roots: tuple[Root, ...]
    passed_over: tuple[str, ...] = ()
    channel: int | None = None
    keep_burned_in: bool = False

    @property
    def options(self) -> ReadOptions:
        """Return the options of reading."""
        return ReadOptions(channel=self.channel, keep_burned_in=self.keep_burned_in)

    def walk(self, out: Path) -> Iterator[Item | Skipped]:
        """List everything in the roots, without `out`; see `medcurate.curate.sources.inputs.walk`."""
        return walk_roots(self.roots, (*map(Path, self.passed_over), out))

    def list_once(self, out: Path, *, private: Path | None = None) -> Listing:
        """Return the same as something that several stages may go through, with a single walk.

        Parameters
        ----------
        out : Path
            As in `walk`.
        private : Path, optional
            Folder for the temporary file of a long listing, ``out/.medcurate`` by default. Its lock is held.
        """
        return Listing(self.walk(out), private or out / PRIVATE)

    def record(self, out: Path) -> None:
        """Write down what is read, for those who are given `out` as their input. Call it under `run_folder.lock`.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        content = json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=1).encode("ascii")
        path = out / PRIVATE / RECORD
        if not path.is_file() or path.read_bytes() != content:
            with atomic_write(path) as stream:
                stream.write(content)


def resolve_inputs(inputs: Sequence[Path], *, channel: int | None = None, keep_burned_in: bool = False) -> ScanInputs:
    """Return what to read: the inputs, those of them that are outputs of a scan replaced by what it had read.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files, zip archives, and folders that a scan wrote.
    channel : int, optional
        None for the one that the recorded scans had.
    keep_burned_in : bool
        False for what the recorded scans had, if they are all of the input: of other images it is not assumed.

    Raises
    ------
    UsageError
        An input does not exist; the inputs of a scan are not where they were, or not written down; or several scans
        had different channels.
    """
    folders = [path for path in inputs if _is_scan(path)]
    recorded = [recorded_inputs(folder) for folder in folders]
    for folder, found in zip(folders, recorded, strict=True):
        _check_there(folder, found.roots)
    plain = [path for path in inputs if path not in folders]
    roots = find_roots(plain, [root for found in recorded for root in found.roots])
    inside = {str(folder.resolve()) for folder in folders} | {path for found in recorded for path in found.passed_over}
    return ScanInputs(
        tuple(roots),
        tuple(sorted(path for path in inside if any(Path(root.folder) in Path(path).parents for root in roots))),
        _channel(recorded) if channel is None else channel,
        keep_burned_in or (bool(recorded) and not plain and all(found.keep_burned_in for found in recorded)),
    )


def recorded_inputs(folder: Path) -> ScanInputs:
    """Return what the scan into `folder` had read.

    Raises
    ------
    UsageError
        If it is not written down, or cannot be read.
    """
    try:
        content = json.loads((folder / PRIVATE / RECORD).read_bytes())
        return _parse(content)
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{encode_path(str(folder))} holds a {FILE_NAME}, but no readable record of the inputs that it was made "
            f"from ({PRIVATE}/{RECORD}; was the folder copied without {PRIVATE}?). Name the folders, files or archives "
            "with the images themselves as the input"
        ) from None


def known_inputs(folder: Path) -> ScanInputs | None:
    """Return what the scan into `folder` had read, None if that is not known."""
    try:
        return recorded_inputs(folder)
    except UsageError:
        return None


def _parse(content: Any) -> ScanInputs:
    if content["schema"] != _SCHEMA:
        raise ValueError(content["schema"])
    roots = tuple(Root(str(root["source"]), str(root["folder"]), str(root["start"])) for root in content["roots"])
    channel = content["channel"]
    return ScanInputs(
        roots,
        tuple(map(str, content["passed_over"])),
        None if channel is None else int(channel),
        content["keep_burned_in"] is True,
    )


def _is_scan(path: Path) -> bool:
    """Say whether a scan wrote into this folder; a table of that name by someone else is no sign of it."""
    if os.path.isfile(path / PRIVATE / RECORD):  # noqa: PTH113 (Path's may raise)
        return True
    if not os.path.exists(path / FILE_NAME):  # noqa: PTH110
        return False
    try:
        Catalogue.open(path)
    except UsageError:
        return False
    return True


def _check_there(folder: Path, roots: Sequence[Root]) -> None:
    missing = [root for root in roots if not os.path.exists(root.path)]  # noqa: PTH110
    if missing:
        names = ", ".join(f"{encode_path(root.path)} (source {root.source})" for root in missing)
        raise UsageError(
            f"{encode_path(str(folder))} was made from inputs that are not where they were; not found: {names}. "
            "Put them back, or name them where they are now as the input, in place of this folder; paths in tables and "
            "labels stay the same if the folders keep their names"
        )


def _channel(recorded: Sequence[ScanInputs]) -> int | None:
    channels = {found.channel for found in recorded}
    if len(channels) > 1:
        raise UsageError(
            f"channel: the scans given as inputs had different ones ({', '.join(sorted(map(str, channels)))}); "
            "choose one with --channel, or take the scans one by one"
        )
    return next(iter(channels), None)
