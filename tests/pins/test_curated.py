"""What the commands from `sort-planes` to `evaluate` make of one messy folder stays the same.

README.md says how far numbers may differ, and what was measured for it.
"""

from __future__ import annotations

import json

import pytest

from tests.pins import curated
from tests.pins.differences import differences
from tests.pins.renew import EXPECTED

CONFIDENCE = {"relative": 0.0, "absolute": 2e-3}
FACTS = {"relative": 1e-5, "absolute": 1e-6}
METRICS = {"relative": 1e-4, "absolute": 1e-5}
NIQE = {"relative": 2e-2, "absolute": 0.0}  # fitted to 32-pixel images, it turns rounding into a part in a hundred


def expected(name):
    return json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["planes", "duplicates"])
def test_tables(curation, name):
    stored, found = (curated.read_csv(folder / f"{name}.csv") for folder in (EXPECTED, curation / "scan"))
    assert len(stored) > 10
    assert differences(stored, found, **CONFIDENCE) == []


@pytest.mark.parametrize("name", ["catalogue", "dataset"])
def test_rows(curation, name):
    stored = expected(name)
    if name == "catalogue":
        found = curated.read_catalogue(curation / "scan" / "catalogue.parquet")
    else:
        found = curated.read_dataset(curation / "dataset")
    assert found.keys() == stored.keys()
    confidence = [{key: row.pop("plane_confidence", None) for key, row in rows.items()} for rows in (stored, found)]
    assert differences(*confidence, **CONFIDENCE) == []
    assert differences(stored, found, **FACTS) == []


def test_paths(curation):
    assert curated.read_paths(curation / "dataset") == expected("dataset_paths")


def test_metrics(curation):
    stored, found = expected("metrics"), curated.read_metrics(curation / "report")
    assert len(stored["metrics"]) > 30
    fits = [{name: some["metrics"].pop(name) for name in ("anatomy/niqe", "paired/niqe")} for some in (stored, found)]
    assert differences(*fits, **NIQE) == []
    assert differences(stored, found, **METRICS) == []
