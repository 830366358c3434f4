"""The parts of an evaluation: one table of their names, flags and homes; each is loaded when it is run."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Collection
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol

from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import Part, Sides


class Measure(Protocol):
    """What every part is: both sides and its settings in, what it found out."""

    def __call__(self, sides: Sides, settings: Any = ..., *, progress: bool | None = None) -> Part:
        """Measure; a part that does not apply returns a note and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class PartKind:
    """One line of the table.

    Attributes
    ----------
    name : str
        Of its sub-package, which has a module ``part`` with a function `Measure`.
    flag : str
        Of the command line; several parts may share one.
    title, question : str
        Head of its section, and what it answers.
    """

    name: str
    flag: str
    title: str
    question: str

    def measure(self) -> Measure:
        """Load the function."""
        found: Measure = importlib.import_module(f"{__package__}.{self.name}.part").measure
        return found

    def settings(self, **options: Any) -> Any:
        """Return the default settings of the part, with those of the options that it has."""
        default = inspect.signature(self.measure()).parameters["settings"].default
        if not is_dataclass(default) or isinstance(default, type):
            raise TypeError(f"{self.name}: expected a dataclass as the default of settings, received {default!r}")
        own = {item.name for item in fields(default)}
        return replace(default, **{name: value for name, value in options.items() if name in own})


PARTS = (
    PartKind("fidelity", "fidelity", "Fidelity", "Do the synthetic images, as a set, look like the real ones?"),
    PartKind("overlap", "umap", "Overlap", "Do the embeddings of real and synthetic images overlap?"),
    PartKind("two_sample", "downstream", "Real against synthetic", "Can a classifier tell them apart?"),
    PartKind("anatomy", "paired", "Anatomy", "Are symmetry, sizes and gray values within the real ranges?"),
    PartKind("paired", "paired", "Pairs", "Does each synthetic image match the real one that it belongs to?"),
    PartKind("dice", "dice", "Regions", "Does the anatomy sit where it should?"),
    PartKind("downstream", "downstream", "Downstream", "Does it help to train with the synthetic images?"),
    PartKind("privacy", "privacy", "Privacy", "Do images come back that the generator was trained on?"),
)
"""In the order in which they run. Privacy comes last, as it can be told to remove images."""

FLAGS = tuple(dict.fromkeys(part.flag for part in PARTS))


def check_options(kinds: Collection[PartKind], options: Collection[str]) -> None:
    """Refuse an option that none of the parts has.

    Raises
    ------
    UsageError
        It is misspelled, or belongs to a part that is not run.
    """
    known = sorted({item.name for kind in kinds for item in fields(kind.settings())})
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            told = f"Did you mean {near[0]}?" if near else "They have none"
            raise UsageError(
                f"the option {name!r} belongs to none of the parts {', '.join(kind.name for kind in kinds)}. {told}"
            )


def chosen(names: Collection[str] | None = None) -> tuple[PartKind, ...]:
    """Return the parts with these names or flags; all without names.

    Raises
    ------
    UsageError
        A name is unknown.
    """
    if names is None:
        return PARTS
    known = sorted({part.name for part in PARTS} | set(FLAGS))
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise UsageError(f"parts: {name!r} is none of {', '.join(known)}. Did you mean {near}?")
    if not names:
        raise UsageError(f"parts: expected one or more of {', '.join(known)}, received none")
    return tuple(part for part in PARTS if part.name in names or part.flag in names)
