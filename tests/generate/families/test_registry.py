"""Options of families: checked, completed, and named when they are wrong."""

from __future__ import annotations

import json

import pytest

from medcurate.errors import UsageError
from medcurate.generate.families.registry import FAMILIES, as_options, configure
from tests.generate.toy_families.registration import TOYS


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    for name, place in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, place)


def test_options_are_checked_and_completed():
    found = configure("dcgan", {"width": "16", "learning_rate": "0.001", "spectral_norm": "true", "loss": "hinge"})
    assert (found.width, found.learning_rate, found.spectral_norm, found.loss) == (16, 0.001, True, "hinge")
    assert configure("dcgan", as_options(found)) == found


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("toy-vae", "prior_mean", -1.2),
        ("toy-extra-dimensions", "P_mean", -1.2),
        ("toy-diffusion", "channels", (1, 2, 4)),
    ],
)
def test_options_may_be_negative_or_tuples(name, option, value):
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    found = configure(name, {option: text})
    assert getattr(found, option) == value
    assert configure(name, json.loads(json.dumps(as_options(found)))) == found


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("dcgan", {"widht": 3}, "Did you mean width"),
        ("dcgan", {"width": "wide"}, "expected a whole number, 1 or more"),
        ("dcgan", {"width": 1.5}, "expected a whole number"),
        ("dcgan", {"width": 0}, "1 or more"),
        ("dcgan", {"loss": "mse"}, "bce or hinge or lsgan"),
        ("dcgan", {"dropout": 1.0}, "expected a number, 0 or more and below 1"),
        ("dcgan", {"spectral_norm": "perhaps"}, "true or false"),
        ("wgan-gp", {"penalty": -1}, "0 or more"),
        ("wgan-gp", {"penalty": "nan"}, "0 or more"),
        ("toy-vae", {"prior_mean": "inf"}, "expected a number, received 'inf'"),
        ("toy-diffusion", {"channels": "1,wide"}, "values with commas between them, each a whole number"),
        ("toy-diffusion", {"channels": []}, "values with commas between them"),
        ("gan", {}, f"one of {', '.join(FAMILIES)}"),
    ],
)
def test_wrong_options_are_named(name, options, message):
    with pytest.raises(UsageError, match=message):
        configure(name, options)
