"""A whole comparison of tiny trainings, twice: what it writes, and what it takes again."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from medcurate.compare import baseline_rows, comparison
from medcurate.compare.comparison import compare
from medcurate.compare.rows import Row
from medcurate.compare.settings import CompareSettings
from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.fidelity import compared
from medcurate.generate.families.registry import FAMILIES
from tests.compare.conftest import tiny

SETTINGS = CompareSettings(models=("dcgan",), steps=3, seeds=2, size=32, batch=4, augment=(), condition=("tumor",))


@pytest.fixture
def no_phantoms(monkeypatch):
    def refuse(*given):
        raise MissingExtra(("nilearn",), extra="demo", purpose="The template")

    monkeypatch.setattr(baseline_rows, "phantom_images", refuse)


@pytest.fixture
def quick_parts(monkeypatch):
    """Measure with two parts, and few divisions of the real images; without mosaics."""
    monkeypatch.delitem(FAMILIES, "mosaic", raising=False)
    monkeypatch.setattr(compared, "redivide", partial(compared.redivide, draws=4))
    for module in (comparison, baseline_rows):
        monkeypatch.setattr(module, "ALL", ("copies", "fidelity"))
    monkeypatch.setattr(baseline_rows, "FIDELITY", ("fidelity",))


@pytest.mark.slow
def test_a_whole_comparison_and_one_more_seed(discs, tmp_path, in_process, no_phantoms, quick_parts):
    compare(discs, tmp_path, replace(SETTINGS, seeds=1), trainings={"tiny": tiny()}, progress=False)
    assert [name.rsplit("-", 1)[0] for name in in_process] == ["tiny-0"]
    in_process.clear()
    result = compare(discs, tmp_path, SETTINGS, trainings={"tiny": tiny()}, progress=False)
    assert [name.rsplit("-", 1)[0] for name in in_process] == ["tiny-1"]
    told = json.loads((tmp_path / "compare.json").read_bytes())
    rows = [row for row in told["rows"] if row["model"] == "tiny"]
    assert [row["seed"] for row in rows] == [0, 1]
    for row in rows:
        assert row["steps"] == 3
        assert row["ratio"] == pytest.approx(row["frechet_distance"] / row["floor"])
        assert row["ratio"] > 3  # noise is no disc
        assert row["curve"][-1][1] == pytest.approx(row["frechet_distance"])
        assert row["copies"] == 0
    real = next(row for row in told["rows"] if row["model"] == "real training images")
    assert real["ratio"] < 3
    assert told["dataset"] == {"name": discs.name, "train": 30, "held_out": 24}
    assert any("no row for phantoms: The template needs nilearn" in note for note in result.notes)
    assert "nothing to choose from but tiny" in result.advice
    assert (tmp_path / "report.html").read_text("utf-8").count("<figure") == 2


def test_the_row_of_real_images_gets_the_labels_of_held_out_ones():
    rows = [
        Row("a", "model", 0, {"label_agreement": 0.4}, {"label_agreement": 0.8}),
        Row("real training images", "baseline", 0, {"label_agreement": 1.0}),
    ]
    assert [row.values["label_agreement"] for row in comparison._with_real_labels(rows)] == [0.4, 0.8]


def test_trainings_of_other_images_are_refused(discs, tmp_path):
    with pytest.raises(UsageError, match=r"tiny: expected the size of the comparison, 32, received 64"):
        compare(discs, tmp_path, SETTINGS, trainings={"tiny": tiny(size=64)})
    with pytest.raises(UsageError, match="trainings: expected one or more"):
        compare(discs, tmp_path, SETTINGS, trainings={})


def test_if_every_training_fails_its_error_is_told(discs, tmp_path, monkeypatch):
    def refuse(folder, advance):
        raise UsageError("it does not fit")

    monkeypatch.setattr("medcurate.compare.trainings._run", refuse)
    with pytest.raises(UsageError, match="it does not fit"):
        compare(discs, tmp_path, SETTINGS, trainings={"tiny": tiny()}, progress=False)
