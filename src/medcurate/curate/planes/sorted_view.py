"""``sorted/<plane>/``: links to or copies of the originals, by plane."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from medcurate.curate.sources.inputs import Item
from medcurate.errors import InputError, OutputError, UsageError
from medcurate.readers.blob import Blob

Materialize = Literal["link", "copy", "none"]
FOLDERS = ("axial", "coronal", "sagittal", "unknown")
MARK = "sorted_view"  # in DIR/.medcurate: marks DIR/sorted as ours, so that it may be replaced
UNFINISHED = ".unfinished"  # no entry has this name, because all names begin with their source
MAX_NAME = 255  # bytes per name in all common file systems
_TAGGED = re.compile(r"~[0-9a-f]{8}(\.|$)")


def entry_name(source: str, path: str) -> str:
    """Return a readable, unique file name for an original.

    Separators become ``__``. If the name would be ambiguous or too long, eight hex digits of the SHA-256 of source and
    path precede its suffix.

    Parameters
    ----------
    source : str
        Name of the input root.
    path : str
        As in ``planes.csv``.

    Returns
    -------
    str
        At most 255 bytes of UTF-8, without separators.
    """
    parts = [source, *path.split("/")]
    name = "__".join(parts)
    if name.split("__") == parts and not _TAGGED.search(name) and len(name.encode()) <= MAX_NAME:
        return name
    return _tagged(name, f"{source}/{path}")


def _tagged(name: str, whole: str) -> str:
    """Insert a short digest of the whole name before the suffix, and shorten the front if needed."""
    tag = "~" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem, suffix = split_suffix(name)
    room = MAX_NAME - len((tag + suffix).encode())
    return stem.encode()[-room:].decode(errors="ignore") + tag + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """Split a name before its suffix; ``.nii.gz`` counts as one suffix."""
    if name.lower().endswith(".nii.gz"):
        return name[:-7], name[-7:]
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix.encode()) > 10:
        return name, ""
    return stem, dot + suffix


class SortedView:
    """Updates the view: correct entries stay, stale ones are removed at the end.

    Use it as a context manager. A stopped run leaves a view that the next one completes.

    Parameters
    ----------
    out : Path
        The output folder; the view is ``out/sorted``.
    materialize : {'link', 'copy', 'none'}
        Links are relative. Members of archives are copied, because they cannot be linked. ``none`` removes an old view.

    Attributes
    ----------
    notes : list of str
        Messages for the user: copies instead of links, missing originals.

    Raises
    ------
    OutputError
        If a folder that medcurate did not make is in the place of the view.
    """

    def __init__(self, out: Path, materialize: Materialize) -> None:
        if materialize not in get_args(Materialize):
            raise UsageError(f"materialize: expected link, copy or none, received {materialize!r}.")
        self.out = out
        self.materialize = materialize
        self.notes: list[str] = []
        self._folder = out / "sorted"
        self._mark = out / ".medcurate" / MARK
        self._stale: dict[str, set[str]] = {}
        self._prefixes: dict[tuple[str, str], str] = {}
        self._lost = 0
        if os.path.lexists(self._folder) and not self._ours():
            raise OutputError(
                f"{self._folder} exists and was not made by medcurate; it would be replaced. "
                "Move it away, or choose another --out."
            )

    def __enter__(self) -> Self:
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        if self.materialize == "none":
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
            return self
        for plane in FOLDERS:
            (self._folder / plane).mkdir(parents=True, exist_ok=True)
            self._stale[plane] = {entry.name for entry in (self._folder / plane).iterdir()}
        if self.materialize == "link" and not _can_link(self._mark.parent):
            self.materialize = "copy"
            self.notes.append("sorted/ holds copies: this file system cannot hold symbolic links")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        for plane, names in self._stale.items():
            for name in names:
                _remove(self._folder / plane / name)
        if self._lost:
            self.notes.append(f"{self._lost} originals could not be copied to sorted/: they are missing or unreadable")

    def _ours(self) -> bool:
        """Return whether the view is ours or does not exist."""
        if self._folder.is_symlink() or not self._folder.is_dir():
            return False
        names = {entry.name for entry in self._folder.iterdir()}
        # .medcurate may have been deleted; then our table next to our folders is sufficient
        return self._mark.exists() or not names or ((self.out / "planes.csv").is_file() and names <= set(FOLDERS))

    def add(self, plane: str, source: str, path: str, item: Item | None) -> None:
        """Add one original under a plane.

        Parameters
        ----------
        plane : {'axial', 'coronal', 'sagittal', 'unknown'}
        source, path : str
            As in ``planes.csv``.
        item : Item or None
            The original; None if it is missing.
        """
        if self.materialize == "none":
            return
        if item is None:
            self._lost += 1
            return
        name, blob = entry_name(source, path), item.blob()
        location = item.location if item.member is None else None
        try:
            self._put(blob, plane, name, location)
        except FileExistsError:  # same name as another original on a file system that ignores case or Unicode form
            name = _tagged(name, f"{source}/{path}")
            self._put(blob, plane, name, location)
        if path.lower().endswith(".hdr"):
            self._put_second(blob, plane, name)

    def _put_second(self, blob: Blob, plane: str, name: str) -> None:
        """Add the ``.img`` of a pair next to its ``.hdr``, which is useless alone."""
        for suffix in (".img", ".IMG", ".img.gz"):
            second = blob.sibling(blob.name[:-4] + suffix)
            if second is not None:
                self._put(second, plane, name[:-4] + suffix, None if second.path is None else str(second.path))
                return

    def _put(self, blob: Blob, plane: str, name: str, location: str | None) -> None:
        """Link if requested and possible (not into an archive, not to a path of 4,096 bytes), otherwise copy."""
        entry = self._folder / plane / name
        target = self._target(location, plane) if self.materialize == "link" and location is not None else None
        if name in self._stale[plane]:
            self._stale[plane].discard(name)
            if target is not None and entry.is_symlink() and str(entry.readlink()) == target:
                return
            _remove(entry)
        if target is not None:
            try:
                entry.symlink_to(target)
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
            else:
                return
        self._copy(blob, entry)

    def _copy(self, blob: Blob, entry: Path) -> None:
        """Copy the bytes of an original; the entry appears when it is complete."""
        if os.path.lexists(entry):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(entry))
        try:
            original = blob.open()
        except (FileNotFoundError, PermissionError, InputError):
            self._lost += 1
            return
        unfinished = entry.with_name(UNFINISHED)
        with original, unfinished.open("wb") as stream:
            shutil.copyfileobj(original, stream, 1 << 20)
        unfinished.rename(entry)

    def _target(self, location: str, plane: str) -> str:
        """Return the target of a link from ``sorted/<plane>/`` to the original."""
        folder, _, name = location.rpartition("/")
        key = (folder, plane)
        prefix = self._prefixes.get(key)
        if prefix is None:
            if len(self._prefixes) > 1000:
                self._prefixes.clear()
            here = self.out.resolve() / "sorted" / plane
            prefix = self._prefixes[key] = os.path.relpath(folder or "/", here)
        return f"{prefix}/{name}"


def _can_link(folder: Path) -> bool:
    """Return whether a symbolic link can be made."""
    probe = folder / "probe"
    try:
        probe.symlink_to("target")
    except (NotImplementedError, PermissionError):
        return False
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EROFS, errno.EDQUOT}:  # a copy would fail, too
            raise
        return False
    probe.unlink()
    return True


def _remove(entry: Path) -> None:
    """Remove any entry with this name."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)
