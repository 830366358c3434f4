"""With what a synthetic dataset is made: written down at the start, so that no run mixes two; and told at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME
from medcurate.dataset.layout import GENERATED, IMAGES
from medcurate.errors import OutputError, UsageError
from medcurate.run_folder import PRIVATE, atomic_write, output_errors, remove_tree

_GROWS = "n"


def check_out(out: Path) -> None:
    """Raise unless `out` is new, empty or a synthetic dataset of ours.

    Raises
    ------
    OutputError
        It holds something else.
    """
    with output_errors(out):
        holds = [path.name for path in out.iterdir() if path.name != PRIVATE] if out.is_dir() else []
    if holds and not (out / PRIVATE / GENERATED).is_file() and not (out / GENERATED).is_file():
        raise OutputError(
            f"cannot write {out}: expected a new or empty folder, or a dataset that generate made; it holds "
            f"{min(holds)} and more. Choose another --out"
        )


def start_record(out: Path, identity: Mapping[str, Any], *, overwrite: bool) -> None:
    """Write down what the dataset is made with, or raise if it is made with something else. Hold the lock.

    More images of the same kind may be added to it: then `identity` has a larger ``n``.

    Raises
    ------
    UsageError
        Naming what differs.
    """
    now = json.loads(json.dumps(identity))
    before = _read(out / PRIVATE / GENERATED) or _read(out / GENERATED).get("identity", {})
    differing = [name for name in now if before and name != _GROWS and now[name] != before.get(name)]
    if before and now[_GROWS] < before.get(_GROWS, 0):
        differing.append(_GROWS)
    if differing and not overwrite:
        told = "; ".join(f"{name}: {_told(before.get(name))} before, {_told(now[name])} now" for name in differing)
        raise UsageError(f"{out} was made otherwise ({told}). Choose another --out, or make it anew with --overwrite")
    if before != now:
        with output_errors(out):
            (out / FILE_NAME).unlink(missing_ok=True)  # a dataset in the making is none
        if differing:
            remove_tree(out / IMAGES)
        write_json(out / PRIVATE / GENERATED, now)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as JSON, atomically."""
    with atomic_write(path) as stream:
        stream.write((json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
