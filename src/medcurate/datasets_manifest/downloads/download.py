"""Download one file: resumes after a lost connection, and verifies the checksum."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from medcurate.errors import MedcurateError, MissingExtra, NothingUsable, OutputError
from medcurate.progress import ProgressReport
from medcurate.run_folder import PRIVATE, output_errors, remove_tree

ATTEMPTS = 4
"""Number of consecutive connections without data after which the download fails."""
TIMEOUT_S = 60.0
"""Silence of the server after which a connection counts as lost (seconds)."""
_CHUNK = 2**16  # a partial chunk is lost with the connection
_MIB = 2**20
_COMPLETE, _PARTIAL, _BEYOND_END, _OK = 200, 206, 416, 400


class Cut(MedcurateError):
    """The connection ended before the file was complete; the received part is kept."""

    exit_code = NothingUsable.exit_code


def download(url: str, target: Path, *, checksum: str = "", show: bool = True, wait_s: float = 1.0) -> None:
    """Download `url` to `target`, which appears complete and verified, or not at all.

    Parameters
    ----------
    url : str
        ``http`` or ``https``; redirects are followed, but never from ``https`` to ``http``.
    target : Path
        The partial file is in ``.medcurate`` in the same folder; the next call resumes it.
    checksum : str
        ``sha256:...`` or ``md5:...``; empty if unknown.
    show : bool
        Report progress in MiB.
    wait_s : float
        Delay before a lost connection is resumed; doubled each time (seconds).

    Raises
    ------
    NothingUsable
        If the server refuses, or the checksum is wrong; the file is then removed.
    Cut
        If the connection was lost repeatedly.
    OutputError
        If the disk is full or cannot be written.
    MissingExtra
        pooch is not installed.
    """
    pooch = _pooch()
    private = target.parent / PRIVATE
    incoming = private / "incoming"
    remove_tree(incoming)  # left by a killed run; the partial file is next to it
    with output_errors(target):
        private.mkdir(parents=True, exist_ok=True)
    part = private / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.part"
    with ProgressReport(f"download {target.name} (MiB)", show=show) as report:
        downloader = _Resuming(part, report, wait_s)
        try:
            with output_errors(target):
                done = pooch.retrieve(url, checksum or None, target.name, path=incoming, downloader=downloader)
                Path(done).replace(target)
        except ValueError as error:  # pooch: the checksum is wrong
            raise NothingUsable(
                f"{url} does not have the checksum of its card, {checksum}: it was changed, or damaged in transit. It "
                "was removed; run the same command again, and if this happens again, look at the publisher's page"
            ) from error
        finally:
            remove_tree(incoming)


def get_json(url: str) -> Any:
    """Return what a small JSON document at `url` holds.

    Raises
    ------
    NothingUsable
        The server refuses, cannot be reached, or does not answer with JSON.
    """
    _pooch()
    import requests  # pooch brings it

    try:
        with _requests_errors(url):
            response = requests.get(url, timeout=TIMEOUT_S, headers={"Accept": "application/json"})
        _check_answer(response, url)
        return response.json()
    except requests.exceptions.JSONDecodeError as error:
        raise NothingUsable(f"{url} does not answer with JSON; expected a list of files. Try again later") from error


class _Resuming:
    """Downloader for pooch that requests only the missing part of a file."""

    def __init__(self, part: Path, report: ProgressReport, wait_s: float) -> None:
        self._part = part
        self._etag = part.with_suffix(".etag")
        self._report = report
        self._wait_s = wait_s

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Download to `output_file`."""
        idle = 0  # consecutive attempts without data
        while True:
            have = self._size()
            try:
                self._take_up(url)
                break
            except Cut:
                idle = 0 if self._size() > have else idle + 1
                if idle == ATTEMPTS:
                    raise
                time.sleep(self._wait_s * 2**idle)
        self._part.replace(output_file)
        self._etag.unlink(missing_ok=True)

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _take_up(self, url: str) -> None:
        import requests

        have = self._size()
        headers = {"Accept-Encoding": "identity"}  # a compressed stream cannot be resumed
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._etag.exists():
                headers["If-Range"] = self._etag.read_text(encoding="utf-8")
        with _requests_errors(url), requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
            if response.status_code == _BEYOND_END:
                if _total(response, 0) == have:
                    return
                self._part.unlink()  # the file on the server has changed
                raise Cut(f"{url} changed while it was downloaded; run the same command again")
            _check_answer(response, url)
            if response.status_code != _PARTIAL or _begin(response) != have:
                have = 0
            self._receive(response, have, url)

    def _receive(self, response: Any, have: int, url: str) -> None:
        total = _total(response, have)
        if total is not None:
            _check_space(self._part, total - have)
            self._report.total = total // _MIB
        if same := _validator(response):
            self._etag.write_text(same, encoding="utf-8")
        else:
            self._etag.unlink(missing_ok=True)
        with self._part.open("r+b" if have else "wb") as stream:
            stream.truncate(have)
            stream.seek(have)
            for chunk in response.iter_content(_CHUNK):
                stream.write(chunk)
                have += len(chunk)
                self._report.advance(have // _MIB - self._report.count)
            stream.flush()
            os.fsync(stream.fileno())
        if total is not None and have < total:
            raise Cut(_cut(url, have))


def _check_answer(response: Any, url: str) -> None:
    if response.status_code >= _OK:
        raise NothingUsable(
            f"{url}: the server answers {response.status_code} ({response.reason}). It may have moved: look at the "
            "dataset's page, which `medcurate datasets show` names"
        )
    if urlsplit(url).scheme == "https" and urlsplit(response.url).scheme != "https":
        raise NothingUsable(f"{url} leads to {response.url}, which is not encrypted; it was not downloaded")


@contextmanager
def _requests_errors(url: str) -> Iterator[None]:
    """Distinguish a lost connection from an unreachable server."""
    import requests

    try:
        yield
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ReadTimeout) as error:
        raise Cut(_cut(url, None)) from error
    except requests.exceptions.ConnectionError as error:
        if _never_began(error):
            host = urlsplit(url).hostname
            raise NothingUsable(
                f"{host} cannot be reached; check the network and run the same command again"
            ) from error
        raise Cut(_cut(url, None)) from error
    except requests.exceptions.RequestException as error:
        raise NothingUsable(f"{url} cannot be downloaded: {type(error).__name__}") from error


