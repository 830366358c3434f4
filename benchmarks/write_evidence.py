"""Put measured figures into docs/evidence.md and docs/evidence/: ``python -m benchmarks.write_evidence``.

Nobody types a number. Between ``<!-- figures: NAME -->`` and ``<!-- end -->`` a page holds the tables of
``benchmarks/results/NAME.json``; NAME may end in ``*``. Between ``<!-- summary -->`` and ``<!-- end -->`` it holds the
figures that ``benchmarks/summary.toml`` names. ``--check`` changes nothing and fails where pages and results differ.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.evidence_summary import summary

PAGES = (ROOT / "docs" / "evidence.md", *sorted((ROOT / "docs" / "evidence").glob("*.md")))
SUMMARY = ROOT / "benchmarks" / "summary.toml"
RESULTS = ROOT / "benchmarks" / "results"
_BLOCK = re.compile(r"(<!-- figures: (?P<name>[\w*-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SUMMARY = re.compile(r"(<!-- summary -->\n).*?(<!-- end -->)", re.DOTALL)

Json = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.write_evidence", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--page", type=Path, action="append", help="a page to fill (default: all of docs)")
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args(arguments)
    differ = False
    for page in options.page or PAGES:
        before = page.read_text(encoding="utf-8")
        after = fill(before, options.results)
        if options.check:
            print(f"{page.name}: {'up to date' if before == after else 'differs from the results'}", file=sys.stderr)
        else:
            page.write_text(after, encoding="utf-8")
        differ |= before != after
    return int(options.check and differ)


def fill(page: str, results: Path) -> str:
    """Return the page with the tables of the results between its marks."""

    def block(found: re.Match[str]) -> str:
        paths = sorted(results.glob(f"{found['name']}.json"))
        tables = [as_markdown(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
        return found[1] + ("\n".join(tables) or "\nNot measured yet.\n") + "\n" + found[3]

    page = _SUMMARY.sub(lambda found: f"{found[1]}\n{summary(SUMMARY, results, shown=_shown)}\n\n{found[2]}", page)
    return _BLOCK.sub(block, page)


def _shown(figure: Json) -> tuple[str, str, str, str]:
    """Return value, interval, goal and whether it was reached."""
    return f"{_number(figure['value'], figure['unit'])}{_unit(figure['unit'])}", _interval(figure), *_goal(figure)


def as_markdown(result: Json) -> str:
    """Write one result: its tables, and where it was measured."""
    lines: list[str] = []
    for table in result["tables"]:
        lines += ["", f"**{table['title']}**", ""]
        columns = list(dict.fromkeys(figure["column"] for figure in table["figures"]))
        lines += _grid(table, columns) if len(columns) > 1 else _list(table)
        lines += ["", f"n: {table['counts']}. Interval: {table['interval']}."]
        for note in table["notes"]:
            lines += ["", note]
    for text in result.get("texts", ()):
        lines += ["", f"**{text['title']}**", "", *_words(text)]
        for note in text["notes"]:
            lines += ["", note]
    return "\n".join([*lines, "", _where(result), ""])


def _words(text: Json) -> Iterator[str]:
    """Write a table of words; a bar within a cell would end it."""
    for row in (text["columns"], ["---"] * len(text["columns"]), *text["rows"]):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _list(table: Json) -> Iterator[str]:
    """Write one figure a row."""
    yield "| | measured | interval | n | to reach | |"
    yield "|---|---:|---:|---:|---:|---|"
    for figure in table["figures"]:
        value, unit = _number(figure["value"], figure["unit"]), _unit(figure["unit"])
        goal, reached = _goal(figure)
        yield f"| {figure['name']} | {value}{unit} | {_interval(figure)} | {figure['n']:,} | {goal} | {reached} |"


def _grid(table: Json, columns: Sequence[str]) -> Iterator[str]:
    """Write rows and columns of figures; interval and n stand in the cell."""
    rows: dict[str, dict[str, Json]] = {}
    for figure in table["figures"]:
        rows.setdefault(figure["name"], {})[figure["column"]] = figure
    yield "| | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for name, cells in rows.items():
        yield f"| {name} | " + " | ".join(_cell(cells.get(column)) for column in columns) + " |"


def _cell(figure: Json | None) -> str:
    if figure is None:
        return ""
    text = f"**{_number(figure['value'], figure['unit'])}{_unit(figure['unit'])}**"
    if figure["low"] is not None:
        text += f" ({_interval(figure)})"
    text += f", n = {figure['n']:,}"
    goal, reached = _goal(figure)
    return f"{text}; to reach: {goal}, {reached}" if goal else text


def _interval(figure: Json) -> str:
    if figure["low"] is None:
        return ""
    return f"{_number(figure['low'], figure['unit'])} to {_number(figure['high'], figure['unit'])}"


def _goal(figure: Json) -> tuple[str, str]:
    """Return what was to be reached, and whether it was."""
    for key, sign, ok in (
        ("at_least", "≥", lambda value, goal: value >= goal),
        ("at_most", "≤", lambda value, goal: value <= goal),
    ):
        goal = figure[key]
        if goal is not None:
            reached = "reached" if ok(figure["value"], goal) else "**not reached**"
            return f"{sign} {goal:g}{_unit(figure['unit'])}", reached
    return "", ""


def _number(value: float, unit: str) -> str:
    """Round to what the unit deserves."""
    digits = {"%": 1, "x": 2, "": 3, "s": 1}.get(unit, 0)
    if not unit and value > 1 and float(value).is_integer():
        digits = 0  # a count
    if unit == "%" and 99 < value < 99.995:
        digits = 2  # where a tenth of a percent is what matters
    return f"{value:,.{digits}f}"


def _unit(unit: str) -> str:
    return {"": "", "%": " %", "x": " times", "/s": " a second"}.get(unit, f" {unit}")


def _where(result: Json) -> str:
    there = result["environment"]
    settings = ", ".join(f"{name} {_setting(value)}" for name, value in result["settings"].items())
    versions = ", ".join(f"{name} {number}" for name, number in there["versions"].items())
    return (
        f"<small>Commit `{there['commit']}`, {there['date']}; {there['machine']}; "
        f"Python {there['python']}, {versions}. Settings: {settings}.</small>"
    )


def _setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {item}" for key, item in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(main())
