"""Eight synthetic sets whose worth is known: what each verdict says of them, on drawn heads.

The same with real images is ``benchmarks/known_cases.py``, whose table is in ``docs/evidence/known-cases.md``.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks import known_case_images as known
from benchmarks.known_case_images import Labeled
from medcurate.dataset.files import encode_png
from medcurate.errors import MissingExtra
from medcurate.evaluate import evaluate
from medcurate.evaluate.charts import Chart
from medcurate.results import Figure
from tests.evaluate.privacy.heads import heads

PARTS = ("fidelity", "overlap", "two_sample", "anatomy", "privacy")
QUICK = {"draws": 20, "halvings": 20, "rounds": 100, "splits": 6, "pairs_shown": 2, "folds": 2}
SIDE, N = 32, 60


def labeled(rng, n, *, source=False):
    """Draw heads of two classes, with a tumor or without; those of another source are darker and have flat contrast."""
    images = heads(rng, n)
    names = ["glioma" if row % 2 else "none" for row in range(n)]
    for row in range(1, n, 2):
        place = tuple(int(one) for one in rng.integers(22, 42, 2))
        cv2.circle(images[row], place, int(rng.integers(4, 7)), 220, -1)
    if source:
        images = (images * 0.6 + 25).astype(np.uint8)
    return Labeled(np.stack([cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in images]), names)


def write(folder, side):
    for row, (image, name) in enumerate(zip(side.images, side.names, strict=True)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"{folder.name}{row}.png").write_bytes(encode_png(np.ascontiguousarray(image)))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Evaluate every case once, without what compiles or draws for long."""

    def no_umap(*_, **__):
        raise MissingExtra(("umap-learn",), extra="evaluate", purpose="An embedding")

    def undrawn(self, name, title, caption):
        return Figure(name, title, caption, b"<svg/>")

    rng = np.random.default_rng(20261130)
    train, held_out, others = (labeled(rng, N) for _ in range(3))
    folder = tmp_path_factory.mktemp("cases")
    write(folder / "real/train", train)
    write(folder / "real/test", held_out)
    found = {}
    cases = known.known_cases(train, held_out, others, labeled(rng, N, source=True), missing="glioma")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chart, "figure", undrawn)
        patch.setattr("medcurate.evaluate.overlap.part.embed", no_umap)
        for number, (name, side) in enumerate(cases):
            write(folder / f"made{number}", side)
            found[name] = evaluate(
                folder / "real", folder / f"made{number}", out=folder / f"out{number}", parts=PARTS, settings=QUICK,
                progress=False,
            )  # fmt: skip
    return found


def test_x(reports):
    for name, report in reports.items():
        print("==", name, {k: v["status"] for k, v in report.settings["parts"].items() if v["status"] != "measured"})
        for v in report.verdicts:
            print("   ", v.part, v.level, v.text[:150])
