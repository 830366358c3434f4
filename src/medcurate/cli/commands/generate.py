"""``medcurate generate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.settings_options import options_from_settings
from medcurate.cli.summary import print_json, print_table
from medcurate.errors import UsageError
from medcurate.generate.synthetic.settings import GenerateSettings

if TYPE_CHECKING:
    from medcurate.dataset import Dataset
    from medcurate.generate.synthetic.generation import GenerateResult, Preview


@options_from_settings
def generate(
    run: Annotated[Path, options.argument("RUN", "Folder that train-gan wrote.", exists=True, file_okay=False)],
    out: Annotated[Path, options.new_folder("DATASET", "The dataset folder to write.")],
    config: options.Config = None,
    *,
    settings: GenerateSettings,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DATASET",
            exists=True,
            file_okay=False,
            help="Dataset of the source images, for a generator that draws from images.",
        ),
    ] = None,
    split: Annotated[
        str | None, options.value("NAME", "The split of --from DATASET to draw from.", shown="all of it")
    ] = None,
    dataset: Annotated[
        Path | None,
        options.value(
            "FOLDER",
            "Where the training images are now, for a --model that draws from them (mosaic).",
            shown="where they were",
            exists=True,
        ),
    ] = None,
    verdict: Annotated[
        Path | None,
        options.value(
            "FILE", "A newer verdict.json of the training set, or its folder.", shown="what RUN keeps", exists=True
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    dry_run: Annotated[bool, options.flag("--dry-run", "Show what would be drawn, and write nothing.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Draw images with a trained generator into a synthetic dataset folder.

    Draw number k of a seed is always the same: a stopped run continues where it was, and a larger --n adds images.
    Every file states that it is synthetic. The images may be used as the training set may be; if its terms have ended,
    the command draws nothing and exits with 5.

    \b
    Examples:
      medcurate generate run --n 1000 --out synthetic
      medcurate generate run --n 500 --out gliomas --class tumor=glioma --seed 1
      medcurate generate run --n 500 --out best --weights best
      medcurate generate run --n 1 --out translated --from dataset --split test
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.generate.synthetic.generation import generate as draw
    from medcurate.generate.synthetic.generation import preview

    sources = _sources(from_, split)
    if dry_run:
        show_preview(preview(run, settings, sources=sources, verdict=verdict, trained_on=dataset), out, json=json)
        return
    result = draw(
        run,
        out,
        settings=settings,
        sources=sources,
        verdict=verdict,
        overwrite=overwrite,
        progress=False if quiet else None,
        trained_on=dataset,
    )
    if json:
        more = {"classes": result.classes, "outcome": result.outcome, "notes": list(result.notes), "out": str(out)}
        more |= {"contrasts": list(result.contrasts), "weights": result.weights, "why": result.why}
        print_json({"written": result.written, "repeated": result.repeated, "removed": result.removed, **more})
    elif not quiet:
        show(result, out)


def _sources(folder: Path | None, split: str | None) -> Dataset | None:
    from medcurate.dataset import Dataset

    if folder is None:
        if split is not None:
            raise UsageError("--split: it names a split of --from DATASET; give both, or neither")
        return None
    return Dataset.open(folder).select(split=split)


def show(result: GenerateResult, out: Path) -> None:
    """Print what was drawn, the terms of its use, and the next command."""
    rows = [
        ("labels", _counts(result.classes)),
        *_together(result.contrasts),
        _weights(result),
        ("images", str(out)),
        ("table", str(out / "catalogue.parquet")),
        ("terms", f"{result.outcome}, as its training set"),
    ]
    rows += [("note", note) for note in result.notes]
    rows.append(
        ("next", f"medcurate evaluate REAL {quote(str(out))} --out report; medcurate manifest {quote(str(out))}")
    )
    print_table(f"{result.written:,} synthetic images", rows)


def show_preview(found: Preview, out: Path, *, json: bool) -> None:
    """Print what would be drawn; with `json` as one object."""
    if json:
        content = {"model": found.model, "classes": found.classes, "outcome": found.outcome}
        content |= {"contrasts": list(found.contrasts), "weights": found.weights, "why": found.why}
        print_json({"dry_run": True, **content, "out": str(out)})
        return
    print_table(
        "Nothing was written (--dry-run)",
        [
            ("model", found.model),
            _weights(found),
            ("would draw", _counts(found.classes)),
            *_together(found.contrasts),
            ("terms", f"{found.outcome}, as its training set"),
            ("would write to", str(out)),
        ],
    )


def _together(contrasts: Sequence[str]) -> list[tuple[str, str]]:
    return [("each draw", f"one image of {' and of '.join(contrasts)}")] if contrasts else []


def _weights(found: GenerateResult | Preview) -> tuple[str, str]:
    return "weights", f"{found.weights}: {found.why}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
