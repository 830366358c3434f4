"""Use on one's own machine is stopped by expired access and unreadable terms, and by nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from medcurate.datasets_manifest import load, names, source_of, write_manifest
from medcurate.datasets_manifest.internal_use import as_verdict, check_use, sources_of
from medcurate.datasets_manifest.licenses.inheritance import training_sources
from medcurate.datasets_manifest.licenses.license_source import Source
from medcurate.errors import PolicyError, UsageError
from tests.datasets_manifest.made_dataset import TWO, make, row, two_sources

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize("name", names())
def test_every_known_dataset_may_be_used_while_access_lasts(name):
    assert check_use([source_of(load(name))], what="generate", today=TODAY).granted


@pytest.mark.parametrize("license_", [None, "NOASSERTION", "CC-BY-ND-4.0", "LicenseRef-my-agreement", "CC-BY-NC-4.0"])
def test_what_must_not_be_shared_may_be_used(license_):
    assert check_use([Source("x", license_)], what="generate", today=TODAY).granted


def test_expired_access_stops(tmp_path):
    source = Source("hospital", "LicenseRef-agreement", access_expires=TODAY)
    assert check_use([source], what="generate", today=TODAY).granted
    with pytest.raises(PolicyError, match=r"generate stopped .*L12 hospital: access expired on 2026-11-21"):
        check_use([source], what="generate", today=TODAY + dt.timedelta(days=1))
    assert PolicyError.exit_code == 5


def test_terms_that_nobody_can_read_stop():
    with pytest.raises(PolicyError, match="L1 x"):
        check_use([Source("x", "")], what="generate", today=TODAY)


def test_sources_survive_their_verdict(tmp_path):
    sources = [replace(source_of(load(name)), access_expires=TODAY) for name in names()]
    (tmp_path / "verdict.json").write_bytes(as_verdict(sources))
    assert list(training_sources("verdict.json", tmp_path)) == sources


def test_with_and_without_a_manifest_the_sources_are_the_same(tmp_path):
    folder = make(tmp_path, two_sources(), TWO)
    before = sources_of(folder)
    write_manifest(folder)
    assert sources_of(folder) == before


@pytest.mark.parametrize("content", ["{", "[]", '{"sources": []}'])
def test_a_damaged_verdict_is_named(tmp_path, content):
    folder = make(tmp_path, [row("x", 1)])
    (folder / "verdict.json").write_text(content)
    with pytest.raises(UsageError, match=r"verdict\.json"):
        sources_of(folder)


def test_a_verdict_that_names_nothing_leaves_all_unknown(tmp_path):
    folder = make(tmp_path, [row("x", 1)])
    (folder / "verdict.json").write_text('{"sources": [3]}')
    assert [(source.name, source.license) for source in sources_of(folder)] == [("x", None)]


@pytest.mark.parametrize(("license_", "outcome"), [("CC-BY-SA-3.0", "share"), ("CC0-1.0", "local")])
def test_rows_of_generated_images_may_repeat_what_they_inherit(tmp_path, license_, outcome):
    write_manifest(make(tmp_path / "real", [row("real", n) for n in range(4)], '[sources.real]\ncard = "ixi"\n'))
    rows = [row("gan", n, origin="synthetic", license=license_) for n in range(3)]
    folder = make(tmp_path / "fake", rows, '[sources.gan]\nderived_from = "../real"\n')
    verdict = write_manifest(folder).verdict
    assert verdict.outcome == outcome
    assert ("CONFLICT" in verdict.flags) == (outcome == "local")
