"""Work does not start with packages that are older than is safe."""

from __future__ import annotations

from importlib import metadata

import pytest

from medcurate.cli.requirements import check_requirements
from medcurate.errors import UsageError

REAL_VERSION = metadata.version


def install(monkeypatch, **versions):
    """Pretend that other versions are installed; None for a package that is not."""

    def version(name):
        if name in versions:
            if versions[name] is None:
                raise metadata.PackageNotFoundError(name)
            return versions[name]
        return REAL_VERSION(name)

    monkeypatch.setattr(metadata, "version", version)


def test_what_is_installed_here_will_do():
    check_requirements()


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("pydicom", "3.0.1"),
        ("pillow", "12.2.9"),
        ("pillow", "9.5"),
        ("pillow", "12.3.0rc1"),
        ("opencv-python-headless", "5.0.0.93"),
    ],
)
def test_privacy_10_unsafe_versions_are_named_with_the_repair(monkeypatch, name, version):
    install(monkeypatch, **{name: version})
    with pytest.raises(UsageError, match=rf"{name} {version} is installed.*pip install '{name}"):
        check_requirements()


@pytest.mark.parametrize(("name", "version"), [("pydicom", "3.0.2"), ("pillow", "13"), ("pillow", "13.0rc1")])
def test_the_bound_itself_and_newer_will_do(monkeypatch, name, version):
    install(monkeypatch, **{name: version})
    check_requirements()


def test_a_missing_package_is_named(monkeypatch):
    install(monkeypatch, h5py=None)
    with pytest.raises(UsageError, match="h5py is not installed"):
        check_requirements()


def test_a_command_stops_with_2(monkeypatch, medcurate, folder, tmp_path):
    install(monkeypatch, pydicom="2.4.4")
    assert medcurate("scan", folder, "--out", tmp_path / "out").code == 2


def test_a_source_tree_without_metadata_has_no_bounds(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    check_requirements()
