"""What is read from a scan, and who decides a plane."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.labels.labels_file import Label, LabelBook
from medcurate.curate.planes.table import EVIDENCE, NONE, PLANES, choose, decide, read_table


def book(**planes: str) -> LabelBook:
    return LabelBook([Label(2, None, path.lstrip("_"), None, plane) for path, plane in planes.items()])


def test_no_parts_no_rows() -> None:
    table = read_table([], LabelBook())
    assert len(table.shown) == 0
    assert len(decide(table, np.zeros((0, 4)), 0.5).plane) == 0


def test_masks_and_dropped_rows_are_not_shown_but_blank_frames_are(part) -> None:
    blank = {"status": "dropped", "reason": "CONSTANT"}
    table = read_table([part({}, {"kind": "mask"}, blank, {"status": "dropped", "reason": "LABEL_CONFLICT"})], book())
    assert table.shown.tolist() == [True, False, True, False]
    assert table.described.tolist() == [True, False, False, False]


def test_only_headers_count_as_headers(part, header) -> None:
    rows = [header("coronal"), {"plane": "axial", "plane_evidence": "classifier"}, header("unknown"), {}]
    table = read_table([part(*rows[:2]), part(*rows[2:], first=2)], book())
    assert table.header.tolist() == [1, NONE, NONE, NONE]
    assert table.undecided.tolist() == [False, True, True, True]


def test_a_series_with_a_header_does_not_vote(part, header) -> None:
    rows = [header("axial", series_id="a"), {"series_id": "a"}, {"series_id": "b"}, {"series_id": "b"}, {}]
    table = read_table([part(*rows)], book())
    assert table.series[0] == table.series[1] == table.series[4] == NONE
    assert table.series[2] == table.series[3] != NONE


def test_copies_share_a_label_unless_they_were_labeled_differently(part) -> None:
    same = {"image_id": "00000000000000ff"}
    table = read_table([part(same, same, {}), part(same, first=3)], book(_0="axial"))
    assert table.label.tolist() == [0, 0, NONE, 0]
    table = read_table([part(same, same, {}), part(same, first=3)], book(_0="axial", _1="other"))
    assert table.label.tolist() == [0, 3, NONE, NONE]


def test_label_then_header_then_series_then_classifier(part, header) -> None:
    rows = [header("axial"), header("axial"), {"series_id": "a"}, {"series_id": "a"}, {}]
    table = read_table([part(*rows)], book(_0="sagittal"))
    answers = np.tile([0.1, 0.7, 0.1, 0.1], (5, 1))
    decisions = decide(table, answers, 0.5)
    assert [PLANES[code] for code in decisions.plane] == ["sagittal", "axial", "coronal", "coronal", "coronal"]
    assert [EVIDENCE[code] for code in decisions.evidence] == ["label", "header", "series", "series", "classifier"]
    assert decisions.confidence[:2].tolist() == [1.0, 0.75]
    assert decisions.confidence[4] == 0.7
    assert 0.7 < decisions.confidence[2] == decisions.confidence[3] < 1


def test_bad_input_16_an_oblique_header_keeps_its_plane_and_low_confidence(part, header) -> None:
    decisions = decide(read_table([part(header("axial", plane_confidence=0.55))], book()), np.zeros((1, 4)), 0.9)
    assert PLANES[decisions.plane[0]] == "axial"
    assert decisions.confidence[0] == pytest.approx(0.55)


def test_a_labeled_member_speaks_for_its_series(part) -> None:
    rows = [{"series_id": "a"} for _ in range(3)]
    answers = np.tile([0.45, 0.45, 0.05, 0.05], (3, 1))
    decisions = decide(read_table([part(*rows)], book(_0="coronal")), answers, 0.5)
    assert [PLANES[code] for code in decisions.plane] == ["coronal"] * 3
    assert [EVIDENCE[code] for code in decisions.evidence] == ["label", "series", "series"]


@pytest.mark.parametrize(
    ("probabilities", "minimum", "plane", "confidence"),
    [
        ([0.6, 0.2, 0.1, 0.1], 0.5, "axial", 0.6),
        ([0.6, 0.2, 0.1, 0.1], 0.6, "axial", 0.6),
        ([0.6, 0.2, 0.1, 0.1], 0.61, "unknown", 0.6),
        ([0.1, 0.2, 0.3, 0.4], 0.0, "unknown", 0.3),
        ([0.1, 0.1, 0.4, 0.4], 0.0, "unknown", 0.4),
        ([0.0, 0.0, 0.0, 1.0], 0.0, "unknown", 0.0),
        ([0.1, 0.5, 0.3, 0.1], 0.0, "coronal", 0.5),
    ],
)
def test_abstention(probabilities: list[float], minimum: float, plane: str, confidence: float) -> None:
    code, certainty = choose(np.array([probabilities]), minimum)
    assert PLANES[code[0]] == plane
    assert certainty[0] == confidence
