"""Finished parts, kept in the report's folder, so that a stopped evaluation goes on where it was."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.evaluate.design.sides import Part
from medcurate.results import Figure, Metric, Verdict
from medcurate.run_folder import PRIVATE, atomic_write

FOLDER = "parts"


@dataclass(frozen=True, slots=True)
class Finished:
    """A part that was measured.

    Attributes
    ----------
    part : Part
    seconds : float
        That it took.
    """

    part: Part
    seconds: float


def key_of(**what: Any) -> str:
    """Return a SHA-256 of everything that a part depends on, as hexadecimal digits."""
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


def settings_record(settings: Any) -> dict[str, Any]:
    """Return settings as JSON has them; of a file its name and digest, not its place."""
    record: dict[str, Any] = {}
    for name, value in dataclasses.asdict(settings).items():
        kind, colon, place = ("", "", value) if isinstance(value, Path) else str(value).partition(":")
        path = Path(str(place).partition("@")[0])
        if (isinstance(value, Path) or colon) and path.is_file():
            with path.open("rb") as stream:
                record[f"{name}_sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
            record[name] = f"{kind}{colon}{Path(str(place)).name}"
        else:
            record[name] = json.loads(json.dumps(value, default=str))
    return record


def keep(out: Path, name: str, key: str, finished: Finished) -> None:
    """Keep what a part found.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    part = finished.part
    content = {
        "key": key,
        "seconds": finished.seconds,
        "metrics": [metric.to_dict() for metric in part.metrics],
        "verdicts": [dataclasses.asdict(verdict) for verdict in part.verdicts],
        "figures": [
            dataclasses.asdict(figure) | {"content": base64.b64encode(figure.content).decode()}
            for figure in part.figures
        ],
        "notes": list(part.notes),
    }
    with atomic_write(_path(out, name)) as stream:
        stream.write(json.dumps(content).encode())


def kept(out: Path, name: str, key: str) -> Finished | None:
    """Return what a part found under the same key; None where it was not measured, or with other data or settings."""
    try:
        content = json.loads(_path(out, name).read_bytes())
        if content["key"] != key:
            return None
        part = Part(
            metrics=tuple(Metric.from_dict(one) for one in content["metrics"]),
            verdicts=tuple(Verdict(**one | {"evidence": tuple(one["evidence"])}) for one in content["verdicts"]),
            figures=tuple(Figure(**one | {"content": base64.b64decode(one["content"])}) for one in content["figures"]),
            notes=tuple(content["notes"]),
        )
        return Finished(part, float(content["seconds"]))
    except (OSError, ValueError, KeyError, TypeError):  # damaged or of another version: measured anew
        return None


def _path(out: Path, name: str) -> Path:
    return out / PRIVATE / FOLDER / f"{name}.json"
