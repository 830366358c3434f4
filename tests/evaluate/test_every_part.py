"""All parts together, as they are: on drawn heads, none fails, and the report is whole."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from medcurate.dataset.files import encode_png
from medcurate.evaluate import evaluate
from medcurate.evaluate.parts import PARTS
from tests.evaluate.drawn_slices import slices

pytestmark = pytest.mark.slow

QUICK = {
    "draws": 20,
    "halvings": 20,
    "rounds": 100,
    "repeats": 1,
    "real_per_class": (4,),
    "ratios": (1.0,),
    "all_real": False,
}


def write(folder, rng, counts, prefix=""):
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number, image in enumerate(slices(rng, count, 32, tumor="glioma" in name)):
            (folder / name / f"{prefix}{number}.png").write_bytes(encode_png(image))
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    rng = np.random.default_rng(20261121)
    folder = tmp_path_factory.mktemp("sides")
    real = write(
        folder / "real", rng, {"train/glioma": 16, "train/none": 16, "test/glioma": 20, "test/none": 20}, "real"
    )
    made = write(folder / "made", rng, {"glioma": 24, "none": 24}, "made")
    out = folder / "out"
    return evaluate(real, made, out=out, size=32, settings=QUICK, progress=False), out


def test_none_fails_and_each_says_what_it_found(report):
    parts = report[0].settings["parts"]
    assert {name: part["notes"] for name, part in parts.items() if part["status"] == "failed"} == {}
    measured = {name for name, part in parts.items() if part["status"] == "measured"}
    assert measured == {kind.name for kind in PARTS} - {"paired", "dice"}
    for name in ("paired", "dice"):
        assert parts[name]["status"] == "does not apply"
        assert parts[name]["notes"]


def test_metrics_are_named_for_their_part_and_say_n_and_settings(report):
    found = report[0].metrics
    assert {metric.name.split("/")[0] for metric in found} == {
        kind.name for kind in PARTS if report[0].settings["parts"][kind.name]["status"] == "measured"
    }
    for metric in found:
        assert metric.n > 0 or "why" in metric.settings, metric.name
        assert metric.settings, metric.name
        if metric.interval is not None:
            assert metric.interval[0] <= metric.interval[1], metric.name


def test_every_verdict_rests_on_something_that_is_on_the_page(report):
    there = {item.name for item in (*report[0].metrics, *report[0].figures)}
    assert report[0].verdicts
    for verdict in report[0].verdicts:
        assert verdict.evidence, verdict.text
        assert set(verdict.evidence) <= there, verdict.text


def test_the_file_is_strict_json_and_the_page_whole(report):
    text = (report[1] / "metrics.json").read_text()
    assert json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["schema"] == 1
    page = (report[1] / "report.html").read_text()
    assert page.count("<figure") == len(report[0].figures)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
