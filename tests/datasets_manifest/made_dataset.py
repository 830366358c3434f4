"""A dataset folder as `homogenize` writes one, made of a few rows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from medcurate.catalogue import FILE_NAME, SCHEMA
from medcurate.dataset.layout import image_path, mask_path
from medcurate.dataset.metadata import write_metadata
from medcurate.run_folder import write_catalogue

STEPS = [
    {"step": "orient", "settings": {}, "measured": {}, "skipped": "its orientation is unknown"},
    {"step": "crop_foreground", "settings": {"margin": 0.05}, "measured": {"box": [[0, 9], [0, 9]]}},
    {"step": "resize", "settings": {"size": 16}, "measured": {}},
    {"step": "quantize", "settings": {"bits": 8, "limits": None}, "measured": {}},
]


def identifier(*parts: object) -> str:
    """Return an ID as the catalogue has them."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def row(source: str, number: int, **more: object) -> dict[str, object]:
    """Return the row of an image that is kept."""
    now, before = identifier(source, number), identifier(source, number, "original")
    tumor = more.get("tumor", "glioma")
    plane = more.get("plane", "axial")
    split = more.get("split", ("train", "val", "test")[number % 3])
    return {
        "image_id": now,
        "source": source,
        "path": image_path(plane, split, tumor, now),
        "format": "png",
        "kind": "image",
        "tumor": tumor,
        "plane": plane,
        "height": 16,
        "width": 16,
        "bit_depth": 8,
        "split": split,
        "origin": "real",
        "status": "kept",
        "notes": "",
        "patient_group": f"g{identifier(source, number // 2)}",
        "patient_group_by": "inferred",
        "original_path": f"{source}-{number}.jpg",
        "original_id": before,
        "steps": json.dumps(STEPS),
        **more,
    }


def dropped(source: str, number: int, reason: str = "filter:plane", **more: object) -> dict[str, object]:
    """Return the row of an image that was left out."""
    made = row(source, number)
    cleared = dict.fromkeys(("original_path", "original_id", "steps", "split"))
    before = {"image_id": made["original_id"], "path": made["original_path"], "status": "dropped", "reason": reason}
    return {**made, **cleared, **before, **more}


def make(folder: Path, rows: list[dict[str, object]], sources: str = "", *, part_rows: int | None = None) -> Path:
    """Write the folder; pictures are noise of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    write_catalogue(folder / FILE_NAME, [pa.Table.from_pylist(rows, schema=SCHEMA)], part_rows=part_rows)
    for number, one in enumerate(rows):
        if one["status"] == "kept":
            path = folder / str(one["path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(number).integers(0, 256, (16, 16), np.uint8)
            path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    write_metadata(folder)
    (folder / "sources.toml").write_text(sources, encoding="utf-8")
    return folder


CHENG = '[sources.cheng]\ncard = "figshare-1512427"\n'
TWO = CHENG + '\n[sources.lgg]\ncard = "kaggle-3m"\n'


def two_sources() -> list[dict[str, object]]:
    """Return rows of the sources ``cheng`` and ``lgg``, with a mask and some that are left out."""
    rows = [row("cheng", number, tumor=("glioma", "pituitary")[number % 2]) for number in range(8)]
    rows += [row("lgg", number, tumor="none") for number in range(5)]
    mask = {
        **rows[0],
        "kind": "mask",
        "mask_of": rows[0]["image_id"],
        "path": mask_path(str(rows[0]["path"])),
    }
    return [*rows, {**mask, "image_id": identifier("mask")}, dropped("lgg", 7), dropped("cheng", 9, "DUPLICATE")]
