"""A version changes with everything that a result depends on, and with nothing else."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from medcurate.versions import installed, version_digest


def test_only_what_is_installed_has_a_version():
    assert installed(["numpy", "no-such-distribution"]) == {"numpy": metadata.version("numpy")}


def test_anything_that_counts_changes_it(tmp_path, monkeypatch):
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_text(file.name)
    base = {"libraries": ["numpy"], "code": files, "size": 5}
    versions = [version_digest(**base)]
    assert version_digest(size=5, code=reversed(files), libraries=["numpy", "no-such-distribution"]) == versions[0]
    versions += [version_digest(**base | {"size": 6}), version_digest(**base, more=None)]
    with monkeypatch.context() as patch:
        patch.setattr(metadata, "version", lambda name: "next")
        versions.append(version_digest(**base))
    files[0].write_text("b.py")
    versions.append(version_digest(**base))
    files[0].write_text("b.py")
    files[1].write_text("a.py")
    versions.append(version_digest(**base))  # as much text as before, in other files
    assert len(set(versions)) == len(versions)


def test_what_json_does_not_know_is_refused():
    with pytest.raises(TypeError, match="not JSON serializable"):
        version_digest(place=Path("a"))
