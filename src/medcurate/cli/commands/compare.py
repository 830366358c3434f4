"""``medcurate compare``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.settings_options import options_from_settings
from medcurate.cli.summary import print_grid, print_json, print_table
from medcurate.compare.settings import CompareSettings

if TYPE_CHECKING:
    from medcurate.compare.rows import CompareResult

COLUMNS = {
    "ratio": "ratio",
    "coverage": "cover",
    "label_agreement": "labels",
    "told_apart_linear": "linear",
    "told_apart_trees": "trees",
    "repeated_windows": "pieces",
    "nearer_to_training": "nearer",
    "downstream_gain": "gain",
}
"""Quantities that a terminal has room for, and their headings there; the report has all."""
MEANINGS = (
    "ratio: distance from held-out images over that of real ones; linear, trees: told from real ones (50 % is best); "
    "pieces: windows of training images; nearer: to training than to held-out images (50 % without memory)"
)


@options_from_settings
def compare(
    dataset: Annotated[
        Path,
        options.argument(
            "DATASET",
            "Dataset folder with splits, or a plain folder of train, val and test.",
            exists=True,
            file_okay=False,
        ),
    ],
    out: Annotated[Path, options.new_folder("DIR", "The folder of the report and of all trainings.")],
    config: options.Config = None,
    *,
    settings: CompareSettings,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Train families of generators at equal cost, and judge them by the same held-out images.

    Writes DIR/report.html and DIR/compare.json. Every training has a process of its own and is kept in DIR: the same
    command continues a stopped comparison, and more --models or --seeds add to it. This command needs the extras train
    and evaluate: pip install 'medcurate[train,evaluate]'

    \b
    Examples:
      medcurate compare dataset --models fastgan,dcgan --budget 5m --out comparison
      medcurate compare dataset --condition tumor --budget 20m --seeds 5 --out comparison
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    from medcurate.compare.comparison import compare as run

    result = run(dataset, out, settings, progress=False if quiet else None)
    if json:
        print_json({**result.to_dict(), "out": str(out)})
    elif not quiet:
        show(result, out)


def show(result: CompareResult, out: Path) -> None:
    """Print the table, ratio first, then the advice and where the report is."""
    from medcurate.compare.rows import QUANTITIES

    by_name = {quantity.name: quantity for quantity in QUANTITIES}
    shown = [by_name[name] for name in COLUMNS if any(name in one.means for one in result.summaries)]
    heads = [COLUMNS[quantity.name] for quantity in shown]
    title = f"Compared with {result.facts['dataset']['held_out']:,} real images that no training has seen"
    print_grid(title, ("", *heads), _lines(result, [quantity.name for quantity in shown]))
    rows = [("columns", MEANINGS), ("advice", result.advice), *(("note", note) for note in result.notes)]
    rows += [("numbers", str(out / "compare.json")), ("look at", str(out / "report.html"))]
    print_table("", rows)


def _lines(result: CompareResult, names: list[str]) -> Iterator[tuple[str, ...]]:
    from medcurate.compare.advice import told_ratio
    from medcurate.compare.page import text
    from medcurate.compare.rows import QUANTITIES

    by_name = {quantity.name: quantity for quantity in QUANTITIES}
    for one in result.summaries:
        cells = []
        for name in names:
            mean = one.means.get(name)
            cells.append(
                "" if mean is None else told_ratio(mean) if name == "ratio" else text(mean.value, by_name[name])
            )
        yield (one.model.removesuffix(" training images"), *cells)
