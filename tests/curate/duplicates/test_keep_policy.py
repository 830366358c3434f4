"""Which copy stays: by what it is, and by its path only where all else is equal."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.curate.duplicates.keep_policy import COLUMNS, check_keep, place_of_paths, rank_images
from medcurate.errors import UsageError

BASE = {"source": "s", "format": "png", "height": 100, "width": 100, "bit_depth": 8}


def table(*rows: dict) -> pa.Table:
    numbered = [BASE | {"path": f"{number:03d}"} | row for number, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=pa.schema([SCHEMA.field(name) for name in COLUMNS]))


def first(keep: str, *rows: dict) -> int:
    sizes = np.array([row.pop("bytes", 0) for row in rows], np.int64)
    masks = np.array([row.pop("mask", False) for row in rows])
    return int(rank_images(table(*rows), keep, file_bytes=sizes, has_mask=masks).argmin())


LARGE = {"height": 200, "format": "jpeg", "bytes": 9000}
DEEP = {"bit_depth": 16}
KNOWN = {"height": 50, "tumor": "glioma", "patient_id": "p"}


@pytest.mark.parametrize(
    ("keep", "rows", "expected"),
    [
        ("largest", [KNOWN, DEEP, LARGE], 2),
        ("least-compressed", [KNOWN, LARGE, DEEP], 2),
        ("best-documented", [LARGE, DEEP, KNOWN], 2),
        ("largest", [{}, DEEP], 1),
        ("largest", [{"format": "jpeg"}, {}], 1),
        ("largest", [{"depth": 1}, {"depth": 3}], 1),
        ("largest", [{"format": "jpeg", "bytes": 900}, {"format": "jpeg", "bytes": 1000}], 1),
        ("least-compressed", [LARGE, {"format": "jpeg", "bytes": 5000}], 1),
        ("best-documented", [{}, {"mask": True}], 1),
        ("best-documented", [{"license": "MIT"}, {"license": "MIT", "spacing_mm": [1.0, 1.0]}], 1),
        ("largest", [{"bytes": 10}, {"bytes": 20}], 0),  # how well a lossless file packs says nothing
    ],
)
def test_the_policy_decides_and_then_the_others(keep, rows, expected):
    assert first(keep, *(dict(row) for row in rows)) == expected


@pytest.mark.parametrize("keep", ["largest", "least-compressed", "best-documented"])
def test_the_path_decides_what_is_left(keep):
    names = [{"path": "b"}, {"path": "a", "source": "t"}, {"path": "a", "frame": 1}, {"path": "a", "frame": 0}]
    ranks = rank_images(table(*names), keep, file_bytes=np.zeros(4, int), has_mask=np.zeros(4, bool))
    assert ranks.tolist() == [2, 3, 1, 0]


def test_places_are_those_of_bytes():
    names = [{"path": path} for path in ("a/b", "Z", "a.b", "é", "z")]
    assert place_of_paths(table(*names)).tolist() == [2, 0, 1, 4, 3]


def test_an_unknown_policy_names_the_known_ones():
    with pytest.raises(UsageError, match="expected one of largest, least-compressed, best-documented, received 'best'"):
        check_keep("best")


facts = st.fixed_dictionaries(
    {
        "height": st.sampled_from((None, 10, 20)),
        "format": st.sampled_from(("jpeg", "png", None)),
        "bit_depth": st.sampled_from((8, 16, None)),
        "tumor": st.sampled_from((None, "glioma")),
        "bytes": st.sampled_from((0, 100, 200)),
        "mask": st.booleans(),
    }
)


@settings(deadline=None)
@given(
    st.lists(facts, min_size=1, max_size=8),
    st.sampled_from(("largest", "least-compressed", "best-documented")),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(rows, keep, random):
    rows = [row | {"path": f"{number}"} for number, row in enumerate(rows)]

    def ranks(some: list[dict]) -> dict[str, int]:
        sizes = np.array([row["bytes"] for row in some], np.int64)
        masks = np.array([row["mask"] for row in some])
        found = rank_images(table(*some), keep, file_bytes=sizes, has_mask=masks)
        assert sorted(found) == list(range(len(some)))
        return {row["path"]: int(rank) for row, rank in zip(some, found, strict=True)}

    assert ranks(random.sample(rows, len(rows))) == ranks(rows)
