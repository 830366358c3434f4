"""``medcurate generate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import print_json, print_table
from medcurate.errors import UsageError
from medcurate.generate.training import defaults

if TYPE_CHECKING:
    from medcurate.generate.synthetic.generation import GenerateResult, Preview

Run = Annotated[
    Path,
    typer.Argument(metavar="RUN", exists=True, file_okay=False, show_default=False, help="What train-gan wrote."),
]
N = Annotated[
    int,
    typer.Option(
        "--n", metavar="N", min=1, show_default=False, help="How many times to draw: images, or one of each contrast."
    ),
]
Out = Annotated[
    Path,
    typer.Option("--out", metavar="DATASET", file_okay=False, show_default=False, help="The dataset folder to write."),
]
Balanced = Annotated[
    bool, typer.Option("--balanced", help="Draw as many of each label; otherwise as in the training set.")
]
Class = Annotated[
    list[str] | None,
    typer.Option(
        "--class",
        metavar="COLUMN=VALUE",
        show_default=False,
        help="Draw only images with this label, such as tumor=glioma or plane=axial; repeatable.",
    ),
]
Batch = Annotated[
    int,
    typer.Option("--batch", metavar="N", min=1, help="Images drawn at a time: more are faster and take more memory."),
]
Verdict = Annotated[
    Path | None,
    typer.Option(
        "--verdict",
        metavar="FILE",
        exists=True,
        show_default="what RUN keeps",
        help="A newer verdict.json of the training set, or its folder.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Make DATASET anew if it was made otherwise.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be drawn, and write nothing.")]


def generate(
    run: Run,
    n: N,
    out: Out,
    config: options.Config = None,
    balanced: Balanced = False,
    class_: Class = None,
    batch: Batch = defaults.DRAW_BATCH,
    verdict: Verdict = None,
    overwrite: Overwrite = False,
    seed: options.Seed = defaults.SEED,
    dry_run: DryRun = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Draw images with a trained generator into a synthetic dataset folder.

    Draw number k of a seed is always the same: a stopped run goes on where it was, and a larger --n adds images. Every
    file says that it is synthetic; what may be done with them is inherited from the training set. Ends with 5 where the
    training set may not be used any more.

    \b
    Examples:
      medcurate generate run --n 1000 --out synthetic
      medcurate generate run --n 500 --out gliomas --class tumor=glioma --seed 1
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.generate.synthetic.generation import GenerateSettings, preview
    from medcurate.generate.synthetic.generation import generate as draw

    settings = GenerateSettings(n=n, balanced=balanced, classes=_classes(class_ or ()), seed=seed, batch=batch)
    if dry_run:
        show_preview(preview(run, settings, verdict=verdict), out, json=json)
        return
    result = draw(run, out, settings=settings, verdict=verdict, overwrite=overwrite, progress=False if quiet else None)
    if json:
        more = {"classes": result.classes, "outcome": result.outcome, "notes": list(result.notes), "out": str(out)}
        more["contrasts"] = list(result.contrasts)
        print_json({"written": result.written, "repeated": result.repeated, "removed": result.removed, **more})
    elif not quiet:
        show(result, out)


def _classes(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(f"--class: expected COLUMN=VALUE, such as tumor=glioma; received {text!r}")
        if found.setdefault(name.strip(), value.strip()) != value.strip():
            raise UsageError(f"--class: {name.strip()} is there twice; leave it out to draw several, or run twice")
    return found


def show(result: GenerateResult, out: Path) -> None:
    """Tell a person what was drawn, what may be done with it, and what comes next."""
    rows = [
        ("labels", _counts(result.classes)),
        *_together(result.contrasts),
        ("images", str(out / "images")),
        ("table", str(out / "catalogue.parquet")),
        ("terms", f"{result.outcome}, as its training set"),
    ]
    rows += [("note", note) for note in result.notes]
    rows.append(
        ("next", f"medcurate evaluate REAL {quote(str(out))} --out report; medcurate manifest {quote(str(out))}")
    )
    print_table(f"{result.written:,} synthetic images", rows)


def show_preview(found: Preview, out: Path, *, json: bool) -> None:
    """Tell what would be drawn; with `json` as one object."""
    if json:
        told = {"model": found.model, "classes": found.classes, "outcome": found.outcome}
        told["contrasts"] = list(found.contrasts)
        print_json({"dry_run": True, **told, "out": str(out)})
        return
    print_table(
        "Nothing was written (--dry-run)",
        [
            ("model", found.model),
            ("would draw", _counts(found.classes)),
            *_together(found.contrasts),
            ("terms", f"{found.outcome}, as its training set"),
            ("would write to", str(out)),
        ],
    )


def _together(contrasts: Sequence[str]) -> list[tuple[str, str]]:
    return [("each draw", f"one image of {' and of '.join(contrasts)}")] if contrasts else []


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
