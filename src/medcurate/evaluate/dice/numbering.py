"""Which regions the masks of both sides can be compared by."""

from __future__ import annotations

from medcurate.evaluate.dice.regions import NUMBERINGS, Regions, named_regions, numbering_of

AUTO = "auto"
_SAME_REGIONS = frozenset({"brats2013", "brats2020"})  # as a 3 does not occur in the later one


def agreed_numbering(asked: str, real: frozenset[int], synthetic: frozenset[int]) -> tuple[str, tuple[str, ...]]:
    """Return the numbering of both sides' masks, and notes for the reader.

    Where it cannot be told, only the whole tumor is measured: every label but 0.

    Parameters
    ----------
    asked : str
        A numbering, or ``auto``.
    real, synthetic : frozenset of int
        Labels that occur.

    Raises
    ------
    UsageError
        There is no such numbering.
    """
    if asked != AUTO:
        return asked, _not_in(named_regions(asked), real | synthetic, asked)
    own, theirs = numbering_of(real), numbering_of(synthetic)
    if "binary" in (own, theirs):
        return "binary", ()
    if own in _SAME_REGIONS and synthetic <= {0, 1, 2, 3, 4}:
        return ("brats2013" if 3 in real | synthetic else str(own)), ()
    known = ", ".join(name for name in NUMBERINGS if name != "binary")
    note = (
        f"the labels {_listed(real)} (real) and {_listed(synthetic)} (synthetic) do not tell the numbering, so only "
        f"the whole tumor is measured; name it for more regions (mask_labels: {known})"
    )
    return "binary", (note,)


def _not_in(regions: Regions, labels: frozenset[int], name: str) -> tuple[str, ...]:
    if None in regions.values():
        return ()
    known = {label for values in regions.values() for label in values or ()}
    unknown = frozenset(labels - known - {0})
    if not unknown:
        return ()
    return (f"the labels {_listed(unknown)} are in no region of {name}: their pixels count as background",)


def _listed(labels: frozenset[int]) -> str:
    return ", ".join(str(label) for label in sorted(labels - {0})) or "none"
