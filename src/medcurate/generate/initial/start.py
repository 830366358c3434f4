"""Which first weights a training takes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medcurate.errors import UsageError
from medcurate.generate.initial import shipped
from medcurate.generate.initial.row_map import Condition, Shares
from medcurate.generate.initial.transfer import difference, transfer
from medcurate.generate.initial.weights_file import InitialWeights, read_initial_weights
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup

PHANTOMS, NONE = "phantoms", "none"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a training starts.

    Attributes
    ----------
    asked : str
        ``phantoms``, ``none`` or a path.
    why : str
        One sentence.
    weights : InitialWeights or None
        None for random weights.
    surprising : bool
        Worth a note: weights were taken, or there are some that do not fit.
    recorded : mapping
        What the run keeps already, where it continues.
    """

    asked: str
    why: str
    weights: InitialWeights | None = None
    surprising: bool = True
    recorded: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should be told."""
        return (self.why,) if self.surprising else ()

    def record(self) -> dict[str, Any]:
        """Return what a run keeps, as JSON has it."""
        if self.recorded:
            return dict(self.recorded)
        found: dict[str, Any] = {"asked": self.asked, "why": self.why, "source": "random numbers"}
        if self.weights is not None:
            facts = self.weights.facts
            found |= {"source": self.weights.path.name, "sha256": self.weights.sha256}
            found |= {"phantom_version": facts.get("phantom_version"), "steps": facts.get("steps")}
        return found

    def apply(self, trained: TrainingSetup, now: Condition, shares: Shares) -> None:
        """Set the first weights of all players, unless they are random."""
        if self.weights is not None:
            transfer(self.weights, trained, now, shares)


def choose_start(asked: str, family: str, options: Mapping[str, Any], spec: ImageSpec) -> Start:
    """Return where a training starts.

    Parameters
    ----------
    asked : str
        ``phantoms`` for weights that ship with medcurate, where there are some that fit; ``none`` for random ones; or
        the path of a file.
    family, options
        What is trained.
    spec : ImageSpec
        What it draws.

    Raises
    ------
    UsageError
        The file is missing, damaged, or of other networks.
    """
    if asked == NONE:
        return Start(asked, "random first weights (--init none)", surprising=False)
    if asked != PHANTOMS:
        weights = read_initial_weights(Path(asked))
        if lacking := difference(weights, family, options, spec):
            raise UsageError(f"--init {asked} does not fit: {lacking}; choose other weights, or --init none")
        return Start(asked, _taken(weights), weights)
    found = shipped.find_shipped(family, tuple(spec.spatial))
    if found is None:
        side = " x ".join(map(str, spec.spatial))
        why = f"random first weights: none that were learned from phantoms ship for {family} at {side}"
        return Start(asked, why, surprising=False)
    if lacking := difference(found, family, options, spec):
        return Start(asked, f"random first weights: those that ship do not fit, {lacking}")
    return Start(asked, _taken(found), found)


def of_record(record: Mapping[str, Any]) -> Start:
    """Return where a run started that continues from a checkpoint: the weights are not needed any more."""
    return Start(str(record["asked"]), str(record["why"]), surprising=False, recorded=dict(record))


def _taken(weights: InitialWeights) -> str:
    facts = weights.facts
    return (
        f"first weights from {weights.path.name}, learned from phantoms of version {facts.get('phantom_version')} in "
        f"{int(facts.get('steps', 0)):,} steps"
    )
