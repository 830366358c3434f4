"""``medcurate evaluate``."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import EXIT_REJECTS, print_grid, print_json, print_table
from medcurate.errors import UsageError

if TYPE_CHECKING:
    from medcurate.evaluate.compared_runs import Comparison
    from medcurate.evaluate.evaluation import Preview
    from medcurate.results import Report

Copies = Annotated[
    bool, options.flag("--copies", "Are generated images copies of real ones, or of each other? Always measured first.")
]
Fidelity = Annotated[bool, options.flag("--fidelity", "Do the images look real, as a set?")]
Overlap = Annotated[bool, options.flag("--overlap", "Do the embeddings of real and generated images overlap?")]
Umap = Annotated[bool, options.flag("--umap", "The same as --overlap.")]
TwoSample = Annotated[bool, options.flag("--two-sample", "Can a classifier tell generated images from real ones?")]
Downstream = Annotated[
    bool, options.flag("--downstream", "Does training with generated images help a classifier? Includes --two-sample.")
]
Dice = Annotated[bool, options.flag("--dice", "Is the anatomy in the right place? Needs masks.")]
Anatomy = Annotated[bool, options.flag("--anatomy", "Symmetry, sizes and gray values, compared with the real ranges.")]
Paired = Annotated[bool, options.flag("--paired", "Errors between paired images. Includes --anatomy.")]
Privacy = Annotated[bool, options.flag("--privacy", "Does the generator reproduce training images?")]
Compare = Annotated[bool, options.flag("--compare", "Compare the reports of several runs.")]


def evaluate(
    folders: Annotated[
        list[Path],
        options.argument(
            "REAL SYNTHETIC",
            "Two datasets, or plain folders of class sub-folders of images; with --compare, reports.",
            exists=True,
            file_okay=False,
        ),
    ],
    out: Annotated[Path | None, options.new_folder("REPORT", "The folder of the report.")] = None,
    config: options.Config = None,
    copies: Copies = False,
    fidelity: Fidelity = False,
    overlap: Overlap = False,
    umap: Umap = False,
    two_sample: TwoSample = False,
    anatomy: Anatomy = False,
    paired: Paired = False,
    dice: Dice = False,
    downstream: Downstream = False,
    privacy: Privacy = False,
    compare: Compare = False,
    gate: Annotated[
        Path | None, options.file("TOML file with thresholds on metrics; exit with 3 if one is not met.")
    ] = None,
    strict: Annotated[
        bool,
        options.flag(
            "--strict", "Exit with 3 if a part was skipped: too few images, a missing package, or data that it needs."
        ),
    ] = False,
    size: Annotated[
        int | None,
        options.value(
            "PX",
            "Width and height at which images are compared.",
            min=8,
            shown="the smaller of both sides, at most 128",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        options.value("NAME", "Features of images: classical, radiomics, inception, or keras:FILE.", shown="classical"),
    ] = None,
    inception: Annotated[
        Path | None,
        options.file(
            "Weights of Inception-v3, for the Fréchet inception distance and --models pretrained: "
            "classify_image_graph_def.pb as in papers, or Keras' without its top.",
            shown="those that Keras downloaded before",
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        options.file("CSV file with the columns real and synthetic: paths of images that are pairs.", shown="by name"),
    ] = None,
    label: Annotated[
        str | None,
        options.value(
            "COLUMN",
            "Column of the catalogue that classifiers predict and coverage is reported by, such as plane.",
            shown="tumor",
        ),
    ] = None,
    models: Annotated[
        str | None,
        options.value(
            "NAME,...",
            "Classifiers of --downstream: classic, cnn (trained with TensorFlow: minutes), pretrained (Inception-v3).",
            shown="classic",
        ),
    ] = None,
    real_per_class: Annotated[
        str | None,
        options.value("N,N,...", "Also train on only this many real images per class, such as 10,25,50,100."),
    ] = None,
    mask_labels: Annotated[
        str | None,
        options.value(
            "NAME",
            "Meaning of the numbers in masks: binary, brats2013, brats2020, brats2023 or msd.",
            shown="inferred from the masks",
        ),
    ] = None,
    on_copies: Annotated[
        Literal["report", "remove", "block"] | None,
        options.value(
            None, "Copies of training images: report them, remove them from SYNTHETIC, or exit with 5.", shown="report"
        ),
    ] = None,
    seed: options.Seed = 0,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Print what would be compared and measured, and write nothing.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Compare generated images with real ones that were held out.

    Writes REPORT/metrics.json and REPORT/report.html, one page with verdicts, numbers and figures. Without a flag,
    every part that applies is run. A stopped run continues where it was.

    \b
    Examples:
      medcurate evaluate dataset synthetic --out report
      medcurate evaluate dataset synthetic --out report --fidelity --privacy --gate gates.toml
      medcurate evaluate --compare report-a report-b --out comparison
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    if compare:
        _compare(folders, out, quiet=quiet, json=json)
        return
    if len(folders) != 2:
        raise UsageError(f"expected two folders, REAL and SYNTHETIC, received {len(folders)}")
    if out is None:
        raise UsageError("expected --out REPORT, the folder to write the report to")
    flags = {
        "copies": copies,
        "fidelity": fidelity,
        "overlap": overlap,
        "umap": umap,
        "two_sample": two_sample,
        "anatomy": anatomy,
        "paired": paired,
        "dice": dice,
        "downstream": downstream,
        "privacy": privacy,
    }
    asked = [name for name, given in flags.items() if given]
    chosen: dict[str, Any] = {"encoder": encoder, "pairs": pairs, "mask_labels": mask_labels}
    chosen |= {"on_copies": on_copies, "label": label, "inception": inception}
    chosen["models"] = None if models is None else tuple(models.split(","))
    chosen["real_per_class"] = None if real_per_class is None else _counts(real_per_class)
    arguments: dict[str, Any] = {
        "out": out,
        "parts": asked or None,
        "settings": {name: value for name, value in chosen.items() if value is not None},
        "size": size,
        "seed": seed,
        "gate": gate,
    }
    from medcurate.evaluate.evaluation import evaluate as run
    from medcurate.evaluate.evaluation import preview

    if dry_run:
        show_preview(preview(*folders, **arguments), out, json=json)
        return
    report = run(*folders, **arguments, progress=False if quiet else None, on_error=_trace if debug else None)
    if json:
        print_json(summary(report, out))
    elif not quiet:
        show(report, out, strict=strict)
    raise typer.Exit(_exit_code(report, strict=strict))


def _counts(text: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise UsageError(f"--real-per-class: expected numbers such as 10,25,50, received {text!r}")
    return counts


def _trace(part: str, error: Exception) -> None:
    sys.stderr.write(f"medcurate: {part} failed:\n")
    traceback.print_exception(error)


def _exit_code(report: Report, *, strict: bool) -> int:
    from medcurate.evaluate.gates import EXIT_NOT_MET

    if not all(gate["met"] for gate in report.settings["gates"]):
        return EXIT_NOT_MET
    return EXIT_REJECTS if strict and report.settings.get("skipped", {}) else 0


def summary(report: Report, out: Path) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    content = report.to_dict()
    return {
        "metrics": {metric["name"]: metric["value"] for metric in content["metrics"]},
        "verdicts": content["verdicts"],
        "parts": {name: part["status"] for name, part in report.settings["parts"].items()},
        "skipped": report.settings.get("skipped", {}),
        "gates": report.settings["gates"],
        "out": str(out),
    }


def show(report: Report, out: Path, *, strict: bool = False) -> None:
    """Print the verdicts, what was not measured, and where the report is."""
    from medcurate.evaluate.report_page.page import LEVELS

    verdicts = sorted(report.verdicts, key=lambda verdict: LEVELS.index(verdict.level))
    parts: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        parts.setdefault((verdict.label, verdict.text), []).append(verdict.part)
    # Several parts may say the same, such as that they are not judged: once, then, with their names.
    rows = [(label, text if len(said) == 1 else f"{', '.join(said)}: {text}") for (label, text), said in parts.items()]
    rows = rows or [("", "no part gave a verdict")]
    print_table(f"{report.synthetic['name']} compared with {report.real['name']}", rows)
    rows = [
        (name, f"{part['status']}: {' '.join(part['notes'])}")
        for name, part in report.settings["parts"].items()
        if part["status"] != "measured"
    ]
    skipped = report.settings.get("skipped", {})
    rows += [(name, why) for name, why in skipped.items() if why.startswith("partly")]
    if strict and skipped:
        rows.append(("--strict", f"skipped: {', '.join(skipped)}; the exit code is {EXIT_REJECTS}"))
    for gate in report.settings["gates"]:
        name = "gate met" if gate["met"] else "gate NOT met"
        rows.append((name, f"{gate['metric']}: {gate['rule']} {gate['threshold']}, received {gate['received']}"))
    rows += [("numbers", str(out / "metrics.json")), ("report", str(out / "report.html"))]
    print_table("", rows)


def show_preview(found: Preview, out: Path, *, json: bool) -> None:
    """Print what would be compared and measured; with `json` as one object."""
    sides = found.sides
    counts = {"train": len(sides.train), "held_out": len(sides.test), "synthetic": len(sides.synthetic)}
    if json:
        more = {
            "size": sides.size,
            "parts": found.parts,
            "lacking": found.lacking,
            "notes": list(sides.notes),
            "out": str(out),
        }
        print_json({"dry_run": True, **counts, **more})
        return
    rows = [(name.replace("_", " "), f"{count:,} images") for name, count in counts.items()]
    rows += [("size", f"{sides.size} pixels"), *(("note", note) for note in sides.notes)]
    rows += [
        (name, "measured in an earlier run" if done else "would be measured") for name, done in found.parts.items()
    ]
    rows += [(name, f"lacks a package: {why}") for name, why in found.lacking.items()]
    print_table("Nothing was written (--dry-run)", [*rows, ("would write to", str(out))])


def _compare(folders: Sequence[Path], out: Path | None, *, quiet: bool, json: bool) -> None:
    from medcurate.evaluate.comparison import compare

    comparison = compare(folders, out=out)
    if json:
        print_json({**comparison.to_dict(), "out": None if out is None else str(out)})
    elif not quiet:
        show_comparison(comparison, out)


def show_comparison(comparison: Comparison, out: Path | None) -> None:
    """Print the metrics of all runs in columns; one star marks the better value, two one beyond the intervals."""
    from medcurate.evaluate.report_page.names import number

    def cell(place: int, row: Any) -> str:
        metric = row.metrics[place]
        star = ("**" if row.surely else "*") if place == row.best else ""
        return "" if metric is None else f"{number(metric.value, metric.unit)}{star}"

    columns = range(len(comparison.names))
    lines = [(row.name, *(cell(place, row) for place in columns)) for row in comparison.rows]
    print_grid(f"Comparison of {', '.join(comparison.names)}", ("metric", *comparison.names), lines)
    notes = [("note", note) for note in comparison.notes]
    notes.append(("* **", "better; better, and the intervals do not overlap"))
    if out is not None:
        notes.append(("look at it", str(out / "comparison.html")))
    print_table("", notes)
