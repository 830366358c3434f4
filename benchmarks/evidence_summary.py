"""The table of thirty figures on ``docs/evidence.md``: chosen in ``summary.toml``, looked up in the results."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

_HEAD = "| | measured | interval | n | compared with | goal | |\n|---|---:|---:|---:|---|---:|---|"


def summary(choice: Path, results: Path, *, shown: Callable[[Json], tuple[str, str, str, str]]) -> str:
    """Return the table.

    Parameters
    ----------
    choice : Path
        ``summary.toml``.
    results : Path
        Folder of the results.
    shown : callable
        A figure to its value, interval, goal and whether the goal was reached, as text.

    Raises
    ------
    KeyError
        A figure of `choice` is not in the results; the message names the nearest one that is.
    """
    rows = tomllib.loads(choice.read_text(encoding="utf-8"))["row"]
    return "\n".join([_HEAD, *_lines(rows, results, shown)])


def _lines(rows: list[Json], results: Path, shown: Callable[[Json], tuple[str, str, str, str]]) -> Iterator[str]:
    for row in rows:
        figure = find(results, **row["figure"])
        value, interval, goal, reached = shown(figure)
        peer = ""
        if "peer" in row:
            where = {key: text for key, text in row["peer"].items() if key != "called"}
            peer = f"{row['peer']['called']}: {shown(find(results, **where))[0]}"
        cells = (
            f"[{row['question']}](evidence/{row['page']}.md)",
            value,
            interval,
            f"{figure['n']:,}",
            peer,
            goal,
            reached,
        )
        yield "| " + " | ".join(cells) + " |"


def find(results: Path, *, result: str, table: str, name: str, column: str) -> Json:
    """Return the one figure of this name and column, in the first table whose title begins with `table`."""
    found = json.loads((results / f"{result}.json").read_text(encoding="utf-8"))
    tables = [item for item in found["tables"] if item["title"].startswith(table)]
    if not tables:
        raise KeyError(
            f"{result}: no table begins with {table!r}; there are {[item['title'] for item in found['tables']]}"
        )
    for figure in tables[0]["figures"]:
        if (figure["name"], figure["column"]) == (name, column):
            return dict(figure)
    known = [f"{figure['name']} | {figure['column']}" for figure in tables[0]["figures"]]
    near = difflib.get_close_matches(f"{name} | {column}", known, n=1, cutoff=0.0)
    raise KeyError(f"{result}, {tables[0]['title']}: no figure {name!r} in column {column!r}; the nearest is {near}")
