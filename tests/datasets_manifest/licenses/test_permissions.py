"""The four uses that people ask about."""

from __future__ import annotations

import datetime as dt

import pytest

from medcurate.datasets_manifest.cards.card import load
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.datasets_manifest.licenses.license_source import Source, source_of, what_if

USES = ("redistribute_ok", "derivatives_ok", "commercial_ok", "model_release_ok")


def answers(*sources):
    verdict = decide(sources, today=dt.date(2026, 11, 21))
    assert tuple(verdict.permissions) == USES
    assert all(permission.reason for permission in verdict.permissions.values())
    return " ".join(permission.answer for permission in verdict.permissions.values())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["figshare-1512427"], "yes yes yes yes"),
        (["figshare-1512427", "kaggle-3m"], "yes yes no yes"),
        (["figshare-1512427", "navoneel"], "no unknown unknown no"),
        (["figshare-1512427", "oasis"], "no unknown unknown no"),
        (["nickparvar"], "unknown unknown unknown unknown"),
        (["sartaj"], "yes yes yes unknown"),
        (["kaggle-3m", "sartaj"], "yes yes no unknown"),
        (["ixi", "kaggle-3m"], "yes yes no no"),
        (["brats-2018"], "no unknown unknown no"),
    ],
)
def test_of_known_datasets(names, expected):
    assert answers(*(source_of(load(name)) for name in names)) == expected


@pytest.mark.parametrize(
    ("license_", "expected"),
    [
        ("CC0-1.0", "yes yes yes yes"),
        ("CC-BY-NC-4.0", "yes yes no yes"),
        ("CC-BY-NC-ND-4.0", "no no no no"),
        ("NOASSERTION", "no unknown unknown no"),
    ],
)
def test_of_a_license_alone(license_, expected):
    assert answers(what_if(license_)) == expected


def test_a_refused_model_is_refused():
    assert answers(Source("mine", "CC0-1.0", model_release_ok="no")) == "yes yes yes no"
