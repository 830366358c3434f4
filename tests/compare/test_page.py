"""``report.html``: what stands on it, and how numbers are written."""

from __future__ import annotations

import pytest

from medcurate.compare.page import span, text, write_page
from medcurate.compare.pictures import curves_figure
from medcurate.compare.rows import QUANTITIES, CompareResult, Mean, Row, summarize

BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ratio", 1.9234, "1.92"),
        ("coverage", 0.534, "53 %"),
        ("copies", 0.0124, "1.2 %"),
        ("steps", 1234.0, "1,234"),
        ("memory_mib", 1090.4, "1,090 MiB"),
        ("milliseconds_per_image", 4.79, "4.79 ms/image"),
    ],
)
def test_numbers(name, value, told):
    assert text(value, BY_NAME[name]) == told


def test_intervals():
    assert span(Mean(0.5, 0.4, 0.6, 3), BY_NAME["coverage"]) == "40 to 60"
    assert span(Mean(7.0, 7.0, 7.0, 3), BY_NAME["parameters"]) == ""
    assert span(Mean(0.5, None, None, 1), BY_NAME["coverage"]) == ""


def test_the_page_needs_no_other_file_and_escapes_names(tmp_path):
    rows = (
        Row(
            "fast<gan>",
            "model",
            0,
            {"ratio": 2.5, "copies": 0.1},
            {"copies": 0.0},
            ("copies",),
            ((1.0, 9.0), (2.0, 5.0)),
        ),
        Row("phantoms", "baseline", 0, {"ratio": 4.0}),
    )
    facts = {
        "dataset": {"name": "set", "train": 30, "held_out": 24},
        "settings": {"steps": None, "budget_seconds": 300.0, "seeds": [0], "size": 64, "plane": [],
                     "trainings": {"fast<gan>": {"model": "fastgan", "options": {"width": 4}, "augment": []}}},
        "versions": {"medcurate": "0.1.0"},
    }  # fmt: skip
    result = CompareResult(rows, summarize(rows), "Take none.", ("a note",), facts)
    page = write_page(tmp_path, result, [curves_figure(rows, 1.0)]).read_text("utf-8")
    assert "fast&lt;gan&gt;" in page
    assert "fast<gan>" not in page
    assert "copies of training images (1 of 1)" in page
    assert "300 s of processor time" in page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "src=" not in page
