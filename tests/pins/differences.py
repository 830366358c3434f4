"""Compare JSON values: whole numbers and texts exactly, numbers with a fraction at a tolerance."""

from __future__ import annotations

import math
from typing import Any


def differences(expected: Any, found: Any, *, relative: float, absolute: float, place: str = "") -> list[str]:
    """Return a line for every place where `found` is not what is expected; mappings may have more keys."""
    inner = {"relative": relative, "absolute": absolute}
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = [f"{place}/{key}: missing" for key in expected if key not in found]
        for key in expected.keys() & found.keys():
            lines += differences(expected[key], found[key], place=f"{place}/{key}", **inner)
        return sorted(lines)
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{place}: {len(found)} entries, expected {len(expected)}"]
        pairs = zip(expected, found, strict=True)
        return [line for k, (e, f) in enumerate(pairs) for line in differences(e, f, place=f"{place}/{k}", **inner)]
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (expected, found))
    if numbers and float in (type(expected), type(found)):
        same = math.isclose(expected, found, rel_tol=relative, abs_tol=absolute)
    else:
        same = type(expected) is type(found) and expected == found
    return [] if same else [f"{place}: {found!r}, expected {expected!r}"]
