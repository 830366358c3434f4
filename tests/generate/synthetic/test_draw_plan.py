"""Counts of a plan are those of its draws."""

from __future__ import annotations

from collections import Counter
from itertools import cycle, islice

from hypothesis import given
from hypothesis import strategies as st

from medcurate.generate.synthetic.draw_plan import DrawFacts, label_counts

FACTS = (DrawFacts("axial", "glioma"), DrawFacts(None, "glioma"), DrawFacts("axial", "glioma", ("x",)))


class Plan:
    def places(self):
        return cycle([0, 1, 2, 1])

    def facts(self, place):
        return FACTS[place]


@given(st.integers(0, 30))
def test_labels_are_counted_whatever_else_differs(n):
    expected = Counter((FACTS[place].plane, FACTS[place].tumor) for place in islice(Plan().places(), n))
    assert label_counts(Plan(), n) == dict(expected)
