"""Get a known dataset: show its license and download it if it is open; otherwise say whom to ask."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medcurate.datasets_manifest.cards.card import Card
from medcurate.datasets_manifest.cards.card_parts import Download
from medcurate.datasets_manifest.downloads.download import download, get_json
from medcurate.datasets_manifest.downloads.file_copies import digest_of
from medcurate.errors import MissingExtra, NothingUsable, PolicyError, UsageError
from medcurate.run_folder import atomic_write, lock

FIGSHARE_API = "https://api.figshare.com/v2"
RECORD = "retrieved.json"
"""Record next to the files: source, time and SHA-256 of each download."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Result of a download.

    Attributes
    ----------
    files : tuple of Path
        Files; for a Kaggle dataset its folder.
    already : tuple of Path
        Files that were present, with the right checksum.
    """

    card: str
    files: tuple[Path, ...]
    already: tuple[Path, ...]


def terms_of(card: Card) -> str:
    """Return the text to read before downloading a dataset: its stated license and restrictions of use."""
    lines = [f"{card.title} ({card.name}), version {card.version}, {card.publisher}"]
    for stated in card.licenses:
        words = f', "{stated.verbatim}"' if stated.verbatim else ""
        lines.append(f"  License of {', '.join(stated.applies_to)}: {stated.spdx}{words}")
        lines.append(f"    seen: {stated.seen} ({stated.source or 'not said where'}); certainty: {stated.certainty}")
        if stated.note:
            lines.append(f"    {stated.note}")
    lines += [f"  Also applies: {name}" for name in card.policies]
    for name in ("redistribute_ok", "derivatives_ok", "commercial_ok", "model_release_ok"):
        permission = getattr(card.restrictions, name)
        lines.append(f"  {name}: {permission.answer} ({permission.reason})")
    lines += [f"  Known problem: {problem.text}" for problem in card.known_problems]
    lines.append(f"  Page: {card.url or card.doi or 'not known'}")
    return "\n".join(lines)


def check_fetchable(card: Card) -> None:
    """Raise if a dataset must be requested, or medcurate cannot download it.

    Raises
    ------
    PolicyError
        If it is available by agreement or application only, or to registered users of an unsupported site.
    UsageError
        If it is open, but not by a supported protocol.
    """
    whom = card.access.ask or card.url or card.publisher
    more = f" {card.access.text}" if card.access.text else ""
    if card.access.kind in ("agreement", "application") or (card.access.kind == "registration" and not card.downloads):
        raise PolicyError(f"{card.title} is available by {card.access.kind} only. Ask {whom}.{more}")
    if not card.downloads:
        raise UsageError(f"{card.title} is open, but cannot be downloaded by medcurate. Get it at {whom}.{more}")


def fetch(
    card: Card,
    out: Path,
    *,
    accepted: bool,
    show: bool = True,
    figshare_api: str = FIGSHARE_API,
    wait_s: float = 1.0,
) -> Fetched:
    """Download a dataset; complete files are not downloaded again, and partial ones are resumed.

    Parameters
    ----------
    out : Path
        Folder for the files, and for ``retrieved.json``, which records their origin.
    accepted : bool
        Whether the user has read `terms_of` and agrees.
    show : bool
        Report progress.
    figshare_api : str
        Base URL of the figshare API.
    wait_s : float
        Delay before a lost connection is resumed (seconds).

    Raises
    ------
    PolicyError
        If the terms are not accepted, or the dataset must be requested.
    UsageError
        If medcurate cannot download it.
    MissingExtra
        pooch or kagglehub is not installed.
    NothingUsable
        If the server refuses, or a checksum is wrong.
    OutputError
        `out` cannot be written.
    """
    check_fetchable(card)
    if not accepted:
        raise PolicyError(f"the terms of {card.title} were not accepted; nothing was downloaded. Give --accept-license")
    files: list[Path] = []
    already: list[Path] = []
    with lock(out):
        for item in _files_of(card, figshare_api):
            if item.kind == "kaggle":
                files.append(_from_kaggle(item, out))
                continue
            target = out / item.file
            if _is_there(target, item):
                already.append(target)
            else:
                download(item.url, target, checksum=item.checksum, show=show, wait_s=wait_s)
                files.append(target)
                _record(out, card, item, target)
    return Fetched(card.name, tuple(files), tuple(already))


def _files_of(card: Card, figshare_api: str) -> Iterator[Download]:
    for item in card.downloads:
        if item.kind == "figshare":
            yield from _listed_by_figshare(item, figshare_api)
        elif item.kind == "file":
            yield replace(item, file=_safe_name(item.file or item.url.rpartition("/")[2]))
        else:
            yield item


def _listed_by_figshare(item: Download, api: str) -> Iterator[Download]:
    article, _, version = item.handle.partition("/")
    answer = get_json(f"{api}/articles/{article}/versions/{version}")
    files = answer.get("files") if isinstance(answer, dict) else None
    if not files:
        raise NothingUsable(f"figshare lists no files for article {article}, version {version}; look at its page")
    for file in files:
        md5 = file.get("computed_md5") or file.get("supplied_md5")
        yield Download(
            kind="file",
            url=file["download_url"],
            file=_safe_name(file["name"]),
            checksum=f"md5:{md5}" if md5 else "",
            size=file.get("size"),
        )


def _safe_name(name: str) -> str:
    """Refuse a name that leads out of the folder or is hidden."""
    if name != Path(name).name or name.startswith(".") or not name:
        raise NothingUsable(f"the server gives a file the name {name!r}, which is not safe; nothing was downloaded")
    return name


def _is_there(target: Path, item: Download) -> bool:
    if not target.is_file() or item.size not in (None, target.stat().st_size):
        return False
    method, _, expected = item.checksum.partition(":")
    return not item.checksum or digest_of(target, method) == expected.lower()


def _from_kaggle(item: Download, out: Path) -> Path:
    try:
        import kagglehub
    except ImportError as error:
        raise MissingExtra(("kagglehub",), extra="kaggle", purpose=f"Downloading {item.handle}") from error
    folder = out / item.handle.split("/")[1]
    try:
        return Path(kagglehub.dataset_download(item.handle, output_dir=str(folder)))
    except OSError as error:
        if error.errno is not None:  # local errors have an errno, network errors do not
            raise
        raise _kaggle_refuses(item, error) from error
    except Exception as error:
        raise _kaggle_refuses(item, error) from error


def _kaggle_refuses(item: Download, error: Exception) -> NothingUsable:
    return NothingUsable(
        f"Kaggle refuses {item.handle} ({type(error).__name__}). It may ask for a login: see "
        "https://www.kaggle.com/docs/api, or download it by hand"
    )


def _record(out: Path, card: Card, item: Download, target: Path) -> None:
    """Add a download to ``retrieved.json``."""
    path = out / RECORD
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[target.name] = {
        "card": card.name,
        "version": card.version,
        "url": item.url,
        "sha256": digest_of(target, "sha256"),
        "bytes": target.stat().st_size,
        "retrieved_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    with atomic_write(path) as stream:
        stream.write(json.dumps(known, indent=2, sort_keys=True).encode() + b"\n")
