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


class MeasurePart(Protocol):
    """The function of a part: it takes both sides and the settings, and returns the result."""

    def __call__(self, sides: Sides, settings: Any = ..., *, progress: bool | None = None) -> Part:
        """Measure. A part that does not apply returns a note and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class PartKind:
    """One line of the table.

    Attributes
    ----------
    name : str
        Of the sub-package, which has a module ``part`` with a function `MeasurePart`; of the flag (``two_sample`` is
        ``--two-sample``); and in ``metrics.json``, where the part's metrics begin with it (``two_sample/accuracy``).
    question : str
        What the part answers.
    """

    name: str
    question: str

    @property
    def title(self) -> str:
        """Heading of the section in the report: the name, as ``Two-sample``."""
        return self.name.replace("_", "-").capitalize()

    def measure(self) -> MeasurePart:
        """Load the function."""
        found: MeasurePart = importlib.import_module(f"{__package__}.{self.name}.part").measure
        return found

    def settings(self, **options: Any) -> Any:
        """Return the default settings of the part, with those of the options that it has."""
        default = inspect.signature(self.measure()).parameters["settings"].default
        if not is_dataclass(default) or isinstance(default, type):
            raise TypeError(f"{self.name}: expected a dataclass as the default of settings, received {default!r}")
        own = {item.name for item in fields(default)}
        return replace(default, **{name: value for name, value in options.items() if name in own})


PARTS = (
    PartKind("copies", "Are the synthetic images copies of real ones, or of each other?"),
    PartKind("fidelity", "Do the synthetic images, as a set, look like the real ones?"),
    PartKind("overlap", "Do the embeddings of real and synthetic images overlap?"),
    PartKind("two_sample", "Can a classifier tell synthetic from real images?"),
    PartKind("anatomy", "Are symmetry, sizes and gray values within the real ranges?"),
    PartKind("paired", "Does each synthetic image match the real one that it belongs to?"),
    PartKind("dice", "Does the anatomy sit where it should?"),
    PartKind("downstream", "Does it help to train with the synthetic images?"),
    PartKind("privacy", "Do images come back that the generator was trained on?"),
)
"""In the order in which they run. Copies come first, because they decide whether any other verdict can be good; privacy
comes last, because it can be asked to remove images."""

ALWAYS = frozenset({"copies"})
"""Parts that run whatever parts are asked for."""

ALIASES = {
    "umap": ("overlap",),
    "paired": ("anatomy", "paired"),
    "downstream": ("two_sample", "downstream"),
}
"""Flags that run something else than the part of their name, and the parts that they run. This is the only such list:
every other flag, folder, title and first word of a metric is the name of its part."""

FLAGS = tuple(dict.fromkeys([*(part.name for part in PARTS), *ALIASES]))


def check_options(kinds: Collection[PartKind], options: Collection[str]) -> None:
    """Refuse an option that none of the parts has.

    Raises
    ------
    UsageError
        An option is misspelled, or belongs to a part that is not run.
    """
    known = sorted({item.name for kind in kinds for item in fields(kind.settings())})
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            hint = f"Did you mean {near[0]}?" if near else "They have none"
            raise UsageError(
                f"the option {name!r} belongs to none of the parts {', '.join(kind.name for kind in kinds)}. {hint}"
            )


def chosen(names: Collection[str] | None = None) -> tuple[PartKind, ...]:
    """Return the parts that these flags run, and those that always run; all without flags.

    Parameters
    ----------
    names : collection of str, optional
        Names of parts, or `ALIASES`.

    Raises
    ------
    UsageError
        A name is unknown.
    """
    if names is None:
        return PARTS
    for name in names:
        if name not in FLAGS:
            near = difflib.get_close_matches(name, FLAGS, n=1, cutoff=0.0)[0]
            raise UsageError(f"parts: {name!r} is none of {', '.join(sorted(FLAGS))}. Did you mean {near}?")
    if not names:
        raise UsageError(f"parts: expected one or more of {', '.join(sorted(FLAGS))}, received none")
    wanted = ALWAYS | {part for name in names for part in ALIASES.get(name, (name,))}
    return tuple(part for part in PARTS if part.name in wanted)
