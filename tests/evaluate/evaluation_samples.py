"""Two sides in little, parts that cost nothing, and what each of them finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_png
from medcurate.dataset.layout import image_path
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.parts import PARTS, PartKind
from medcurate.results import Metric, Verdict
from medcurate.run_folder import write_catalogue


def plain(folder: Path, counts: dict[str, int], *, seed: int = 0, size: int = 16, bits: int = 8) -> Path:
    """Write a plain folder with so many noisy images in each of its sub-folders."""
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = rng.integers(0, 2**bits, (size, size)).astype(np.uint8 if bits == 8 else np.uint16)
            (folder / name / f"{number}.png").write_bytes(encode_png(pixels))
    return folder


def catalogued(folder: Path, rows: list[dict], *, size: int = 16) -> Path:
    """Write a dataset folder; each row has an ``image_id``, which is also what its pixels are drawn from."""
    full = []
    for row in rows:
        path = image_path("axial", row.get("split"), row.get("tumor"), row["image_id"])
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(int(row["image_id"], 16)).integers(0, 255, (size, size), np.uint8)
        (folder / path).write_bytes(encode_png(pixels))
        full.append({"path": path, "kind": "image", "status": "kept", "source": "s", "origin": "real", **row})
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(full, schema=SCHEMA)])
    return folder


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of a part that is made up."""

    k: int = 5
    encoder: str = "classical"


@dataclass
class MadeParts:
    """Takes the place of all parts: what each does is set by name; counts how often each ran."""

    does: dict[str, Callable[[Sides, Options], Part]]
    runs: list[str]

    def measure(self, kind: PartKind) -> Callable[..., Part]:
        def measure(sides: Sides, settings: Options = Options(), *, progress: bool | None = None) -> Part:
            self.runs.append(kind.name)
            return self.does.get(kind.name, not_for_these)(sides, settings)

        return measure


def made_parts(monkeypatch, **does: Callable[[Sides, Options], Part]) -> MadeParts:
    made = MadeParts(does, [])
    monkeypatch.setattr(PartKind, "measure", lambda kind: made.measure(kind))  # noqa: PLW0108 - a method is not bound again
    return made


def not_for_these(sides: Sides, settings: Options) -> Part:
    return Part(notes=("These data have no masks.",))


def found(sides: Sides, settings: Options) -> Part:
    """Say something that depends on both sides, the seed, the size and the settings."""
    about = {"encoder": settings.encoder, "k": settings.k, "size": sides.size, "seed": sides.seed}
    value = 0.123456789 * len(sides.test) + sides.seed
    floor = Metric("fidelity/density", 0.98, (0.9, 1.06), 8, about)
    return Part(
        metrics=(
            Metric("fidelity/density", value, (value - 0.1, value + 0.1), len(sides.test), about, floor, "higher"),
            Metric(
                "fidelity/distance[all]", 1234.5678, None, 3, about | {"unit_of_n": "patients"}, None, "lower", "mm"
            ),
            Metric("fidelity/nothing", float("nan"), None, 0, about | {"why": "there are no tumors"}),
        ),
        verdicts=(
            Verdict("fidelity", "good", f"Density is {value:.3f}.", ("fidelity/density",)),
            Verdict("fidelity", "bad", "The distance is <b>large</b>.", ("fidelity/distance[all]",)),
        ),
        notes=(f"{len(sides.synthetic)} images were looked at.",),
    )


EVERY = tuple(kind.name for kind in PARTS)
