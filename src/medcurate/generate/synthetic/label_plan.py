"""Which labels image number k is drawn with: a function of k alone, so that neither batches nor a stop change it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from medcurate.errors import UsageError
from medcurate.generate.training.training_set import Cell


class Kind(NamedTuple):
    """Images that are drawn alike.

    Attributes
    ----------
    labels : tuple of str
        What the generator is told, one value a condition.
    plane, tumor : str or None
        What is known of such an image; None where training images with these labels differ.
    weight : int
        Share among all kinds: training images, or 1 where kinds are balanced.
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
        ``tumor``, ``plane``: the columns of `Kind.labels`.
    kinds : tuple of Kind
    """

    conditions: tuple[str, ...]
    kinds: tuple[Kind, ...]

    def numbers(self) -> Iterator[int]:
        """Yield the index into `kinds` of images number 0, 1, 2, ...

        The next image is of the kind that is farthest behind its share (the highest averages of Webster and
        Sainte-Laguë, 1910), so that every beginning of the sequence has the shares as nearly as whole images can.
        """
        heap = [(-float(kind.weight), place, 0) for place, kind in enumerate(self.kinds)]
        heapq.heapify(heap)
        while True:
            _, place, drawn = heap[0]
            yield place
            heapq.heapreplace(heap, (-self.kinds[place].weight / (2 * drawn + 3), place, drawn + 1))

    def counts(self, n: int) -> dict[tuple[str | None, str | None], int]:
        """Return (plane, tumor) to its number among the first `n` images."""
        counts: dict[tuple[str | None, str | None], int] = {}
        for place in islice(self.numbers(), n):
            kind = self.kinds[place]
            counts[kind.plane, kind.tumor] = counts.get((kind.plane, kind.tumor), 0) + 1
        return counts

    def told(self, places: Sequence[int]) -> dict[str, tuple[str, ...]]:
        """Return condition to the value of each of these images, as a generator takes them."""
        return {name: tuple(self.kinds[p].labels[k] for p in places) for k, name in enumerate(self.conditions)}


def plan_labels(
    classes: Mapping[str, tuple[str, ...]],
    cells: Sequence[Cell],
    *,
    balanced: bool = False,
    chosen: Mapping[str, str] | None = None,
) -> LabelPlan:
    """Divide images among the labels that a generator knows, as in its training set unless told otherwise.

    Parameters
    ----------
    classes : mapping of str to tuple of str
        Condition (``tumor``, ``plane``) to the values that the generator knows; empty without a condition.
    cells : sequence of Cell
        What the generator was trained on; only combinations that were there are drawn.
    balanced : bool
        As many of each combination.
    chosen : mapping of str to str, optional
        Draw only images with these labels.

    Raises
    ------
    UsageError
        A label is unknown, the generator cannot be told it, or no training image has this combination.
    """
    chosen = dict(chosen or {})
    if balanced and not classes:
        raise UsageError(
            "--balanced: the generator was trained without --condition and draws what it likes. Train one with "
            "--condition tumor, or leave the option out"
        )
    _check_chosen(chosen, classes, cells)
    conditions = tuple(classes)
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        labels = tuple(_label(cell, name) for name in conditions)
        known = all(label in classes[name] for name, label in zip(conditions, labels, strict=True))
        if known and all(_label(cell, name) == value for name, value in chosen.items()):
            groups.setdefault(tuple(str(label) for label in labels), []).append(cell)
    if not groups:
        asked = " and ".join(f"{name}={value}" for name, value in chosen.items()) or "labels that the generator knows"
        raise UsageError(f"no image of the training set has {asked}: the generator has not learned such images")
    kinds = [
        Kind(
            labels,
            _only([cell.plane for cell in members]),
            _only([cell.tumor for cell in members]),
            1 if balanced else sum(cell.images for cell in members),
        )
        for labels, members in sorted(groups.items())
    ]
    return LabelPlan(conditions, tuple(kinds))


def _check_chosen(chosen: Mapping[str, str], classes: Mapping[str, tuple[str, ...]], cells: Sequence[Cell]) -> None:
    for name, value in chosen.items():
        if name not in ("tumor", "plane"):
            raise UsageError(f"--class: expected tumor=VALUE or plane=VALUE, received {name}={value}")
        known = classes.get(name) or _values(cells, name)
        if value not in known:
            raise UsageError(f"--class {name}={value}: expected {' or '.join(known) or 'none, as none is known'}")
        if name not in classes and len({_label(cell, name) for cell in cells}) > 1:
            raise UsageError(
                f"--class {name}={value}: the generator was trained on several {name}s without --condition {name} and "
                f"cannot be told which to draw. Train one with --condition {name}, or on {value} alone"
            )


def _values(cells: Sequence[Cell], name: str) -> tuple[str, ...]:
    return tuple(sorted({label for cell in cells if (label := _label(cell, name)) is not None}))


def _label(cell: Cell, name: str) -> str | None:
    return cell.plane if name == "plane" else cell.tumor


def _only(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
