"""The architecture in ``generator.json``, old and new."""

from __future__ import annotations

import json

import pytest

from medcurate.generate.drawing.architecture import VERSION, describe, spec_of, stored_name, translated
from medcurate.learning.image_spec import ImageSpec

OLD = {"family": "dcgan", "config": {"width": 4}, "size": 64, "channels": 2, "classes": {"tumor": ["a", "b"]}}
SPEC = ImageSpec((4, 6, 8), target=2, source=3, classes=2, attributes=1)


def test_what_is_described_is_read_again():
    described = describe("toy", {"width": 4}, SPEC, {"tumor": ("a", "b")}, attributes=("age",), contrasts=("T1", "T2"))
    found = json.loads(json.dumps(described))
    assert found == described
    assert spec_of(found) == SPEC
    assert translated(found, VERSION) == found


def test_the_first_format_is_translated():
    found = translated(OLD, 1)
    assert spec_of(found) == ImageSpec((64, 64), target=2, classes=2)
    assert {"size", "channels"} & set(found) == set()
    assert OLD["size"] == 64


@pytest.mark.parametrize(("version", "name"), [(1, "0003"), (VERSION, "generator/0003")])
def test_weights_of_the_first_format_have_places_only(version, name):
    assert stored_name("generator/0003", version) == name
