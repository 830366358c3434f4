"""The settings of a dataset: recorded at the start, so that no run mixes two, and published at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME
from medcurate.curate.homogenizing.output import Written
from medcurate.curate.homogenizing.pipeline import Pipeline
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.dataset.layout import METADATA, SETTINGS
from medcurate.errors import OutputError, UsageError
from medcurate.run_folder import PRIVATE, atomic_write, output_errors

_SCHEMA = 1


def check_out(folder: Path, out: Path) -> None:
    """Raise unless `out` is new, empty or a dataset of ours.

    Raises
    ------
    UsageError
        It is the folder of the scan.
    OutputError
        It holds something else.
    """
    if out.resolve() == folder.resolve():
        raise UsageError(f"expected another --out folder than that of the scan, received {out} as both")
    with output_errors(out):
        holds = [path.name for path in out.iterdir() if path.name != PRIVATE] if out.is_dir() else []
    if holds and not (out / PRIVATE / SETTINGS).is_file() and not (out / SETTINGS).is_file():
        raise OutputError(
            f"cannot write {out}: expected a new or empty folder, or a dataset that homogenize made; it holds "
            f"{min(holds)} and more. Choose another --out"
        )


def start_record(out: Path, folder: Path, settings: HomogenizeSettings, *, overwrite: bool) -> None:
    """Write down the settings, or raise if the dataset has others. Call it under `run_folder.lock`.

    Raises
    ------
    UsageError
        Naming what differs.
    """
    # The place of the scan is private: it is compared, and stays out of what may be shared.
    record = json.loads(json.dumps({"schema": _SCHEMA, "folder": str(folder.resolve()), **settings.as_record()}))
    before = _read(out / PRIVATE / SETTINGS) or _read(out / SETTINGS).get("settings", {})
    shared = record.keys() & before.keys()
    differing = [name for name in record if name in shared and record[name] != before[name]]
    if before and differing and not overwrite:
        lines = "; ".join(f"{name}: {_text(before[name])} before, {_text(record[name])} now" for name in differing)
        raise UsageError(
            f"{out} was made with other settings ({lines}). Choose another --out, or make it anew with --overwrite"
        )
    if before != record:
        with output_errors(out):
            for name in (FILE_NAME, METADATA):
                (out / name).unlink(missing_ok=True)  # a dataset in the making is none
        with atomic_write(out / PRIVATE / SETTINGS) as stream:
            stream.write(_as_json(record))


def finish_record(out: Path, pipeline: Pipeline, versions: Mapping[str, Any], written: Written) -> None:
    """Write ``homogenize.json``: settings, steps, versions and counts."""
    content = {
        "schema": _SCHEMA,
        "settings": pipeline.settings.as_record(),
        "steps": pipeline.as_record(),
        "versions": versions,
        "counts": {
            "written": written.written,
            "masks": written.masks,
            "rejected": written.rejected,
            "dropped": dict(sorted(written.dropped.items())),
            "splits": dict(sorted(written.splits.items())),
        },
        "notes": list(written.notes),
    }
    with atomic_write(out / SETTINGS) as stream:
        stream.write(_as_json(content))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
