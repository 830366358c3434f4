"""Turn any exception of a decoding library into an `InputError` with a code."""

from __future__ import annotations

import errno
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from medcurate.errors import Code, InputError

_AGAIN = "Copy the file again from its source."


@contextmanager
def library_errors(what: str) -> Iterator[None]:
    """Translate any exception of the enclosed call of a decoding library, and silence its warnings.

    On damaged bytes a decoder may raise nearly any exception (IndexError, struct.error, SystemError, ...), so here, and
    only here, all of them mean that the file is bad.

    Parameters
    ----------
    what : str
        Decoded object, for the message, such as ``"TIFF page"``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise (known(error) or _damaged(what, error)) from error


def known(error: BaseException) -> InputError | None:
    """Return the `InputError` for an exception whose meaning is always clear, else None."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, MemoryError):
        return InputError(Code.TOO_LARGE, "The file needs more memory than there is. Use fewer workers.")
    if isinstance(error, RecursionError):
        return InputError(Code.TOO_DEEP, "The file nests its elements deeper than any real file does.")
    if isinstance(error, EOFError):
        return InputError(Code.TRUNCATED, f"The file ends before its data is complete. {_AGAIN}")
    if isinstance(error, zlib.error):
        return InputError(Code.DECODE, f"The compressed data is damaged. {_AGAIN}")
    return _of_system(error) if isinstance(error, OSError) else None


def _of_system(error: OSError) -> InputError | None:
    if isinstance(error, PermissionError):
        return InputError(Code.PERMISSION, "This user has no permission to read the file. Change its permissions.")
    if isinstance(error, FileNotFoundError):
        return InputError(Code.VANISHED, "The file existed at first and is gone now. Run again.")
    if error.errno == errno.ENOSPC:
        return InputError(Code.TOO_LARGE, "The folder for temporary files is full. Free it, or set TMPDIR.")
    if error.errno in (errno.EIO, errno.ESTALE, errno.ENXIO, errno.EISDIR):
        return InputError(Code.DECODE, "The disk or the network file system failed while the file was read.")
    return None


def _damaged(what: str, error: Exception) -> InputError:
    text = str(error).lower()
    if "truncated" in text or "premature" in text or "unexpected end" in text:
        return InputError(Code.TRUNCATED, f"The {what} ends before its data is complete. {_AGAIN}")
    return InputError(Code.DECODE, f"The {what} is damaged and does not decode ({type(error).__name__}). {_AGAIN}")
