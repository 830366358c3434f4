"""What parts need of optional packages is known before they run, and all that is missing is told at once."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import medcurate.evaluate
from medcurate.errors import MissingExtra
from medcurate.evaluate.parts import PARTS, chosen
from medcurate.evaluate.requirements import can_run, check_installed, requirements_of

BY_NAME = {kind.name: kind for kind in PARTS}


def missing(monkeypatch, *modules):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def packages(name, **options):
    kind = BY_NAME[name]
    return {one.package for one in requirements_of(kind, kind.settings(**options))}


def test_what_each_part_needs_depends_on_its_settings():
    assert packages("copies") == set()
    assert packages("overlap") == {"matplotlib", "umap-learn"}
    assert packages("two_sample") == set()
    assert packages("fidelity", encoder="radiomics") == {"matplotlib", "scikit-image"}
    assert packages("two_sample", encoder="inception:weights.h5") == {"keras", "tensorflow"}
    assert packages("downstream", models=("classic", "cnn")) == {"matplotlib", "keras", "tensorflow"}


def test_networks_need_jax_where_keras_runs_on_it(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert packages("dice") == {"matplotlib", "keras", "jax"}


def test_every_part_that_draws_says_that_it_needs_matplotlib():
    for kind in PARTS:
        folder = Path(medcurate.evaluate.__file__).parent / kind.name
        names = {
            alias.name
            for path in folder.glob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "medcurate.evaluate.charts"
            for alias in node.names
        }
        draws = bool(names - {"gallery_figure"})  # a gallery is made without it
        assert ("matplotlib" in packages(kind.name)) >= draws, kind.name


def test_all_that_is_missing_of_what_was_asked_for_is_one_error(monkeypatch):
    missing(monkeypatch, "umap", "keras", "skimage")
    options = {"encoder": "radiomics", "models": ("cnn",)}
    with pytest.raises(MissingExtra) as caught:
        check_installed(chosen(["umap", "downstream"]), options, asked=True)
    assert set(caught.value.packages) == {"umap-learn", "keras", "scikit-image"}
    assert "(overlap, two_sample, downstream)" in str(caught.value)
    assert "pip install 'medcurate[evaluate,train]'" in str(caught.value)


def test_parts_that_nobody_asked_for_are_listed_and_options_are_asked_for(monkeypatch):
    missing(monkeypatch, "umap", "keras")
    assert set(check_installed(PARTS, {}, asked=False)) == {"overlap", "dice"}
    with pytest.raises(MissingExtra, match=r"downstream.* needs keras"):
        check_installed(PARTS, {"models": ("cnn",)}, asked=False)


def test_nothing_is_missing_where_all_is_installed():
    assert check_installed(chosen(["fidelity", "privacy"]), {}, asked=True) == {}


def test_a_part_runs_without_what_only_some_of_it_needs(monkeypatch):
    missing(monkeypatch, "umap")
    assert can_run(BY_NAME["overlap"], {})
    missing(monkeypatch, "matplotlib")
    assert not can_run(BY_NAME["overlap"], {})
