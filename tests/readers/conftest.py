"""Blobs made of bytes, and what a reader made of them."""

from __future__ import annotations

import io
from collections import Counter

import pytest

from medcurate.errors import Code, InputError
from medcurate.readers import Blob, ReadOptions, read
from tests.readers.mutations import MUTATIONS, mutated, outcome


def make_blob(data: bytes, name: str = "file", beside: dict[str, bytes] | None = None) -> Blob:
    """Give a blob, with what lies beside it by name."""
    siblings = {other: make_blob(content, other) for other, content in (beside or {}).items()}
    return Blob(name, len(data), lambda: io.BytesIO(data), None, siblings.get)


@pytest.fixture(scope="session")
def blob_of():
    """Give `make_blob`."""
    return make_blob


@pytest.fixture(scope="session")
def frames_of():
    """Read bytes under a name."""

    def frames_of(data: bytes, name: str = "file", beside: dict[str, bytes] | None = None, **options):
        return list(read(make_blob(data, name, beside), ReadOptions(**options)))

    return frames_of


@pytest.fixture(scope="session")
def code_of(frames_of):
    """Give the code with which bytes are rejected."""

    def code_of(data: bytes, name: str = "file", beside: dict[str, bytes] | None = None, **options) -> Code:
        with pytest.raises(InputError) as caught:
            frames_of(data, name, beside, **options)
        assert len(str(caught.value)) > 20
        return caught.value.code

    return code_of


@pytest.fixture(scope="session")
def fuzz():
    """Read thousands of mutations; every one must give frames or an `InputError` that is not INTERNAL."""

    def fuzz(seeds: list[bytes], name: str, count: int = MUTATIONS) -> Counter[str]:
        return Counter(outcome(mutated(seeds[number % len(seeds)], number), name) for number in range(count))

    return fuzz
