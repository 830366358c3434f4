"""The step: a frozen dataclass of settings, which measures a picture, changes it and tells what it did."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, final

from medcurate.curate.steps.picture import Picture
from medcurate.errors import UsageError

Record = dict[str, Any]
"""What was done to one picture by one step; JSON-able. Keys: ``step``, ``settings``, ``measured`` and, where the step
did nothing, ``skipped`` with the reason."""


MEASURED = {"measured": True}
"""Metadata of a field that a step fills in for each picture; None until then."""


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """One transform.

    Attributes
    ----------
    name : str
        Of the class, in records.
    kind : {'geometry', 'intensity'}
        Whether it changes the grid or the values.
    skipped : str or None
        Why it does nothing to the picture that it measured.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["geometry", "intensity"]]
    skipped: str | None = field(default=None, metadata=MEASURED)

    @final
    def measure(self, picture: Picture) -> Self:
        """Return this step with all that it needs to know of `picture`; itself where that is known already."""
        done = self.skipped is not None or any(getattr(self, name) is not None for name in self._measured())
        return self if done else replace(self, **self._find(picture))

    @final
    def apply(self, picture: Picture) -> Picture:
        """Return the changed picture; what was not measured before is measured in it."""
        step = self.measure(picture)
        return picture if step.skipped is not None else step._change(picture)  # noqa: SLF001 - our own class

    @final
    def record(self) -> Record:
        """Return settings and measured values; `medcurate.curate.steps.from_record` reads them."""
        names = self._measured()
        record: Record = {
            "step": self.name,
            "settings": {f.name: _plain(getattr(self, f.name)) for f in fields(self) if not _is_measured(f)},
            "measured": {name: _plain(getattr(self, name)) for name in names if getattr(self, name) is not None},
        }
        return record if self.skipped is None else {**record, "skipped": self.skipped}

    @classmethod
    def from_fields(cls, values: dict[str, Any]) -> Self:
        """Make a step of the fields of a record.

        Raises
        ------
        UsageError
            If a field is not one of this step.
        """
        known = {f.name for f in fields(cls)}
        strange = sorted(set(values) - known)
        if strange:
            raise UsageError(f"step {cls.name!r}: expected fields among {sorted(known)}, received {strange}")
        return cls(**{name: _frozen(value) for name, value in values.items()})

    def merge(self, others: Sequence[Self]) -> Self:
        """Return one step for pictures on one grid, of which each was measured by one of these; here the first."""
        del others
        return self

    @abstractmethod
    def _find(self, picture: Picture) -> dict[str, Any]:
        """Return the measured fields, or ``{"skipped": reason}``."""

    @abstractmethod
    def _change(self, picture: Picture) -> Picture:
        """Return the changed picture, from settings and measured fields alone."""

    @classmethod
    def _measured(cls) -> list[str]:
        """Name the measured fields of this step."""
        return [f.name for f in fields(cls) if _is_measured(f) and f.name != "skipped"]


def _is_measured(declared: Any) -> bool:
    return bool(declared.metadata.get("measured"))


def _plain(value: Any) -> Any:
    """Turn tuples into lists, so that a record equals what JSON gives back."""
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
