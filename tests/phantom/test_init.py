from __future__ import annotations

import subprocess
import sys

import pytest

import medcurate.phantom


def test_public_names_load():
    for name in medcurate.phantom.__all__:
        assert getattr(medcurate.phantom, name)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="attribute brain_in_a_vat"):
        _ = medcurate.phantom.brain_in_a_vat


def test_import_loads_nothing_heavy():
    code = "import sys, medcurate.phantom; print(*sorted({'numpy', 'scipy', 'nilearn'} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == []
