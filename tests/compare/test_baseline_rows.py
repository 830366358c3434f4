"""The rows that need no training: made once, kept, and told where they cannot be made."""

from __future__ import annotations

import numpy as np

from medcurate.compare import baseline_rows
from medcurate.compare.baseline_rows import BaselineRows
from medcurate.compare.material import open_material
from medcurate.compare.measuring import Measured, Measuring
from medcurate.compare.rows import Row
from medcurate.compare.settings import CompareSettings
from medcurate.errors import MissingExtra

SETTINGS = CompareSettings(models=("dcgan",), seeds=2, size=32, condition=("tumor",))


def rows_of(discs, out, monkeypatch, phantom_images):
    measuring = Measuring.of(open_material(discs, condition=("tumor",)), 32)
    seen = []

    def measure(self, images, home, names, **more):
        seen.append((len(images), home.name.rsplit("-", 1)[0], names))
        return Measured({"ratio": 1.0}, {}, (), ())

    monkeypatch.setattr(Measuring, "measure", measure)
    monkeypatch.setattr(baseline_rows, "phantom_images", phantom_images)
    given = BaselineRows(out, SETTINGS, measuring, downstream=False)
    found = list(given.rows())
    assert len(found) == given.count
    return found, seen


def test_each_seed_has_a_row_and_phantoms_one(discs, tmp_path, monkeypatch):
    made = []

    def phantoms(material, train, size, seed):
        made.append(seed)
        return np.zeros((24, 32, 32), np.uint8)

    for _ in range(2):  # the second time everything is kept
        found, seen = rows_of(discs, tmp_path, monkeypatch, phantoms)
        names = [one.model for one in found if isinstance(one, Row)]
        assert names == ["real training images"] * 2 + ["augmented training images"] * 2 + ["phantoms"]
        assert [number for number, _, _ in seen] == [15, 15, 24, 24, 24]
        assert [name for _, name, _ in seen] == ["real-0", "real-1", "augmented-0", "augmented-1", "phantoms-0"]
        assert seen[0][2] == ("fidelity", "two_sample")
    assert made == [0]
    assert len(list((tmp_path / "baselines").rglob("*.png"))) == 3 * 24  # no real image is copied


def test_phantoms_without_their_template_become_a_note(discs, tmp_path, monkeypatch):
    def refuse(*given):
        raise MissingExtra(("nilearn",), extra="demo", purpose="The template")

    found, _ = rows_of(discs, tmp_path, monkeypatch, refuse)
    assert "There is no row for phantoms: The template needs nilearn" in found[-1]
