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
    from medcurate.dataset import Dataset
    from medcurate.generate.synthetic.generation import GenerateResult, Preview

Run = Annotated[
    Path,
    typer.Argument(metavar="RUN", exists=True, file_okay=False, show_default=False, help="What train-gan wrote."),
]
N = Annotated[
    int,
    typer.Option(
        "--n",
        metavar="N",
        min=1,
        show_default=False,
        help="Number of draws; with --from, of each source. A draw is one image, or one of each contrast.",
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
Attribute = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        metavar="NAME=NUMBER",
        show_default=False,
        help="Give all images this attribute, such as mask_area=0.05; otherwise those of training images. Repeatable.",
    ),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="DATASET",
        exists=True,
        file_okay=False,
        show_default=False,
        help="The images to draw from, for a generator that is given images.",
    ),
]
Split = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", show_default="all of it", help="The part of --from DATASET to draw from."),
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
    attribute: Attribute = None,
    from_: From = None,
    split: Split = None,
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
      medcurate generate run --n 1 --out translated --from dataset --split test
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.generate.synthetic.generation import generate as draw
    from medcurate.generate.synthetic.generation import preview
    from medcurate.generate.synthetic.settings import GenerateSettings

    settings = GenerateSettings(
        n=n,
        balanced=balanced,
        classes=_pairs("--class", "COLUMN=VALUE, such as tumor=glioma", class_ or ()),
        attributes=_numbers(_pairs("--attribute", "NAME=NUMBER, such as mask_area=0.05", attribute or ())),
        seed=seed,
        batch=batch,
    )
    sources = _sources(from_, split)
    if dry_run:
        show_preview(preview(run, settings, sources=sources, verdict=verdict), out, json=json)
        return
    result = draw(
        run,
        out,
        settings=settings,
        sources=sources,
        verdict=verdict,
        overwrite=overwrite,
        progress=False if quiet else None,
    )
    if json:
        more = {"classes": result.classes, "outcome": result.outcome, "notes": list(result.notes), "out": str(out)}
        more["contrasts"] = list(result.contrasts)
        print_json({"written": result.written, "repeated": result.repeated, "removed": result.removed, **more})
    elif not quiet:
        show(result, out)


def _pairs(option: str, expected: str, given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(f"{option}: expected {expected}; received {text!r}")
        if found.setdefault(name.strip(), value.strip()) != value.strip():
            raise UsageError(f"{option}: {name.strip()} is there twice; leave it out to draw several, or run twice")
    return found


def _numbers(given: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for name, text in given.items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UsageError(f"--attribute {name}: expected a number, received {text!r}") from None
    return found


def _sources(folder: Path | None, split: str | None) -> Dataset | None:
    from medcurate.dataset import Dataset

    if folder is None:
        if split is not None:
            raise UsageError("--split: which part of --from DATASET to draw from; give both, or neither")
        return None
    return Dataset.open(folder).select(split=split)


def show(result: GenerateResult, out: Path) -> None:
    """Show what was drawn, what may be done with it, and what comes next."""
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
    """Show what would be drawn; with `json` as one object."""
    if json:
        content = {"model": found.model, "classes": found.classes, "outcome": found.outcome}
        content["contrasts"] = list(found.contrasts)
        print_json({"dry_run": True, **content, "out": str(out)})
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
