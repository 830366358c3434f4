"""Which parts of an evaluation were skipped, and why: what ``--strict`` ends with exit code 3 for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from medcurate.errors import MedcurateError
from medcurate.evaluate.report_page.section import Section

UNLABELED = "unlabeled"


def skipped_parts(
    sections: Sequence[Section],
    *,
    asked: Collection[str],
    lacking: Mapping[str, MedcurateError],
    facts: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> dict[str, str]:
    """Return the parts that were skipped, wholly or partly, with the reason.

    A part that was not asked for and does not apply to such data was not skipped: nobody expects ``dice`` of images
    without masks.

    Parameters
    ----------
    asked : collection of str
        Names of the parts that were asked for; none where all are run.
    lacking : mapping of str to MedcurateError
        By part: what it lacks of optional packages.
    facts : tuple of two mappings
        Of the real and the synthetic side, see `medcurate.evaluate.design.side_facts.facts_of`.
    """
    found: dict[str, str] = {}
    for section in sections:
        name = section.kind.name
        if section.error is not None or (section.status != "measured" and (name in asked or _applies(name, *facts))):
            found[name] = " ".join(section.record()["notes"])
        elif name in lacking and section.status == "measured":
            found[name] = f"partly: {lacking[name]}"
    return found


def _applies(name: str, real: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Say whether a part should find something in such data, also if nobody asked for it."""
    if not (real["train"] and real["held_out"] and made["images"]):
        return False
    if name == "dice":
        return bool(real["held_out_masks"] and made["masks"])
    if name == "downstream":
        return min(len({*side} - {UNLABELED}) for side in (real["classes"], made["classes"])) > 1
    return name != "paired"
