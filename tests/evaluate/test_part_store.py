"""A finished part comes back as it was, and only for the same data and settings."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path

from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.part_store import FILE, Finished, keep, kept, settings_record
from medcurate.results import Enough, Figure, Metric, Verdict

FLOOR = Metric("a/b", 0.5, (0.25, 0.75), 3)
PART = Part(
    metrics=(
        Metric("a/b", 0.1 + 0.2, (-math.inf, 1 / 3), 7, {"k": [1, 2], "why": "ünï"}, FLOOR, "near", "mm"),
        Metric("a/c", math.nan, None, 0),
    ),
    verdicts=(
        Verdict("a", "caution", "Look.", ("a/b",)),
        Verdict("a", "too_few", "Few.", ("a/c",), "0 %.", Enough(300, None, "measured")),
    ),
    figures=(Figure("a/f", "T", "C", bytes(range(256)), "png"),),
    notes=("n",),
)


def test_what_is_kept_comes_back_to_the_last_bit(tmp_path):
    keep(tmp_path, "a", "key", Finished(PART, 1.5))
    back = kept(tmp_path, "a", "key")
    assert repr(back) == repr(Finished(PART, 1.5))  # NaN is not equal to itself


def test_another_key_or_nothing_kept_is_none(tmp_path):
    assert kept(tmp_path, "a", "key") is None
    keep(tmp_path, "a", "key", Finished(PART, 1.0))
    assert kept(tmp_path, "a", "other") is None
    assert kept(tmp_path, "b", "key") is None


def test_a_torn_or_damaged_file_is_measured_anew(tmp_path):
    keep(tmp_path, "b", "key", Finished(PART, 1.0))
    keep(tmp_path, "a", "key", Finished(PART, 1.0))
    path = tmp_path / ".medcurate" / FILE
    whole = path.read_bytes()
    for content in (whole[:-20], whole[:-20] + bytes(20), whole[:-1]):
        path.write_bytes(content)
        assert kept(tmp_path, "a", "key") is None
        assert repr(kept(tmp_path, "b", "key")) == repr(Finished(PART, 1.0))
    for content in (b"", b"{}", b"\xff"):
        path.write_bytes(content)
        assert kept(tmp_path, "b", "key") is None
    keep(tmp_path, "a", "key", Finished(PART, 1.0))
    assert kept(tmp_path, "a", "key") is not None


def test_a_part_that_is_measured_anew_takes_the_place_of_the_old_one(tmp_path):
    keep(tmp_path, "a", "key", Finished(PART, 1.0))
    size = (tmp_path / ".medcurate" / FILE).stat().st_size
    for key in ("1", "2", "3"):
        keep(tmp_path, "a", f"ke{key}", Finished(PART, 1.0))
    assert (tmp_path / ".medcurate" / FILE).stat().st_size == size
    assert kept(tmp_path, "a", "key") is None


def test_looking_makes_nothing(tmp_path):
    assert kept(tmp_path / "out", "a", "key") is None
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Settings:
    encoder: str = "classical"
    pairs: Path | None = None
    doses: tuple[float, ...] = (0.5, 1.0)


def test_settings_become_json():
    assert settings_record(Settings()) == {"encoder": "classical", "pairs": None, "doses": [0.5, 1.0]}
    assert settings_record(Settings(encoder="inception:download"))["encoder"] == "inception:download"


def test_of_a_file_its_content_counts_and_its_place_is_not_told(tmp_path):
    model, pairs = tmp_path / "model.keras", tmp_path / "pairs.csv"
    model.write_bytes(b"one")
    pairs.write_bytes(b"real,synthetic\n")
    settings = Settings(f"keras:{model}@0..1", pairs)
    before = settings_record(settings)
    assert (before["encoder"], before["pairs"]) == ("keras:model.keras@0..1", "pairs.csv")
    assert str(tmp_path) not in json.dumps(before)
    model.write_bytes(b"two")
    after = settings_record(settings)
    assert {name for name in before if before[name] != after[name]} == {"encoder_sha256"}
    assert settings_record(dataclasses.replace(settings, pairs=None))["pairs"] is None