def _never_began(error: Exception) -> bool:
    """Return whether there was no connection at all, so that an immediate retry is useless."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _cut(url: str, have: int | None) -> str:
    kept = "" if have is None else f" after {have:,} bytes"
    return f"{url}: the connection was lost{kept}. Run the same command again: it continues where it stopped"


def _validator(response: Any) -> str:
    """Return the validator of this version of the file; a weak ETag is not allowed in If-Range (RFC 9110)."""
    etag: str = response.headers.get("ETag", "")
    modified: str = response.headers.get("Last-Modified", "")
    return modified if not etag or etag.startswith("W/") else etag


def _begin(response: Any) -> int:
    """Return the offset of the response within the file: ``Content-Range: bytes 5-9/10``."""
    begin = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(begin) if begin.isdigit() else -1


def _total(response: Any, have: int) -> int | None:
    """Return the size of the whole file, None if the server does not state it."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    if total.isdigit():
        return int(total)
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else None


def _check_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise OutputError(
            f"cannot write {part.parent.parent}: {needed / _MIB:,.0f} MiB are needed and {free / _MIB:,.0f} MiB are "
            "free. Free space or choose another --out folder, then run the same command again"
        )


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise MissingExtra(("pooch",), extra="fetch", purpose="Downloading a dataset") from error
    pooch.get_logger().setLevel("ERROR")
    return pooch
