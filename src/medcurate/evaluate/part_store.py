"""Finished parts, kept in the report's folder, so that a stopped evaluation continues where it stopped."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.evaluate.design.sides import Part
from medcurate.journal.store import Journal
from medcurate.results import Figure, Metric, Verdict
from medcurate.run_folder import PRIVATE

FILE = "parts.journal"
_VERSION = "1"  # of the layout of a part; what it depends on is in its key


@dataclass(frozen=True, slots=True)
class Finished:
    """A part that was measured.

    Attributes
    ----------
    seconds : float
        How long it took.
    """

    part: Part
    seconds: float


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
        "verdicts": [verdict.to_dict() for verdict in part.verdicts],
        "figures": [
            dataclasses.asdict(figure) | {"content": base64.b64encode(figure.content).decode()}
            for figure in part.figures
        ],
        "notes": list(part.notes),
    }
    with Journal(out / PRIVATE / FILE, _VERSION) as journal:
        journal.put(name.encode(), json.dumps(content).encode())
        journal.prune(list(journal))  # what it held under an earlier key


def kept(out: Path, name: str, key: str) -> Finished | None:
    """Return what a part found under the same key; None where it was not measured, or with other data or settings."""
    with Journal(out / PRIVATE / FILE, _VERSION, read_only=True) as journal:
        content = json.loads(journal.get(name.encode()) or b"{}")
    if content.get("key") != key:
        return None
    return Finished(_part(content), float(content["seconds"]))


def _part(content: dict[str, Any]) -> Part:
    return Part(
        metrics=tuple(Metric.from_dict(one) for one in content["metrics"]),
        verdicts=tuple(Verdict.from_dict(one) for one in content["verdicts"]),
        figures=tuple(Figure(**one | {"content": base64.b64decode(one["content"])}) for one in content["figures"]),
        notes=tuple(content["notes"]),
    )
