"""A report with everything in it: more metrics than a table shows, charts, pictures, gates, all levels of verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from medcurate.evaluate import Metric, Verdict, evaluate
from medcurate.evaluate.charts import Line, gallery_figure, lines_figure
from medcurate.evaluate.design.floor import Floor, too_few_to_tell
from medcurate.evaluate.design.sides import TRAINING_IDS, Part
from medcurate.evaluate.report_page.page import MAX_ROWS
from medcurate.results import Enough
from tests.evaluate.evaluation_samples import found, plain

RECALLS = 2 * MAX_ROWS
FEW = Floor("real images reach 2 % of the others", Enough(310, 12, "measured"))


def rich(sides, settings) -> Part:
    """Find more than fits, and draw it."""
    base = found(sides, settings)
    wide = {"unit_of_n": "generated images", "gap": [1 / 7, 1 / 3]}
    floor = Metric("fidelity/recall", 1.373e-5, (-0.0001362, 0.0001636), 1000, wide)
    many = [
        Metric(
            f"fidelity/recall[k={k}]", 0.01 * k + 0.001234, (-0.0001762, 2.968e-5), 7, {"k": k, **wide}, floor, "higher"
        )
        for k in range(RECALLS)
    ]
    band = Line([1, 2, 3], [0.1, 0.2, 0.3], [0, 0.1, 0.2], [0.2, 0.3, 0.4])
    tiles = np.random.default_rng(0).integers(0, 255, (4, 8, 8), np.uint8)
    figures = (
        lines_figure("fidelity/dose", "Dose & gain", "Up is <good>.", {"CNN": band}, x_label="dose", y_label="gain"),
        lines_figure("fidelity/dose-2", "Another", "The same.", {"CNN": band}, x_label="dose", y_label="gain"),
        gallery_figure("fidelity/pairs", "Pairs", 'The "closest".', tiles, columns=2),
    )
    verdicts = (
        *base.verdicts,
        Verdict("fidelity", "unclear", "Too few to say.", (f"fidelity/recall[k={RECALLS - 1}]", "fidelity/dose")),
        Verdict("fidelity", "caution", "Nothing names it.", ("fidelity/gone",)),
        too_few_to_tell("fidelity", "whether it is", FEW, numbers="It was 3 %.", evidence=("fidelity/recall[k=1]",)),
    )
    return Part((*base.metrics, *many), verdicts, figures, base.notes)


def write_rich_report(folder: Path) -> Path:
    """Write it with the part `rich` in place of fidelity, and return its folder."""
    counts = {"train/glioma": 5, "train/<none>": 4, "test/glioma": 1200, "test/<none>": 3}
    real = plain(folder / "real", counts, size=8)
    synthetic = plain(folder / "synthetic", {"glioma": 6}, seed=1, size=8)
    (synthetic / "generated.json").write_text(json.dumps({"model": "dcgan", "training": {"steps": 5000}}))
    (synthetic / TRAINING_IDS).write_text("".join(f"train/{n}.png\n" for n in range(10_000, 11_234)))
    gate = folder / "gates.toml"
    gate.write_text('["fidelity/density"]\nmin = 0.75\n["fidelity/distance[all]"]\ninterval_max = 2000.5\n')
    evaluate(real, synthetic, out=folder / "out", gate=gate, progress=False)
    return folder / "out"
