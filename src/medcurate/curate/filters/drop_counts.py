"""Count the rows that each filter dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

ORDER = (
    "source", "license", "notes", "modality", "contrast", "plane", "confidence", "obliquity", "tumor", "size",
    "sharpness", "position", "mask_area",
)  # fmt: skip
"""Filters in order of evaluation; the first that a row fails gives the reason."""


@dataclass(slots=True)
class DropCounts:
    """Number of rows dropped per filter, in the order of the filters.

    Attributes
    ----------
    unchecked : dict of str to int
        Number of rows per filter that passed with an unknown value.
    """

    unchecked: dict[str, int] = field(default_factory=dict)
    _dropped: dict[str, int] = field(default_factory=dict)

    def add(self, reasons: pa.Array) -> None:
        """Count reasons; null means not dropped."""
        for entry in pc.value_counts(pc.drop_null(reasons)).to_pylist():
            self._dropped[entry["values"]] = self._dropped.get(entry["values"], 0) + entry["counts"]

    def add_unchecked(self, name: str, count: int) -> None:
        """Count rows that passed a filter because their value is unknown."""
        if count:
            self.unchecked[name] = self.unchecked.get(name, 0) + count

    def as_dict(self) -> dict[str, int]:
        """Map reasons to counts: filters in their order, known before unknown; then other reasons by name."""
        ranks = {f"filter:{name}{end}": (n, end) for n, name in enumerate(ORDER) for end in ("", ":unknown")}
        ordered = sorted(self._dropped, key=lambda reason: (*ranks.get(reason, (len(ORDER), "")), reason))
        return {reason: self._dropped[reason] for reason in ordered}

    def lines(self) -> list[str]:
        """Return one sentence per reason."""
        said = [f"{count:,} dropped by {_worded(reason)}" for reason, count in self.as_dict().items()]
        kept = [f"{count:,} kept although their {name} is not known" for name, count in self.unchecked.items()]
        return said + kept


def _worded(reason: str) -> str:
    name = reason.removeprefix("filter:")
    bare = name.removesuffix(":unknown")
    return f"{bare}: it is not known" if name != bare else bare
