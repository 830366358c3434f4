"""Divide draws among the labels that a generator knows, as in its training set unless asked otherwise."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from medcurate.errors import UsageError
from medcurate.generate.synthetic.draw_plan import DrawFacts
from medcurate.generate.training.training_set import ClassCount


class LabelCombination(NamedTuple):
    """Labels that images are drawn with.

    Attributes
    ----------
    labels : tuple of str
        The labels that the generator is given, one value per condition.
    plane, tumor : str or None
        What is known of such an image; None where training images with these labels differ.
    weight : int
        Share among all combinations: training images, or 1 where combinations are balanced.
    """

    labels: tuple[str, ...]
    plane: str | None
    tumor: str | None
    weight: int


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """The labels of all images that a generator could draw.

    Attributes
    ----------
    conditions : tuple of str
        ``tumor``, ``plane``: the order of `LabelCombination.labels`.
    combinations : tuple of LabelCombination
    balanced : bool
        As asked for.
    chosen : mapping of str to str
        As asked for.
    """

    conditions: tuple[str, ...]
    combinations: tuple[LabelCombination, ...]
    balanced: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)

    def places(self) -> Iterator[int]:
        """Yield the index into `combinations` of draws number 0, 1, 2, ...

        The next draw has the combination that is farthest behind its share (the highest averages of Webster and
        Sainte-Laguë, 1910), so that every beginning of the sequence has the shares as nearly as whole numbers can.
        """
        heap = [(-float(one.weight), place, 0) for place, one in enumerate(self.combinations)]
        heapq.heapify(heap)
        while True:
            _, place, drawn = heap[0]
            yield place
            heapq.heapreplace(heap, (-self.combinations[place].weight / (2 * drawn + 3), place, drawn + 1))

    def given(self, places: Sequence[int]) -> dict[str, Any]:
        """Return ``labels``: condition to the value of each draw."""
        return {"labels": self.labels(places)}

    def labels(self, places: Sequence[int]) -> dict[str, tuple[str, ...]]:
        """Return condition to the value of each of these draws, as a generator takes them."""
        return {name: tuple(self.combinations[p].labels[k] for p in places) for k, name in enumerate(self.conditions)}

    def facts(self, place: int) -> DrawFacts:
        """Return plane and tumor type, where the combination tells them."""
        return DrawFacts(self.combinations[place].plane, self.combinations[place].tumor)

    def draws(self, n: int) -> int:
        """Return `n`."""
        return n

    def identity(self) -> dict[str, Any]:
        """Return what was asked for."""
        return {"balanced": self.balanced, "classes": dict(sorted(self.chosen.items()))}


def plan_labels(
    classes: Mapping[str, tuple[str, ...]],
    counts: Sequence[ClassCount],
    *,
    balanced: bool = False,
    chosen: Mapping[str, str] | None = None,
) -> LabelPlan:
    """Divide draws among the labels that a generator knows, as in its training set unless asked otherwise.

    Parameters
    ----------
    classes : mapping of str to tuple of str
        Condition (``tumor``, ``plane``) to the values that the generator knows; empty without a condition.
    counts : sequence of ClassCount
        The images that the generator was trained on; only combinations that were among them are drawn.
    balanced : bool
        Draw the same number of images of each combination.
    chosen : mapping of str to str, optional
        Draw only images with these labels.

    Raises
    ------
    UsageError
        A label is unknown, the generator cannot be given it, or no training image has this combination.
    """
    chosen = dict(chosen or {})
    if balanced and not classes:
        raise UsageError(
            "--balanced: the generator was trained without --condition and draws labels of its own. Train one with "
            "--condition tumor, or leave the option out"
        )
    _check_chosen(chosen, classes, counts)
    conditions = tuple(classes)
    groups: dict[tuple[str, ...], list[ClassCount]] = {}
    for count in counts:
        labels = tuple(_label(count, name) for name in conditions)
        known = all(label in classes[name] for name, label in zip(conditions, labels, strict=True))
        if known and all(_label(count, name) == value for name, value in chosen.items()):
            groups.setdefault(tuple(str(label) for label in labels), []).append(count)
    if not groups:
        asked = " and ".join(f"{name}={value}" for name, value in chosen.items()) or "labels that the generator knows"
        raise UsageError(f"no image of the training set has {asked}: the generator has not learned such images")
    combinations = [
        LabelCombination(
            labels,
            _only([count.plane for count in members]),
            _only([count.tumor for count in members]),
            1 if balanced else sum(count.images for count in members),
        )
        for labels, members in sorted(groups.items())
    ]
    return LabelPlan(conditions, tuple(combinations), balanced, chosen)


def _check_chosen(
    chosen: Mapping[str, str], classes: Mapping[str, tuple[str, ...]], counts: Sequence[ClassCount]
) -> None:
    for name, value in chosen.items():
        if name not in ("tumor", "plane"):
            raise UsageError(f"--class: expected tumor=VALUE or plane=VALUE, received {name}={value}")
        known = classes.get(name) or _values(counts, name)
        if value not in known:
            raise UsageError(f"--class {name}={value}: expected {' or '.join(known) or 'none, as none is known'}")
        if name not in classes and len({_label(count, name) for count in counts}) > 1:
            raise UsageError(
                f"--class {name}={value}: the generator was trained on several {name}s without --condition {name} and "
                f"cannot be asked for one of them. Train one with --condition {name}, or on {value} alone"
            )


def _values(counts: Sequence[ClassCount], name: str) -> tuple[str, ...]:
    return tuple(sorted({label for count in counts if (label := _label(count, name)) is not None}))


def _label(count: ClassCount, name: str) -> str | None:
    return count.plane if name == "plane" else count.tumor


def _only(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
