"""Who comes on a sheet, and what is proposed for labeling."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.labels.labels_file import Label, LabelBook
from medcurate.curate.planes.table import decide, read_table
from medcurate.curate.review import review_folder
from medcurate.curate.review.review_folder import least_confident, suggested, worth_labeling


def test_sheets_hold_each_image_once_least_confident_first(part, header, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_folder, "MAX_TILES", 3)
    same = {"image_id": "00000000000000ff"}
    parts = [part({}, same, same, {"kind": "mask"}, header("axial", plane_confidence=0.9), {}, {})]
    table = read_table(parts, LabelBook())
    axial = np.array([0.9, 0.6, 0.6, 0.9, 0.9, 0.55, 0.4])
    answers = np.stack([axial, *[(1 - axial) / 3] * 3], axis=1)
    sheets = least_confident(table, decide(table, answers, 0.5))
    assert {plane: rows.tolist() for plane, rows in sheets.items()} == {
        "axial": [5, 1, 0], "coronal": [], "sagittal": [], "unknown": [6]
    }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_proposals_are_undecided_and_no_copies_of_what_is_decided(part, header, seed: int) -> None:
    same = {"image_id": "00000000000000ff"}
    constant = {"status": "dropped", "reason": "CONSTANT"}
    parts = [part({}, same, header("axial"), {"kind": "mask"}, constant, {}), part({}, {}, same, first=6)]
    table = read_table(parts, LabelBook([Label(2, None, "1", None, "axial")]))
    decisions = decide(table, np.tile([0.4, 0.3, 0.2, 0.1], (9, 1)), 0.5)
    for n in range(6):
        rows = worth_labeling(parts, table, decisions, n, seed)
        assert set(rows.tolist()) <= {0, 5, 6, 7}
        assert len(rows) == min(n, 4)


def test_nothing_to_propose(part, header) -> None:
    parts = [part(header("axial"))]
    table = read_table(parts, LabelBook())
    assert len(worth_labeling(parts, table, decide(table, np.zeros((1, 4)), 0.5), 60, 0)) == 0


def test_the_suggestion_is_the_likeliest_even_below_the_threshold(part) -> None:
    parts = [part({}, {})]
    answers = np.array([[0.1, 0.45, 0.3, 0.15], [0.1, 0.2, 0.3, 0.4]])
    decisions = decide(read_table(parts, LabelBook()), answers, 0.9)
    assert [suggested(row, decisions) for row in (0, 1)] == ["coronal", "unknown"]
