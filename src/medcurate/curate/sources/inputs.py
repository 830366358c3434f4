"""What lies in the input: folders, files and zip archives, listed one by one in an order that never changes.

A link to a file is followed if the file lies within an input folder; links to folders and links that lead elsewhere are
ignored and listed, so that a loop cannot occur. Nothing is unpacked or written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from medcurate.curate.sources.archives import Member, MemberBytes, members
from medcurate.curate.sources.file_kinds import IMAGE_SUFFIXES, header_of_pair, ignorable
from medcurate.curate.sources.input_roots import Root, find_roots
from medcurate.curate.sources.path_names import decode_path, encode_path
from medcurate.curate.sources.regular_files import examine, list_folder, open_unchanged
from medcurate.errors import Code, InputError, UsageError
from medcurate.readers.blob import Blob
from medcurate.readers.translate import known

__all__ = ["Item", "Skipped", "decode_path", "encode_path", "walk", "walk_roots"]


@dataclass(frozen=True, slots=True)
class Item:
    """One file, or one member of an archive, that may hold an image.

    Attributes
    ----------
    source : str
        Name of the input folder (of the parent folder for a file given by itself), unique among the inputs.
    path : str
        Relative to it, ``/`` separators, ``archive.zip!member`` for a member, as `encode_path` writes names.
    size : int
        Bytes, unpacked.
    mtime_ns : int
        Time of the last change of the file or archive.
    location : str
        Where the file or archive lies, as the file system has it.
    archive_bytes : int
        Size of the archive; `size` for a file.
    member : Member or None
        What to read from the archive.
    """

    source: str
    path: str
    size: int
    mtime_ns: int
    location: str
    archive_bytes: int
    member: Member | None = None

    def blob(self) -> Blob:
        """Return the bytes; opening raises `VANISHED` or `CHANGED` if the file is not what it was when listed."""
        opener = partial(open_unchanged, self.location, self.archive_bytes, self.mtime_ns)
        if self.member is None:
            path = Path(self.location)
            return Blob(path.name, self.size, opener, path, partial(_file_beside, self.location))
        name = self.member.name.rsplit("/", 1)[-1]
        beside = partial(_member_beside, self)
        return Blob(name, self.size, MemberBytes(opener, self.member), None, beside)


@dataclass(frozen=True, slots=True)
class Skipped:
    """One file or member that is not read.

    Attributes
    ----------
    source, path : str
        As in `Item`.
    rejected : bool
        True where an image may be lost; False for what is no image (ignored, counted).
    """

    source: str
    path: str
    code: Code
    message: str
    rejected: bool = False


def walk(inputs: Sequence[Path], *, exclude: Path | None = None) -> Iterator[Item | Skipped]:
    """List everything in the inputs once, as a stream.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files and zip archives. What lies inside another input is listed once.
    exclude : Path, optional
        A folder that is passed over without a word: the output of medcurate itself.

    Returns
    -------
    iterator of Item or Skipped
        Sorted within each folder by the bytes of the names. The order of `inputs` does not matter.

    Raises
    ------
    UsageError
        An input does not exist, or is the folder to pass over. Raised at once, before the first item is asked for.
    """
    return walk_roots(find_roots(inputs), () if exclude is None else (exclude,))


def walk_roots(roots: Sequence[Root], exclude: Sequence[Path] = ()) -> Iterator[Item | Skipped]:
    """List everything in the roots as `walk` does, without the folders `exclude`.

    Raises
    ------
    UsageError
        A root is one of the folders to pass over.
    """
    folders = tuple(root.folder for root in roots if not root.start)
    for folder in exclude:
        if str(folder.resolve()) in folders:
            raise UsageError(
                f"Expected an output folder that is not an input itself, received {encode_path(str(folder))} as both. "
                "Choose a new folder; it may lie inside the input."
            )
    excluded = frozenset(_identity(folder.stat()) for folder in exclude if folder.exists())
    return chain.from_iterable(_Walker(root, folders, excluded).run() for root in roots)


class _Walker:
    """Goes through one root with a stack of its own, so that depth is no limit."""

    def __init__(self, root: Root, folders: tuple[str, ...], excluded: frozenset[tuple[int, int]]) -> None:
        self.root = root
        self.folders = folders
        self.excluded = excluded

    def run(self) -> Iterator[Item | Skipped]:
        pending: list[Iterator[str]] = [iter((self.root.start,))]
        while pending:
            path = next(pending[-1], None)
            if path is None:
                pending.pop()
                continue
            try:
                state = examine(self._full(path))
                if not stat.S_ISDIR(state.st_mode):
                    yield from self._file(path, state)
                elif _identity(state) not in self.excluded:
                    names = list_folder(self._full(path))
                    yield from self._folder(path, bool(names))
                    pending.append(map((path + "/").__add__ if path else str, names))
            except OSError as error:
                problem = known(error) or InputError(Code.DECODE, "The file system failed here. Check the disk.")
                yield self._skip(path, problem.code, str(problem), rejected=True)

    def _folder(self, path: str, filled: bool) -> Iterator[Skipped]:
        if path.lower().endswith(IMAGE_SUFFIXES):
            yield self._skip(path, Code.NOT_REGULAR, "A folder that is named like an image; its content is read.")
        elif path and not filled:
            yield self._skip(path, Code.LITTER, "An empty folder.")

    def _file(self, path: str, state: os.stat_result) -> Iterator[Item | Skipped]:
        location = self._full(path)
        if stat.S_ISLNK(state.st_mode):
            target = self._follow(location)
            if target is None:
                yield self._skip(path, Code.SYMLINK, "A link that is broken, or leads to a folder or out of the input.")
                return
            location, state = target, examine(target)
        if not stat.S_ISREG(state.st_mode):
            yield self._skip(path, Code.NOT_REGULAR, "Expected a regular file, found a pipe, socket or device.")
            return
        item = Item(self.root.source, encode_path(path), state.st_size, state.st_mtime_ns, location, state.st_size)
        if path.lower().endswith(".zip") and state.st_size:
            yield from self._archive(item)
        else:
            yield self._named(item, path) or item

    def _named(self, item: Item, path: str) -> Skipped | None:
        code = ignorable(path)
        if code is None and (header := header_of_pair(path)) and _is_regular(self._full(header)):
            code = Code.SIDECAR
        return None if code is None else Skipped(item.source, item.path, code, _WHY[code])

    def _archive(self, item: Item) -> Iterator[Item | Skipped]:
        try:
            with item.blob().open() as stream:
                if stream.read(2) != b"PK":
                    yield item  # another format under a wrong name: the readers tell
                    return
                entries = list(members(stream))
        except InputError as error:
            yield Skipped(item.source, item.path, error.code, str(error), rejected=True)
            return
        names = {entry.name for entry in entries if isinstance(entry, Member)}
        for entry in entries:
            yield _member_item(item, entry, names)

    def _follow(self, location: str) -> str | None:
        try:
            target = os.path.realpath(location, strict=True)
        except OSError:
            return None
        inside = any(target.startswith(folder.rstrip("/") + "/") for folder in self.folders)
        return target if inside and not Path(target).is_dir() else None

    def _full(self, path: str) -> str:
        return f"{self.root.folder.rstrip('/')}/{path}" if path else self.root.folder

    def _skip(self, path: str, code: Code, message: str, *, rejected: bool = False) -> Skipped:
        return Skipped(self.root.source, encode_path(path) or ".", code, message, rejected)


_WHY = {
    Code.LITTER: "A file that an operating system or a program left behind.",
    Code.SIDECAR: "A file that goes with images and is none by its name, or the second part of a pair.",
}


def _member_item(archive: Item, entry: Member | tuple[str, InputError], names: set[str]) -> Item | Skipped:
    name = entry.name if isinstance(entry, Member) else entry[0]
    path = f"{archive.path}!{encode_path(name)}"
    code = ignorable(name) or (Code.SIDECAR if header_of_pair(name) in names else None)
    if code is not None:
        return Skipped(archive.source, path, code, _WHY[code])
    if isinstance(entry, Member):
        return Item(archive.source, path, entry.size, archive.mtime_ns, archive.location, archive.archive_bytes, entry)
    return Skipped(archive.source, path, entry[1].code, str(entry[1]), rejected=True)


def _file_beside(location: str, name: str) -> Blob | None:
    path = str(Path(location).with_name(name))
    if not _is_regular(path):
        return None
    state = examine(path)
    opener = partial(open_unchanged, path, state.st_size, state.st_mtime_ns)
    return Blob(name, state.st_size, opener, Path(path))


def _member_beside(item: Item, name: str) -> Blob | None:
    if item.member is None:
        return None
    folder, slash, _ = item.member.name.rpartition("/")
    opener = partial(open_unchanged, item.location, item.archive_bytes, item.mtime_ns)
    with opener() as stream:
        for entry in members(stream):
            if isinstance(entry, Member) and entry.name == f"{folder}{slash}{name}":
                return Blob(name, entry.size, MemberBytes(opener, entry))
    return None


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(examine(path).st_mode)
    except OSError:
        return False


def _identity(state: os.stat_result) -> tuple[int, int]:
    return state.st_dev, state.st_ino
