"""One part of a report: what it found, or why it found nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from medcurate.errors import MedcurateError, MissingExtra
from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.parts import PartKind

Status = Literal["measured", "does not apply", "not installed", "failed"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part and how it went.

    Attributes
    ----------
    settings : dict
        As JSON has them.
    error : Exception or None
        That stopped it.
    """

    kind: PartKind
    part: Part
    settings: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    @property
    def status(self) -> Status:
        """How it went."""
        if self.error is not None:
            return "not installed" if isinstance(self.error, MissingExtra) else "failed"
        return "measured" if self.part.metrics else "does not apply"

    @property
    def why(self) -> str:
        """Why it failed; empty where it did not.

        The text of an unforeseen error can quote a file: only its kind and the place in the code are told.
        """
        if self.error is None or isinstance(self.error, MedcurateError):
            return "" if self.error is None else str(self.error)
        return f"{type(self.error).__name__} in {_place(self.error)}. This is a bug of medcurate: please report it"

    def record(self) -> dict[str, Any]:
        """Return what stands in ``metrics.json``."""
        notes = [*self.part.notes, *([self.why] if self.error is not None else [])]
        return {"status": self.status, "notes": notes, "settings": self.settings}


def _place(error: Exception) -> str:
    """Name the innermost of our own lines."""
    package = Path(__file__).parents[2]
    trace, found = error.__traceback__, "an unknown place"
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(package):
            found = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno} of {file.relative_to(package)}"
        trace = trace.tb_next
    return found
