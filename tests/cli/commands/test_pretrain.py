"""``medcurate pretrain``: options to settings, and its summary; the training is a stand-in."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import medcurate.generate.pretraining as module


@pytest.fixture
def asked(monkeypatch):
    """What `pretrain` was called with."""
    calls = []

    def pretrain(cache, heads, out, settings, **given):
        calls.append((cache, heads, out, settings, given))
        Path(out).write_bytes(b"weights")
        training = SimpleNamespace(
            parameters={"generator": 5},
            steps=settings.steps,
            seconds=1.25,
            stopped="",
            notes=("a note",),
            run=Path("r"),
        )
        weights = SimpleNamespace(path=Path(out), sha256="ab", facts={"heads": heads}, family=settings.model)
        return SimpleNamespace(weights=weights, training=training, slices=24)

    monkeypatch.setattr(module, "pretrain", pretrain)
    return calls


def test_options_become_settings_and_the_summary_has_its_keys(medcurate, tmp_path, asked):
    out = tmp_path / "first.npz"
    result = medcurate(
        *("pretrain", "--model", "dcgan", "--size", "32", "--steps", "7", "--heads", "8", "--set", "width=4"),
        *("--batch", "2", "--seed", "3", "--workers", "0", "--out", out, "--json"),
    )
    assert result.code == 0
    cache, heads, path, settings, given = asked[0]
    assert (heads, path, cache.seed, cache.folder) == (8, out, 3, tmp_path / "first.npz.phantoms")
    assert (settings.model, settings.size, settings.steps, settings.batch, settings.seed) == ("dcgan", 32, 7, 2, 3)
    assert settings.options["width"] == 4
    assert given["workers"] == 0
    found = json.loads(result.out)
    expected = {"model": "dcgan", "parameters": {"generator": 5}, "seconds": 1.2, "steps": 7, "out": str(out)}
    assert expected.items() <= found.items()
    assert (found["sha256"], found["slices"], found["bytes"], found["notes"]) == ("ab", 24, 7, ["a note"])


def test_the_table_names_the_next_command(medcurate, tmp_path, asked):
    result = medcurate("pretrain", "--out", tmp_path / "first.npz", "--cache", tmp_path / "heads")
    assert f"--init {tmp_path / 'first.npz'}" in result.out.replace("\n", "")
    assert asked[0][0].folder == tmp_path / "heads"
    assert asked[0][1] == 600


def test_a_dry_run_writes_nothing(medcurate, tmp_path):
    out = tmp_path / "first.npz"
    result = medcurate(
        "pretrain", "--model", "dcgan", "--set", "width=4", "--size", "32", "--out", out, "--dry-run", "--json"
    )
    found = json.loads(result.out)
    assert (found["dry_run"], found["heads"], found["heads_there"], found["out"]) == (True, 600, 0, str(out))
    assert set(found["parameters"]) == {"generator", "discriminator"}
    assert list(tmp_path.iterdir()) == []


def test_a_size_that_phantoms_cannot_have_is_a_usage_error(medcurate, tmp_path):
    result = medcurate("pretrain", "--size", "256", "--out", tmp_path / "first.npz")
    assert result.code == 2
    assert "phantoms have 128 pixels at most" in result.err
