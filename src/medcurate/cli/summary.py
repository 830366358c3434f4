"""The output of a finished command: one JSON object for programs, or a few lines for people."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medcurate.errors import MedcurateError, NothingUsable
from medcurate.reject_codes import IGNORED

if TYPE_CHECKING:
    from rich.table import Table

    from medcurate.curate.scans.output import Counts

EXIT_REJECTS = 3
_MOST_CODES = 6


def counts_of(counts: Counts) -> dict[str, int]:
    """Return the counts under their public names, after a check that they add up.

    Raises
    ------
    MedcurateError
        ``seen`` is not the sum of the others: a file was lost, which is a bug.
    """
    names = ("accepted", "duplicates", "rejected", "ignored")
    result = {"seen": counts.seen, **{name: int(getattr(counts, name)) for name in names}}
    total = sum(result[name] for name in names)
    if total != counts.seen:
        raise MedcurateError(
            f"the counts do not add up: {counts.seen} files seen, {total} accounted for. "
            "This is a bug of medcurate; please report it with the command line"
        )
    return result


def exit_code(counts: Mapping[str, int], *, strict: bool) -> int:
    """Return 0, or with `strict` 3 where a file was rejected.

    Raises
    ------
    NothingUsable
        No image was accepted.
    """
    if counts["accepted"] == 0:
        raise NothingUsable(
            f"No usable image among {counts['seen']:,} files: {counts['rejected']:,} rejected, {counts['ignored']:,} "
            "ignored. Expected DICOM, NIfTI, MATLAB, JPEG, PNG or TIFF images; rejects.csv gives the reason for each"
        )
    return EXIT_REJECTS if strict and counts["rejected"] else 0


def print_json(summary: Mapping[str, Any]) -> None:
    """Print the JSON object of ``--json``."""
    sys.stdout.write(json.dumps(summary, ensure_ascii=True, default=str) + "\n")
    sys.stdout.flush()


def identity_line(counts: Mapping[str, int]) -> str:
    """Return the sum that shows that no file was lost: seen = accepted + duplicates + rejected + ignored."""
    return (
        f"{counts['seen']:,} files seen = {counts['accepted']:,} accepted + {counts['duplicates']:,} duplicates "
        f"+ {counts['rejected']:,} rejected + {counts['ignored']:,} ignored"
    )


def reject_codes(out: Path) -> str:
    """Count the codes in ``out/rejects.csv``, without those of ignored files.

    Returns
    -------
    str
        Most frequent first, such as ``2 EMPTY, 1 BOMB``; empty where there are no rejects.
    """
    try:
        with (out / "rejects.csv").open(encoding="utf-8", newline="") as stream:
            codes = Counter(row["code"] for row in csv.DictReader(stream) if row["code"] not in IGNORED)
    except FileNotFoundError:
        return ""
    common = codes.most_common()
    shown = [f"{count:,} {code}" for code, count in common[:_MOST_CODES]]
    if len(common) > _MOST_CODES:
        shown.append(f"{len(common) - _MOST_CODES} more codes")
    return ", ".join(shown)


def print_table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts under a title, for people; long lines are not wrapped, so that paths can be copied.

    Parameters
    ----------
    title : str
        Left out where empty.
    rows : sequence of (str, str)
        Shown as they are: markup in them has no effect.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print()
    if title:
        console.print(Text(title, style="bold"), soft_wrap=True)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        console.print(Text.assemble((f"  {name:<{width}}  ", "cyan"), text), soft_wrap=True)


def print_grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with a header, for people.

    Parameters
    ----------
    title : str
        Printed above the table.
    columns : sequence of str
        The first holds names, aligned left; the others numbers, aligned right.
    rows : iterable of sequence of str
        One text per column.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _print(table)


def print_planes(planes: Mapping[str, int]) -> None:
    """Print the number of images of each plane, as numbers and bars."""
    from rich.table import Table

    most = max([1, *planes.values()])
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("plane")
    table.add_column("images", justify="right")
    table.add_column("", style="cyan")
    for name, count in planes.items():
        table.add_row(name, f"{count:,}", "━" * round(30 * count / most))
    _print(table)


def _print(table: Table) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print()
    console.print(table)
