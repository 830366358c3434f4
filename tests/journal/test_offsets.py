"""The last offset of a key is found, before and after keys are sorted in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medcurate.journal import offsets
from medcurate.journal.offsets import Offsets

STEPS = st.lists(st.tuples(st.binary(max_size=1), st.integers(0, 2**40) | st.none(), st.booleans()))


@given(STEPS)
def test_it_is_a_dictionary(steps):
    found, model = Offsets(), {}
    for key, offset, look in steps:
        if offset is None:
            found.forget(key)
            model.pop(key, None)
        else:
            found.add(key, offset)
            model[key] = offset
        if look:  # sorts the keys in
            assert len(found) == len(model)
            assert found.in_order().tolist() == sorted(model.values())
        assert {key: found.find(key) for key, _, _ in steps} == {key: model.get(key) for key, _, _ in steps}


def test_a_million_keys_take_16_bytes_each(monkeypatch):
    monkeypatch.setattr(offsets, "_MERGE", 1000)
    found = Offsets()
    for number in range(10_000):
        found.add(b"%d" % number, number)
    assert (found._hashes.nbytes + found._offsets.nbytes, len(found._recent)) == (160_000, 0)
