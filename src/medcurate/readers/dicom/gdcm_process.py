"""Run gdcm in a separate process: on a damaged JPEG it may abort its process, which `except` cannot catch.

The child starts at the first frame that needs it and lives as long as this process. If it dies, the current frame is
lost, and a new child starts at the next one.
"""

from __future__ import annotations

import atexit
import os
import pickle
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.parallel.worker import Failure, Task, Worker
from medcurate.readers.translate import library_errors

_TIMEOUT_S = 60.0
_lock = threading.Lock()
_children: dict[int, Worker] = {}  # keyed by process: a fork must not use its parent's child


def decode_frame(item: tuple[str, bytes, dict[str, Any]]) -> NDArray[np.generic]:
    """Decode one encapsulated frame, in the child.

    Parameters
    ----------
    item : tuple
        Transfer syntax UID, encapsulated pixel data, and the options of pydicom's decoder.
    """
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    syntax, source, options = item
    with library_errors("DICOM pixel data"):
        array, _ = get_decoder(UID(syntax)).as_array(source, raw=False, decoding_plugin="gdcm", **options)
    return np.asarray(array)


def decode_apart(syntax: str, source: bytes, options: dict[str, Any]) -> NDArray[np.generic]:
    """Decode one encapsulated frame with gdcm, in a child process.

    Raises
    ------
    InputError
        DECODE, also where gdcm crashes or takes more than a minute.
    """
    with _lock:
        child = _children.get(os.getpid()) or _start()
        child.send(Task(0, [(syntax, source, options)]))
        try:
            (result,) = _answer(child)
        except (EOFError, OSError) as error:
            _stop()
            raise InputError(
                Code.DECODE, "DICOM: expected compressed pixels that gdcm can decode, received pixels that crash it"
            ) from error
    if isinstance(result, Failure):
        code = Code.DECODE if result.code is Code.INTERNAL else result.code
        raise InputError(code, result.message)
    return np.asarray(result)


def _start() -> Worker:
    atexit.register(_stop)
    child = _children[os.getpid()] = Worker(pickle.dumps((decode_frame, None)))
    return child


def _answer(child: Worker) -> list[Any]:
    while True:
        if not child.connection.poll(_TIMEOUT_S):
            raise TimeoutError
        received = child.receive()
        if received is not None:
            found: list[Any] = pickle.loads(received[2])  # noqa: S301 - written by our own child
            return found


def _stop() -> None:
    child = _children.pop(os.getpid(), None)
    if child is not None:
        child.stop()
