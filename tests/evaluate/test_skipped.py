"""Parts that should have measured something and did not are listed with the reason."""

from __future__ import annotations

import pytest

from medcurate.errors import MissingExtra
from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.parts import PARTS
from medcurate.evaluate.report_page import Section
from medcurate.evaluate.skipped import skipped_parts
from medcurate.results import Metric

KIND = {kind.name: kind for kind in PARTS}
LACKS = MissingExtra(("umap-learn",), extra="evaluate", purpose="evaluate (overlap)")


def facts(**more):
    real = {"train": 30, "held_out": 20, "held_out_masks": 0, "classes": {"glioma": 25, "unlabeled": 25}}
    made = {"images": 20, "masks": 0, "classes": {"glioma": 20}}
    both = {"classes": {"glioma": 10, "none": 10}} if more.get("classes") else {}
    masks = more.get("masks", 0)
    return real | both | {"held_out_masks": masks}, made | both | {"masks": masks, "images": more.get("images", 20)}


def nothing(name):
    return Section(KIND[name], Part(notes=("There are too few.",)))


def skipped(*sections, asked=(), lacking=None, **more):
    return skipped_parts(sections, asked=asked, lacking=lacking or {}, facts=facts(**more))


def test_what_was_measured_is_not_skipped_and_what_was_asked_for_in_vain_is():
    done = Section(KIND["fidelity"], Part((Metric("fidelity/x", 1.0, None, 3),)))
    assert skipped(done, nothing("dice"), asked=("fidelity", "dice")) == {"dice": "There are too few."}


@pytest.mark.parametrize(
    ("name", "data", "counts"),
    [
        ("dice", {}, False),
        ("dice", {"masks": 3}, True),
        ("downstream", {}, False),
        ("downstream", {"classes": True}, True),
        ("paired", {}, False),
        ("fidelity", {}, True),
        ("fidelity", {"images": 0}, False),
    ],
)
def test_a_part_nobody_asked_for_counts_only_where_it_applies(name, data, counts):
    assert bool(skipped(nothing(name), **data)) is counts


def test_a_part_that_failed_or_lacks_a_package_is_skipped():
    assert skipped(Section(KIND["overlap"], Part(), {}, LACKS)) == {"overlap": str(LACKS)}
    part = Part((Metric("overlap/x", 1.0, None, 3),))
    assert skipped(Section(KIND["overlap"], part), lacking={"overlap": LACKS}) == {"overlap": f"partly: {LACKS}"}
