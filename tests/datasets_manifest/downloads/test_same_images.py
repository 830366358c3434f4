"""Images that several sources hold are found, however the rows lie in batches."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.datasets_manifest.downloads.same_images import SameImages

FIELDS = ("image_id", "original_id", "duplicate_of", "source", "kind", "status")
IDS = st.sampled_from([f"{number:016x}" for number in range(1, 9)] + ["not hex", "UPPER"])
ROWS = st.tuples(
    IDS,
    IDS | st.none(),
    IDS | st.none(),
    st.sampled_from("abc"),
    st.just("image"),
    st.sampled_from(["kept", "dropped"]),
)


def batch(rows):
    columns = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], names=FIELDS)


def by_hand(rows):
    """Join sets that share an ID until nothing changes."""
    groups = [({x for x in row[:3] if x}, {row[3]}, row[5] == "kept") for row in rows]
    merged = True
    while merged:
        merged = False
        for first in range(len(groups)):
            for second in range(first + 1, len(groups)):
                if groups[first][0] & groups[second][0]:
                    other = groups.pop(second)
                    groups[first] = tuple(a | b for a, b in zip(groups[first], other, strict=True))
                    merged = True
                    break
            if merged:
                break
    return dict(Counter(tuple(sorted(names)) for _, names, kept in groups if kept and len(names) > 1))


@given(st.lists(ROWS, max_size=12), st.integers(1, 5), st.randoms())
@settings(deadline=None, max_examples=150)
def test_it_finds_what_joining_by_hand_finds(rows, size, random):
    shuffled = random.sample(rows, len(rows))
    same = SameImages()
    for start in range(0, len(shuffled), size):
        same.add(batch(shuffled[start : start + size]))
    assert same.found() == dict(sorted(by_hand(rows).items()))


def test_ids_mean_the_same_in_every_batch():
    """One of a batch that is not hex must not change what the others mean."""
    same = SameImages()
    same.add(batch([("00000000000000ff", None, None, "a", "image", "kept")]))
    same.add(batch([("00000000000000ff", None, None, "b", "image", "kept"), ("x", None, None, "b", "image", "kept")]))
    assert same.found() == {("a", "b"): 1}


def test_nothing_at_all():
    assert SameImages().found() == {}
