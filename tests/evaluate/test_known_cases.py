"""Eight synthetic sets whose worth is known: what each verdict says of them, on drawn heads.

The same with real images is ``benchmarks/known_cases.py``, whose table is in ``docs/evidence/known-cases.md``.
"""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest

from benchmarks import known_case_images as known
from benchmarks.known_case_images import Labeled
from medcurate.dataset.files import encode_png
from medcurate.errors import MissingExtra
from medcurate.evaluate import evaluate
from medcurate.evaluate.charts import Chart
from medcurate.evaluate.parts import chosen
from medcurate.results import Figure
from tests.evaluate.privacy.heads import heads

PARTS = {
    known.TWO_HALVES: ("fidelity", "privacy"),
    known.SAME_FOLDER: ("overlap",),
    known.NOISY_COPIES: ("overlap",),
    known.COLLAGES: ("privacy",),
    known.BLURRED: ("fidelity",),
    known.CLASS_MISSING: ("overlap",),
    known.OTHER_SOURCE: ("overlap",),
    known.NOISE: ("overlap",),
}
"""The parts that are asked of each case: those that must notice it, or must not praise it."""
QUICK = {"splits": 6, "shown": 2, "pairs_shown": 2, "draws": 20, "halvings": 20, "rounds": 100}
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
    """Evaluate every case once, without what draws or compiles for long."""

    def no_umap(*_, **__):
        raise MissingExtra(("umap-learn",), extra="evaluate", purpose="An embedding")

    def undrawn(self, name, title, caption):
        return Figure(name, title, caption, b"<svg/>")

    rng = np.random.default_rng(20261130)
    train, held_out, others = (labeled(rng, N) for _ in range(3))
    folder = tmp_path_factory.mktemp("cases")
    write(folder / "real/train", train)
    write(folder / "real/test", held_out)
    cases = known.known_cases(train, held_out, others, labeled(rng, N, source=True), missing="glioma")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chart, "figure", undrawn)
        patch.setattr("medcurate.evaluate.overlap.part.embed", no_umap)
        for number, (name, side) in enumerate(cases):
            made, out = folder / f"made{number}", folder / f"out{number}"
            write(made, side)
            own = {key: value for key, value in QUICK.items() if key in options(PARTS[name])}
            found[name] = evaluate(folder / "real", made, out=out, parts=PARTS[name], settings=own, progress=False)
    return found


def options(parts):
    return {item.name for kind in chosen(parts) for item in fields(kind.settings())}


def levels(report, part):
    return [verdict.level for verdict in report.verdicts if verdict.part == part]


def test_there_are_eight_cases_and_every_part_that_was_asked_for_was_measured(reports):
    assert list(reports) == list(known.CASES) == list(PARTS)
    assert len(reports) == 8
    for name, report in reports.items():
        assert {part["status"] for part in report.settings["parts"].values()} == {"measured"}, name


def test_two_real_halves_are_called_good_or_too_few_to_tell(reports):
    report = reports[known.TWO_HALVES]
    assert {verdict.level for verdict in report.verdicts} <= {"good", "too_few"}
    assert levels(report, "copies") == ["good", "good"]
    assert set(levels(report, "privacy")) == {"good"}
    assert "good" in levels(report, "fidelity")


@pytest.mark.parametrize("case", [known.SAME_FOLDER, known.NOISY_COPIES])
def test_copies_are_the_first_verdict_and_nothing_else_is_good(reports, case):
    report = reports[case]
    first = report.verdicts[0]
    assert (first.part, first.level) == ("copies", "bad")
    assert "are copies of training images" in first.text
    assert "good" not in {verdict.level for verdict in report.verdicts}
    assert "Not judged: the synthetic images are copies of real ones." in {one.text for one in report.verdicts}


@pytest.mark.parametrize("case", sorted(set(known.CASES) - {known.SAME_FOLDER, known.NOISY_COPIES}))
def test_only_copies_are_called_copies(reports, case):
    assert "bad" not in levels(reports[case], "copies")


def test_collages_contain_pieces_of_training_images(reports):
    found = [one for one in reports[known.COLLAGES].verdicts if one.level == "bad"]
    assert [one.part for one in found] == ["privacy"]
    assert "contain pieces of training images" in found[0].text


def test_blurred_images_are_far_from_real_ones_and_do_not_look_real(reports):
    assert set(levels(reports[known.BLURRED], "fidelity")) == {"bad"}


def test_a_class_that_is_missing_is_named(reports):
    found = [one for one in reports[known.CLASS_MISSING].verdicts if one.part == "overlap" and one.level == "bad"]
    assert ["glioma" in one.text for one in found] == [True]


@pytest.mark.parametrize("case", [known.OTHER_SOURCE, known.NOISE])
def test_images_of_another_kind_are_no_neighbors_of_real_ones(reports, case):
    assert set(levels(reports[case], "overlap")) == {"bad"}
