"""The step: a frozen dataclass of settings that measures a picture, changes it and records the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, Self, final

from medcurate.curate.steps.picture import Picture
from medcurate.errors import UsageError

Record = dict[str, Any]
"""Record of one step on one picture, JSON-compatible.

Keys: ``step``, ``settings``, ``measured`` and, if the step did nothing, ``skipped`` with the reason.
"""


MEASURED = {"measured": True}
"""Metadata of a measured field, which is None before the measurement."""


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """One transform.

    Attributes
    ----------
    name : str
        Name of the class in records.
    kind : {'geometry', 'intensity'}
        Whether it changes the grid or the values.
    skipped : str or None
        Reason why it leaves the measured picture unchanged.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["geometry", "intensity"]]
    skipped: str | None = field(default=None, metadata=MEASURED)

    @final
    def measure(self, picture: Picture) -> Self:
        """Return this step with values measured in `picture`; itself if it is measured already."""
        done = self.skipped is not None or any(getattr(self, name) is not None for name in self._measured())
        return self if done else replace(self, **self._find(picture))

    @final
    def apply(self, picture: Picture) -> Picture:
        """Return the changed picture; an unmeasured step measures it first."""
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
        """Make a step from the fields of a record.

        Raises
        ------
        UsageError
            If a field does not belong to this step.
        """
        known = {f.name for f in fields(cls)}
        strange = sorted(set(values) - known)
        if strange:
            raise UsageError(f"step {cls.name!r}: expected fields among {sorted(known)}, received {strange}")
        return cls(**{name: _frozen(value) for name, value in values.items()})

    def merge(self, others: Sequence[Self]) -> Self:
        """Combine steps that measured pictures on one grid into one step; here the first."""
        del others
        return self

    @abstractmethod
    def _find(self, picture: Picture) -> dict[str, Any]:
        """Return the measured fields, or ``{"skipped": reason}``."""

    @abstractmethod
    def _change(self, picture: Picture) -> Picture:
        """Return the changed picture, using settings and measured fields only."""

    @classmethod
    def _measured(cls) -> list[str]:
        """Return the names of the measured fields."""
        return [f.name for f in fields(cls) if _is_measured(f) and f.name != "skipped"]


def _is_measured(declared: Any) -> bool:
    return bool(declared.metadata.get("measured"))


def _plain(value: Any) -> Any:
    """Convert tuples to lists, so that a record equals its JSON round trip."""
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
