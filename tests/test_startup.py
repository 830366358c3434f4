"""What starting up loads: help must not wait for numerics."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

HEAVY = {
    *("cv2", "h5py", "joblib", "nibabel", "nilearn", "numpy", "pandas", "PIL", "pyarrow", "pydantic", "pydicom"),
    *("distributed", "intensity_normalization", "rich", "scipy", "SimpleITK", "simplejpeg", "sklearn"),
    *("faiss", "imagehash", "jinja2", "license_expression", "mlcroissant", "pooch", "requests"),
    *("jax", "keras", "matplotlib", "numba", "playwright", "skimage", "tensorboard", "tensorflow", "umap"),
}


def loaded_by(script: str) -> set[str]:
    """Run `script` in a fresh interpreter and give the top-level packages that it leaves loaded."""
    report = "\nimport sys; print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", script + report]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(result.stdout.splitlines()[-1].split()[1:])


HELP = [
    ["--help"],
    ["scan", "--help"],
    ["sort-planes", "--help"],
    ["dedupe", "--help"],
    ["audit-labels", "--help"],
    ["homogenize", "--help"],
    ["manifest", "--help"],
    ["pretrain", "--help"],
    ["train-gan", "--help"],
    ["generate", "--help"],
    ["evaluate", "--help"],
    ["compare", "--help"],
    ["datasets", "--help"],
    ["datasets", "verdict", "--help"],
    ["demo", "--help"],
]


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    script = f"from medcurate.cli.app import run\nassert run({arguments!r}) == 0"
    assert not loaded_by(script) & HEAVY


def test_every_command_is_covered_above():
    import typer

    from medcurate.cli.app import app

    assert set(typer.main.get_command(app).commands) == {first for first, *_ in HELP} - {"--help"}


PACKAGES = [
    *("medcurate", "medcurate.curate", "medcurate.generate", "medcurate.evaluate", "medcurate.compare"),
    *("medcurate.datasets_manifest", "medcurate.phantom", "medcurate.errors"),
]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_say_what_there_is_and_load_nothing_heavy(package):
    assert not loaded_by(f"import {package}") & HEAVY


def test_the_probe_sees_what_is_loaded():
    assert "numpy" in loaded_by("import numpy")


def test_version_is_that_of_the_metadata():
    from importlib.metadata import version

    import medcurate

    assert medcurate.__version__ == version("medcurate")
    with pytest.raises(AttributeError, match="No medcurate attribute nothing"):
        medcurate.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["scan", "sort_planes", "dedupe", "homogenize", "train"])
def test_what_a_command_does_is_a_public_function_at_the_top(name):
    import medcurate

    assert callable(getattr(medcurate, name))
    assert name in dir(medcurate)


@pytest.mark.parametrize("name", ["scan", "sort_planes"])
def test_what_a_command_does_is_a_public_function_and_stays_one(name):
    import medcurate.curate

    for _ in range(2):  # a module of the same name would take its place at the second look
        assert callable(getattr(medcurate.curate, name))
    assert name in dir(medcurate.curate)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_of_a_package_can_be_loaded(name):
    package = importlib.import_module(name)
    assert all(hasattr(package, public) for public in getattr(package, "__all__", ()))
