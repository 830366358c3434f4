"""``sorted/<plane>/``: the originals under their planes, as links or copies."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, get_args

from medcurate.errors import InputError, OutputError, UsageError

Materialize = Literal["link", "copy", "none"]
FOLDERS = ("axial", "coronal", "sagittal", "unknown")
MARK = "sorted_view"  # in DIR/.medcurate: says that DIR/sorted is ours and may be replaced
MAX_NAME = 255  # bytes, of one name, in all common file systems
_TAGGED = re.compile(r"~[0-9a-f]{8}(\.|$)")


def entry_name(source: str, path: str) -> str:
    """Return a readable file name for one original that no other original has.

    Separators become ``__``. A name that this would make ambiguous, or too long, carries eight hex digits of the
    SHA-256 of source and path before its suffix.

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
    """Put a short digest of the whole name before the suffix, and shorten the front if it must be."""
    tag = "~" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem, suffix = split_suffix(name)
    room = MAX_NAME - len((tag + suffix).encode())
    return stem.encode()[-room:].decode(errors="ignore") + tag + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """Split a name before its suffix; ``.nii.gz`` is one."""
    if name.lower().endswith(".nii.gz"):
        return name[:-7], name[-7:]
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix.encode()) > 10:
        return name, ""
    return stem, dot + suffix


class SortedView:
    """Builds the view beside the old one and puts it in its place when all went well.

    Use it as a context manager; an error inside leaves the old view as it was.

    Parameters
    ----------
    out : Path
        The output folder; the view is ``out/sorted``.
    materialize : {'link', 'copy', 'none'}
        Links are relative. Members of archives are copied, as nothing can link to them. ``none`` removes an old view.

    Attributes
    ----------
    notes : list of str
        What a user should know: copies instead of links, originals that are gone.
    """

    def __init__(self, out: Path, materialize: Materialize) -> None:
        if materialize not in get_args(Materialize):
            raise UsageError(f"materialize: expected link, copy or none, received {materialize!r}.")
        self.out = out
        self.materialize = materialize
        self.notes: list[str] = []
        self._final = out / "sorted"
        self._mark = out / ".medcurate" / MARK
        self._prefixes: dict[tuple[Path, str], str] = {}
        self._lost = 0
        self._new = out / ".medcurate" / "view-new"
        self._old = out / ".medcurate" / "view-old"
        if os.path.lexists(self._final) and not self._replaceable():
            raise OutputError(
                f"{self._final} is there and was not made by medcurate; it would be replaced. "
                "Move it away, or choose another --out."
            )

    def __enter__(self) -> Self:
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        self._clear()
        self._new.mkdir()
        if self.materialize != "none":
            for folder in FOLDERS:
                (self._new / folder).mkdir()
        if self.materialize == "link" and not _can_link(self._new):
            self.materialize = "copy"
            self.notes.append("sorted/ holds copies: this file system cannot hold symbolic links")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            if self._final.exists():
                self._final.rename(self._old)
            if self.materialize != "none":
                self._new.rename(self._final)
            if self._lost:
                self.notes.append(f"{self._lost} originals could not be copied to sorted/: they are gone or unreadable")
        self._clear()

    def _replaceable(self) -> bool:
        """Tell whether what stands at the view's place is ours, or nothing."""
        if self._final.is_symlink() or not self._final.is_dir():
            return False
        return self._mark.exists() or not any(self._final.iterdir())

    def _clear(self) -> None:
        """Remove what this run, or one that was killed, has left."""
        for leftover in (self._new, self._old):
            shutil.rmtree(leftover, ignore_errors=True)

    def add(self, plane: str, source: str, path: str, original: Path | None, opener: Callable[[], BinaryIO]) -> None:
        """Add one original under a plane.

        Parameters
        ----------
        plane : {'axial', 'coronal', 'sagittal', 'unknown'}
        source, path : str
            As in ``planes.csv``.
        original : Path or None
            Where the file lies; None for a member of an archive.
        opener : callable
            Returns its bytes as a stream, for copies.
        """
        if self.materialize == "none":
            return
        folder = self._new / plane
        name = entry_name(source, path)
        if os.path.lexists(folder / name):  # a file system that ignores case or normal form
            name = _tagged(name, f"{source}/{path}")
        if self.materialize == "link" and original is not None:
            (folder / name).symlink_to(self._target(original, plane))
            return
        try:
            stream = opener()
        except (FileNotFoundError, PermissionError, InputError):
            self._lost += 1
            return
        with stream, (folder / name).open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)

    def _target(self, original: Path, plane: str) -> str:
        """Return the text of a link from ``sorted/<plane>/`` to the original."""
        key = (original.parent, plane)
        prefix = self._prefixes.get(key)
        if prefix is None:
            if len(self._prefixes) > 1000:
                self._prefixes.clear()
            here = self.out.resolve() / "sorted" / plane
            prefix = self._prefixes[key] = os.path.relpath(original.parent.resolve(), here)
        return f"{prefix}/{original.name}"


def _can_link(folder: Path) -> bool:
    """Try a symbolic link."""
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
