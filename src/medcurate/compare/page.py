"""``report.html`` of a comparison: one page that needs no other file, no network and no script."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup

from medcurate.compare.rows import QUANTITIES, CompareResult, Mean, Quantity, Summary
from medcurate.evaluate.report_page.pictures import picture
from medcurate.pages import templates
from medcurate.results import Figure
from medcurate.run_folder import atomic_write

PAGE = "report.html"
_BETTER = {"half": "50 % is best", "real": "as real", "": ""}
_STYLE = ("medcurate.evaluate.report_page", "style.css")
FLAGS = {
    "copies": "copies of training images",
    "repeats": "repeats of each other",
    "collages": "pieces of training images",
}


def write_page(out: Path, result: CompareResult, figures: Sequence[Figure]) -> Path:
    """Write the page; every number on it stands in ``compare.json``.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = out / PAGE
    package, style = _STYLE
    shown = [quantity for quantity in QUANTITIES if any(quantity.name in one.means for one in result.summaries)]
    content = {
        "result": result,
        "style": Markup(resources.files(package).joinpath(style).read_text("utf-8")),  # noqa: S704 - our own file
        "first": _first(result),
        "names": [(one.model, one.kind, len(one.seeds)) for one in result.summaries],
        "lines": [_line(quantity, result.summaries) for quantity in shown],
        "rows": result.rows,
        "quantities": shown,
        "cells": [[text(row.values[one.name], one) if one.name in row.values else "" for one in shown]
                  for row in result.rows],
        "flags": [(one.model, _flagged(one)) for one in result.summaries if one.flags],
        "figures": [(figure, picture(figure)) for figure in figures],
        "settings": [(name.replace("_", " "), _plain(value)) for name, value in result.facts["settings"].items()
                     if name != "trainings" and value not in (None, [])],
        "trainings": [(name, _plain(one["options"])) for name, one in result.facts["settings"]["trainings"].items()],
        "row_notes": [note for one in result.summaries for note in one.notes],
    }  # fmt: skip
    text_of_page = templates.environment(__package__).get_template("compare.html.j2").render(content)
    with atomic_write(path) as stream:
        stream.write(text_of_page.encode())
    return path


def text(value: float, quantity: Quantity) -> str:
    """Write a value of a quantity, with its unit."""
    if quantity.unit == "%":
        return f"{100 * value:.1f} %" if quantity.name in ("copies", "repeats", "repeated_windows", "downstream_gain") \
            else f"{100 * value:.0f} %"  # fmt: skip
    digits = f"{value:,.0f}" if abs(value) >= 100 or quantity.name == "steps" else f"{value:.3g}"
    return f"{digits} {quantity.unit}".rstrip()


def span(mean: Mean, quantity: Quantity) -> str:
    """Write an interval; empty where there is none."""
    if mean.low is None or mean.high is None:
        return ""
    ends = [text(end, quantity).removesuffix(quantity.unit).rstrip() for end in (mean.low, mean.high)]
    return " to ".join(ends) if ends[0] != ends[1] else ""


def _first(result: CompareResult) -> str:
    facts = result.facts
    settings = facts["settings"]
    cost = (
        f"{settings['budget_seconds']:,.0f} s of processor time" if settings["steps"] is None
        else f"{settings['steps']:,} steps"
    )  # fmt: skip
    return f"Each training had {cost}, and saw the same {facts['dataset']['train']:,} images."


def _line(quantity: Quantity, summaries: Sequence[Summary]) -> dict[str, Any]:
    real = [one.real[quantity.name].value for one in summaries if quantity.name in one.real]
    cells = []
    for one in summaries:
        mean = one.means.get(quantity.name)
        cells.append(None if mean is None else {"value": text(mean.value, quantity), "interval": span(mean, quantity)})
    return {
        "words": quantity.words,
        "name": quantity.name,
        "better": _BETTER.get(quantity.better, quantity.better),
        "cells": cells,
        "real": text(real[0], quantity) if real else "",
    }


def _flagged(summary: Summary) -> str:
    parts = [f"{FLAGS[name]} ({count} of {len(summary.seeds)})" for name, count in summary.flags.items()]
    return ", ".join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
