"""With what a synthetic dataset is made: written down at the start, so that no run mixes two; and told at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.catalogue.considered import DEDUPE_REASONS
from medcurate.dataset.layout import GENERATED, IMAGE_FOLDERS, METADATA
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


def check_record(out: Path, identity: Mapping[str, Any], *, overwrite: bool) -> bool:
    """Say whether the dataset has the images of `identity`, more or fewer of them; raise unless it may be written.

    Raises
    ------
    UsageError
        It is made with something else, or has more images than it shall; the message names what differs.
    """
    before = _before(out)
    differing = [name for name in identity if before and name != _GROWS and identity[name] != before.get(name)]
    fewer = [_GROWS] if before and identity[_GROWS] < before.get(_GROWS, 0) else []
    if (differing or fewer) and not overwrite:
        told = "; ".join(
            f"{name}: {_told(before.get(name))} before, {_told(identity[name])} now" for name in (*differing, *fewer)
        )
        raise UsageError(f"{out} was made otherwise ({told}). Choose another --out, or make it anew with --overwrite")
    return bool(before) and not differing


def start_record(out: Path, identity: Mapping[str, Any], *, same: bool) -> None:
    """Write down what the dataset is made with. Hold the lock.

    Parameters
    ----------
    out : Path
    identity : mapping
        JSON values; ``n`` is the number of images.
    same : bool
        What `check_record` said: images of another kind are removed.
    """
    before = _before(out)
    if before == identity and (out / PRIVATE / GENERATED).is_file():
        return
    with output_errors(out):
        for name in (FILE_NAME, METADATA):
            (out / name).unlink(missing_ok=True)  # a dataset in the making is none
    if before and not same:
        for name in IMAGE_FOLDERS:
            remove_tree(out / name)
    write_json(out / PRIVATE / GENERATED, identity)


def removed_images(out: Path) -> Iterator[tuple[str, str]]:
    """Yield ID and reason of the images that were taken out after they were drawn, such as copies of real ones."""
    if not (out / FILE_NAME).exists():
        return
    for batch in Catalogue.open(out).filter(status="dropped").batches(["image_id", "reason"]):
        for image_id, reason in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if reason not in DEDUPE_REASONS:
                yield image_id, reason


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as JSON, atomically."""
    with atomic_write(path) as stream:
        stream.write((json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _before(out: Path) -> dict[str, Any]:
    return _read(out / PRIVATE / GENERATED) or dict(_read(out / GENERATED).get("identity", {}))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
