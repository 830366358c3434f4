"""`medcurate audit-labels` hands its options on and prints what came out."""

from __future__ import annotations

import json
import sys
import types

import pytest

RESULT = types.SimpleNamespace(
    audited=9,
    unreadable=1,
    dropped=0,
    classes=("glioma", "none"),
    given={"glioma": 5, "none": 4},
    flagged={"glioma": 2, "none": 0},
    confusion={("glioma", "none"): 2, ("none", "glioma"): 0},
    estimated={("glioma", "none"): 1.5, ("none", "glioma"): 0.0},
)


@pytest.fixture
def calls(monkeypatch):
    calls = []

    def audit_labels(folder, **options):
        calls.append(("audit", folder, options))
        return RESULT

    def undo_audit(folder):
        calls.append(("undo", folder))
        return 3

    module = types.SimpleNamespace(audit_labels=audit_labels, undo_audit=undo_audit)
    monkeypatch.setitem(sys.modules, "medcurate.curate.label_audit", module)
    return calls


def test_options_reach_the_function(medcurate, calls, tmp_path):
    table = tmp_path / "types.csv"
    table.write_text("path,tumor\n")
    result = medcurate(
        *("audit-labels", tmp_path, "--tumor-labels", table, "--drop-suspects", "--seed", 5),
        *("--timeout", 3, "--workers", 2, "--quiet"),
    )
    assert (result.code, result.out) == (0, "")
    [(_, folder, options)] = calls
    assert folder == tmp_path
    assert options == {
        "tumor_labels": table,
        "drop_suspects": True,
        "seed": 5,
        "workers": 2,
        "timeout_s": 3.0,
        "progress": False,
    }


def test_json_is_one_object(medcurate, calls, tmp_path):
    found = json.loads(medcurate("audit-labels", tmp_path, "--json").out)
    assert (found["audited"], found["flagged"], found["unreadable"], found["dropped"]) == (9, 2, 1, 0)
    assert found["by_tumor"]["glioma"] == {
        "images": 5,
        "flagged": 2,
        "suggested": {"none": 2},
        "estimated_wrong": {"none": 1.5},
    }
    assert found["out"] == str(tmp_path)


def test_people_are_told_what_to_look_at(medcurate, calls, tmp_path):
    out = medcurate("audit-labels", tmp_path).out
    assert "9 images audited, 2 flagged" in out
    assert "label_audit.jpg" in out
    assert "1 images that can no longer be read" in out
    assert "--drop-suspects" in out


def test_undo(medcurate, calls, tmp_path):
    assert json.loads(medcurate("audit-labels", tmp_path, "--undo", "--json").out)["restored"] == 3
    assert "3 rows are kept again" in medcurate("audit-labels", tmp_path, "--undo").out
    assert calls == [("undo", tmp_path)] * 2


def test_a_folder_that_is_not_there_is_2(medcurate, calls, tmp_path):
    assert medcurate("audit-labels", tmp_path / "none").code == 2
    assert calls == []
