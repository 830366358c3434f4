"""Several reports side by side, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from medcurate.results import Metric, Report


@dataclass(frozen=True, slots=True)
class Row:
    """One metric in all runs.

    Attributes
    ----------
    metrics : tuple of Metric or None
        One per run; None where the run does not have it.
    best : int or None
        Number of the run with the best value, where the metric has a better end, two runs have it, and all were
        compared with the same real images at the same size.
    surely : bool
        Whether the interval of the best overlaps that of no other run.
    differs : tuple of str
        Settings of the metric that are not the same in all runs.
    """

    name: str
    metrics: tuple[Metric | None, ...]
    best: int | None
    surely: bool
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several reports side by side.

    Attributes
    ----------
    names : tuple of str
        Of the runs.
    notes : tuple of str
        Why some of it cannot be compared.
    """

    names: tuple[str, ...]
    reports: tuple[Report, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what stands in ``comparison.json``."""
        return {
            "runs": [
                {
                    "name": name,
                    "real": report.real,
                    "synthetic": report.synthetic,
                    "verdicts": [{"part": v.part, "level": v.level, "text": v.text} for v in report.verdicts],
                }
                for name, report in zip(self.names, self.reports, strict=True)
            ],
            "metrics": [
                {
                    "name": row.name,
                    "runs": [None if metric is None else metric.to_dict() for metric in row.metrics],
                    "best": None if row.best is None else self.names[row.best],
                    "surely": row.surely,
                    "differs": list(row.differs),
                }
                for row in self.rows
            ],
            "notes": list(self.notes),
        }
