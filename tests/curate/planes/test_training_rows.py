"""What is learned from does not grow with the input, and volumes answer once."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.labels.labels_file import Label, LabelBook
from medcurate.curate.planes import training_rows as rows_module
from medcurate.curate.planes.table import read_table
from medcurate.curate.planes.training_rows import pool, predict, training_rows


class Echo:
    """Answers with the row number, to see which line went where."""

    def predict_proba(self, X):
        return np.stack([X[:, 0], X[:, 1], X[:, 1], X[:, 1]], axis=1) / (X[:, :1] + 3)


def test_labels_headers_and_a_sample_of_the_rest(part, header, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MAX_UNLABELED", 3)
    parts = [part(*[header("axial")] * 4, header("coronal"), {"kind": "mask"}), part(*[{}] * 6, first=6)]
    table = read_table(parts, LabelBook([Label(2, None, "7", None, "other"), Label(3, None, "0", None, "sagittal")]))
    known = training_rows(parts, table, limit=2)
    assert sorted(zip(known.labeled[:, 0].tolist(), known.planes.tolist(), strict=True)) == [
        (0, 2), (1, 0), (2, 0), (4, 1), (7, 3)
    ]  # fmt: skip
    assert known.unlabeled[:, 0].tolist() == [6, 8, 9]


def test_copies_count_once(part) -> None:
    same = {"image_id": "00000000000000ff"}
    parts = [part(same, same, {})]
    assert len(training_rows(parts, read_table(parts, LabelBook())).unlabeled) == 2


@pytest.mark.parametrize("chunk", [1, 2, 1024])
def test_answers_come_to_their_rows_however_they_are_cut(part, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(rows_module, "CHUNK", chunk)
    parts = [part({}, {"kind": "mask"}, {}), part({}, {}, first=3)]
    wanted = np.array([True, True, False, True, True])
    answers = predict(parts, wanted, Echo())
    assert answers.sum(axis=1) == pytest.approx(1)
    rows = np.array([0, 3, 4])
    assert answers[rows, 0] == pytest.approx(rows / (rows + 3))
    assert answers[1].tolist() == answers[2].tolist() == [0, 0, 0, 1]


def test_slices_of_a_volume_answer_once() -> None:
    said = np.array([[0.7, 0.1, 0.1, 0.1], [0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1]])
    answer, rows = pool(said, np.array([4, 4, 9]))
    assert rows.tolist() == [4, 9]
    assert answer.sum(axis=1) == pytest.approx(1)
    assert answer[0].argmax() == 0
    assert answer[1].tolist() == said[2].tolist()


def test_slices_that_contradict_one_another_give_their_mean() -> None:
    said = np.array([[0.97, 0.01, 0.01, 0.01], [0.01, 0.97, 0.01, 0.01]])
    assert pool(said, np.array([0, 0]))[0].tolist() == [pytest.approx([0.49, 0.49, 0.01, 0.01])]


def test_the_users_labels_come_before_headers_and_the_middle_of_a_volume_before_its_ends(part, header) -> None:
    made = part(header("axial", kind="volume"), header("axial"), header("axial"))
    made.feature_row = np.array([0, 0, 0, 0, 0, 1, 2])
    made.features = np.stack([np.arange(7), np.ones(7)], axis=1).astype(np.float16)
    table = read_table([made], LabelBook([Label(2, None, "2", None, "axial")]))
    for limit, lines in ((1, [6]), (2, [2, 6]), (3, [2, 5, 6]), (5, [1, 2, 3, 5, 6]), (99, [0, 1, 2, 3, 4, 5, 6])):
        known = training_rows([made], table, limit=limit)
        assert sorted(known.labeled[:, 0].tolist()) == lines
        assert set(known.planes.tolist()) == {0}


def test_an_unlabeled_volume_counts_once(part) -> None:
    made = part({"kind": "volume"}, {})
    made.feature_row = np.array([0, 0, 0, 1])
    made.features = np.stack([np.arange(4), np.ones(4)], axis=1).astype(np.float16)
    assert training_rows([made], read_table([made], LabelBook())).unlabeled[:, 0].tolist() == [1, 3]
