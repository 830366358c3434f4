"""How metrics are named and numbers written on a page: each number can be found in ``metrics.json``."""

from __future__ import annotations

import hashlib
import math
import re

from medcurate.results import Metric

_OTHER = re.compile(r"[^a-z0-9]+")


def anchor(name: str) -> str:
    """Return the id of a metric or figure on the page: names that differ get ids that differ."""
    plain = _OTHER.sub("-", name.lower()).strip("-")
    return f"x-{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"  # 'a[b]' and 'a/b' are two


def quantity(name: str) -> tuple[str, str]:
    """Return the words of a metric's quantity, and its variant: ``fidelity/recall[x, k=5]`` is recall, x, k=5."""
    rest = name.partition("/")[2] or name
    words, _, variant = rest.partition("[")
    return words.replace("_", " "), variant.removesuffix("]").replace("_", " ")


def number(value: float, unit: str = "") -> str:
    """Write a number with four digits, and its unit."""
    if math.isnan(value):
        return "not computed"
    if math.isinf(value):
        text = "∞" if value > 0 else "-∞"
    elif abs(value) >= 1000 or value == int(value):
        text = f"{value:,.0f}"
    else:
        text = f"{value:.4g}"
    return f"{text} {unit}".rstrip()


def span(metric: Metric) -> str:
    """Write the interval of a metric; nothing where there is none."""
    return "" if metric.interval is None else f"{number(metric.interval[0])} to {number(metric.interval[1])}"
