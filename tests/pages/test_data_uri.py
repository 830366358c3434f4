"""A ``data:`` URI holds the bytes of its image."""

from __future__ import annotations

import base64

import pytest

from medcurate.pages.data_uri import data_uri


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_the_bytes_come_back(rng, kind):
    content = rng.bytes(1000)
    head, _, text = data_uri(content, kind).partition(",")
    assert head == f"data:image/{kind};base64"
    assert base64.b64decode(text, validate=True) == content
