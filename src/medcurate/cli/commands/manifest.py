"""``medcurate manifest``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from medcurate.cli import options
from medcurate.cli.summary import print_json, print_table
from medcurate.errors import PolicyError
from medcurate.setting_texts import read_cards

if TYPE_CHECKING:
    from medcurate.datasets_manifest.manifest.writing import ManifestResult

_MOST_TRACE = 12


def manifest(
    dataset: Annotated[
        Path, options.argument("DATASET", "Dataset folder that homogenize wrote.", exists=True, file_okay=False)
    ],
    config: options.Config = None,
    card: options.Card = None,
    source_info: Annotated[
        Path | None,
        options.file("TOML file with tables [sources.NAME] and [dataset], besides DATASET/sources.toml."),
    ] = None,
    allow: options.Allow = None,
    purpose: Annotated[
        Literal["adaptation", "collection"],
        options.value(None, "Share one dataset made of all sources, or the parts side by side, unmerged."),
    ] = "adaptation",
    overwrite: Annotated[bool, options.flag("--overwrite", "Also replace files that were written by hand.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Decide whether a dataset may be shared, and write the files that must accompany it.

    Writes croissant.json, ATTRIBUTION.md, LICENSES.md, README.md, CITATION.cff and verdict.json into DATASET. Exits
    with 0 if it may be shared, with 5 if not; the files are written in both cases. Not legal advice.

    \b
    Examples:
      medcurate manifest dataset --card figshare=figshare-1512427
      medcurate manifest dataset --source-info hospital.toml --purpose collection
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    from medcurate.datasets_manifest.manifest.writing import write_manifest

    result = write_manifest(
        dataset,
        card=read_cards(card or ()),
        source_info=source_info,
        allow=allow or (),
        purpose=purpose,
        overwrite=overwrite,
    )
    if json:
        more = {
            "sources": list(result.sources),
            "missing": list(result.missing),
            "files": [path.name for path in result.files],
            "out": str(dataset),
        }
        print_json({**result.verdict.to_dict(), **more})
    elif not quiet:
        show(result, dataset)
    raise typer.Exit(0 if result.verdict.granted else PolicyError.exit_code)


def show(result: ManifestResult, dataset: Path) -> None:
    """Print the verdict, the reasons, what is missing, and what comes next."""
    from medcurate.datasets_manifest.licenses.verdict import MEANINGS

    verdict = result.verdict
    rows = [
        ("license", verdict.expression if verdict.expression and verdict.granted else "none: nothing is shared yet")
    ]
    if verdict.expression and not verdict.granted:
        rows.append(("would be", verdict.expression))
    rows += [("flag", flag) for flag in verdict.flags]
    print_table(f"{verdict.outcome.upper()}: {MEANINGS[verdict.outcome]}", rows)
    trace = [(f"{step.rule} {step.source}".strip(), f"{step.effect}: {step.text}") for step in verdict.trace]
    if len(trace) > _MOST_TRACE:
        trace = [*trace[:_MOST_TRACE], ("", f"{len(trace) - _MOST_TRACE} more in verdict.json")]
    print_table("Why", trace)
    if result.missing:
        print_table("Missing", [(f"{number}.", text) for number, text in enumerate(result.missing, 1)])
    print_table("Written", [(path.name, str(path)) for path in result.files])
    print_table(
        "", [("next", _next(result, dataset)), ("note", "not legal advice; licenses say nothing about privacy")]
    )


def _next(result: ManifestResult, dataset: Path) -> str:
    if result.verdict.granted:
        return f"read {dataset / 'README.md'}, fill in what is missing, and share the folder without .medcurate"
    steps = {
        "collection": "the parts may be shared side by side: add --purpose collection",
        "review": "a person must decide about the reasons above, and records it with --allow RULE:SOURCE:NAME:REASON",
        "recipe": "share no files; share sources.toml, homogenize.json and verdict.json, from which it can be rebuilt",
        "local": "find out the license of the source, state it with --card or in sources.toml, and run this again",
        "block": "leave the source out: medcurate homogenize ... --exclude-source NAME",
        "error": "state a valid license, creator, title and url in sources.toml, and run this again",
    }
    return steps[result.verdict.outcome]
