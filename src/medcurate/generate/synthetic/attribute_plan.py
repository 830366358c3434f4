"""Draw with continuous attributes: values that occur together in the training set, or values that were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from medcurate.errors import UsageError
from medcurate.generate.synthetic.draw_plan import DrawFacts
from medcurate.generate.synthetic.label_plan import LabelPlan
from medcurate.generate.training.training_set import AttributeRow


class Values(NamedTuple):
    """A combination of labels, and attributes that go with it.

    Attributes
    ----------
    combination : int
        Index into `LabelPlan.combinations`.
    values : tuple of float
        One per attribute; NaN leaves it to the generator.
    """

    combination: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AttributePlan:
    """Draws divided among labels as a `LabelPlan` does, each with the attributes of a training example.

    Attributes
    ----------
    names : tuple of str
    labels : LabelPlan
    rows : tuple of Values
        Those of one combination are taken in this order, again and again.
    chosen : mapping of str to float
        Attributes that were asked for.
    """

    names: tuple[str, ...]
    labels: LabelPlan
    rows: tuple[Values, ...]
    chosen: Mapping[str, float]

    def places(self) -> Iterator[int]:
        """Yield the index into `rows` of draws number 0, 1, 2, ..."""
        own: list[list[int]] = [[] for _ in self.labels.combinations]
        for place, row in enumerate(self.rows):
            own[row.combination].append(place)
        drawn = [0] * len(own)
        for combination in self.labels.places():
            yield own[combination][drawn[combination] % len(own[combination])]
            drawn[combination] += 1

    def given(self, places: Sequence[int]) -> dict[str, Any]:
        """Return ``labels`` and ``attributes``: name to the value of each draw."""
        rows = [self.rows[place] for place in places]
        attributes = {name: tuple(row.values[k] for row in rows) for k, name in enumerate(self.names)}
        return {**self.labels.given([row.combination for row in rows]), "attributes": attributes}

    def facts(self, place: int) -> DrawFacts:
        """Return plane and tumor type, where the labels tell them."""
        return self.labels.facts(self.rows[place].combination)

    def draws(self, n: int) -> int:
        """Return `n`."""
        return n

    def identity(self) -> dict[str, Any]:
        """Return what was asked for."""
        return {**self.labels.identity(), "attributes": dict(sorted(self.chosen.items()))}


def plan_attributes(
    names: tuple[str, ...],
    labels: LabelPlan,
    examples: Sequence[AttributeRow],
    *,
    chosen: Mapping[str, float] | None = None,
    seed: int = 0,
) -> AttributePlan:
    """Give every draw the attributes of a training example with its labels, unless a value is asked for.

    Parameters
    ----------
    names : tuple of str
        Attributes that the generator knows.
    labels : LabelPlan
    examples : sequence of AttributeRow
        Of the training set. Where none has the labels of a draw, its attributes are left to the generator.
    chosen : mapping of str to float, optional
        Values for all draws.
    seed : int
        Of the order in which examples are taken.

    Raises
    ------
    UsageError
        The generator does not know an attribute, or a value is no finite number.
    """
    chosen = dict(chosen or {})
    for name, value in chosen.items():
        if name not in names:
            raise UsageError(f"--attribute {name}: expected one of {', '.join(names) or 'none, as it knows none'}")
        if not np.isfinite(value):
            raise UsageError(f"--attribute {name}: expected a finite number, received {value}")
    rows: list[Values] = []
    for place in range(len(labels.combinations)):
        own = [_values(row, names, chosen) for row in examples if _has_labels(row, labels, place)]
        order = np.random.default_rng((seed, place)).permutation(len(own)).tolist()
        found = [own[k] for k in order] or [tuple(chosen.get(name, np.nan) for name in names)]
        rows += [Values(place, values) for values in found]
    return AttributePlan(names, labels, tuple(rows), chosen)


def _has_labels(row: AttributeRow, labels: LabelPlan, place: int) -> bool:
    known = {"plane": row.plane, "tumor": row.tumor}
    wanted = zip(labels.conditions, labels.combinations[place].labels, strict=True)
    return all(known[name] == value for name, value in (*wanted, *labels.chosen.items()))


def _values(row: AttributeRow, names: tuple[str, ...], chosen: Mapping[str, float]) -> tuple[float, ...]:
    known = dict(zip(names, row.values, strict=True))
    return tuple(chosen.get(name, np.nan if known[name] is None else float(known[name] or 0)) for name in names)
