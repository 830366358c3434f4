"""``config.json`` of a run: its settings, the examples, and the versions of packages."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medcurate.errors import UsageError
from medcurate.generate.drawing.weights import RECORD
from medcurate.generate.initial.start import NONE, Start, of_record
from medcurate.generate.training import checkpoints, defaults
from medcurate.generate.training.examples import LabeledExamples
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training_set import IDS
from medcurate.run_folder import atomic_write
from medcurate.versions import installed

CONFIG = "config.json"

_PACKAGES = ("medcurate", "keras", "tensorflow", "jax", "numpy", "h5py")


def check_same_run(out: Path, settings: TrainSettings, data: LabeledExamples, *, resume: bool) -> None:
    """Refuse to continue with other settings or data, and to continue a finished run without `resume`.

    Raises
    ------
    UsageError
        With the difference.
    """
    if not (out / CONFIG).exists():
        if (out / RECORD).exists() or (out / checkpoints.FOLDER).exists():
            raise UsageError(f"{out} holds a training without its {CONFIG}; choose another --out folder")
        return
    if not resume and (out / RECORD).exists():
        raise UsageError(
            f"{out} holds a finished training: add --resume to go on with it, or choose another --out folder"
        )
    found = read_record(out)
    before, now = found["identity"], settings.identity()
    differing = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if differing:
        difference = "; ".join(
            f"{name}: {_shown(before.get(name))} before, {_shown(now.get(name))} now" for name in differing
        )
        raise UsageError(
            f"{out} was trained with other settings ({difference}). Use those, or choose another --out folder"
        )
    if found["data"]["digest"] != data.digest:
        raise UsageError(
            f"{out} was trained on other images: {found['data']['images']:,} before, {len(data):,} now"
            f"{_differing_ids(out, data)}. Give the same dataset, or choose another --out folder"
        )


def _shown(value: Any) -> str:
    return json.dumps(value)


def _differing_ids(out: Path, data: LabeledExamples) -> str:
    before, now = set(read_ids(out)), set(data.ids)
    if before == now:
        return ", with other labels or pixels"
    return f"; {len(now - before):,} are new and {len(before - now):,} are gone"


def write_record(
    out: Path,
    settings: TrainSettings,
    data: LabeledExamples,
    folder: Path,
    warnings: Sequence[str] = (),
    start: Start | None = None,
) -> None:
    """Write ``config.json``; `warnings` are what spoke against the training before it began, `start` where it began."""
    record = {
        "schema": 1,
        "settings": settings.to_dict(),
        "identity": settings.identity(),
        "data": {
            "folder": str(folder.resolve()),
            "images": len(data),
            "channels": int(data.columns["target"].shape[-1]),
            "classes": {name: list(values) for name, values in data.classes.items()},
            "digest": data.digest,
        },
        "warnings": list(warnings),
        **({} if start is None else {"init": start.record()}),
        "versions": installed(_PACKAGES),
        "python": platform.python_version(),
    }
    with atomic_write(out / CONFIG) as stream:
        stream.write((json.dumps(record, indent=1) + "\n").encode())


def read_record(out: Path) -> dict[str, Any]:
    """Return the content of ``config.json``.

    Raises
    ------
    UsageError
        There is none, or it is not one of ours.
    """
    path = out / CONFIG
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != 1 or not isinstance(found["identity"], dict) or not isinstance(found["data"], dict):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: expected what medcurate train-gan writes; choose another folder") from None
    return dict(found)


def kept_start(out: Path, settings: TrainSettings) -> Start:
    """Return where a run started that continues from a checkpoint.

    Raises
    ------
    UsageError
        Other first weights are asked for now.
    """
    record = read_record(out).get("init", {"asked": NONE, "why": "random first weights", "source": "random numbers"})
    if settings.init not in (defaults.INIT, record["asked"]):
        raise UsageError(
            f"{out} started with --init {record['asked']}, and --init {settings.init} is asked for now: a training "
            "keeps its first weights. Leave the option out, or choose another --out folder"
        )
    return of_record(record)


def read_ids(out: Path) -> tuple[str, ...]:
    """Return the ``image_id`` of every training image; empty where the run has no list of them."""
    path = out / IDS
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()
