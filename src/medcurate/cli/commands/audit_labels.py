"""``medcurate audit-labels``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import print_grid, print_json, print_table
from medcurate.curate import defaults

if TYPE_CHECKING:
    from medcurate.curate.label_audit import AuditResult


def audit_labels(
    folder: options.ScanFolder,
    config: options.Config = None,
    tumor_labels: options.TumorLabels = None,
    drop_suspects: Annotated[
        bool, options.flag("--drop-suspects", "Mark flagged images as dropped (LABEL_SUSPECT); files stay.")
    ] = False,
    undo: Annotated[bool, options.flag("--undo", "Remove the marks that --drop-suspects set, and stop.")] = False,
    seed: options.Seed = defaults.SEED,
    timeout: options.Timeout = defaults.TIMEOUT_S,
    workers: options.Workers = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Rank images by how wrong their tumor label looks, for a person to check.

    Writes DIR/label_audit.csv, most suspect first, and DIR/label_audit.jpg. Marks nothing by itself. Run dedupe
    first: then neither a copy nor another slice of the same patient supports a label.

    \b
    Examples:
      medcurate audit-labels sorted
      medcurate audit-labels sorted --drop-suspects
      medcurate audit-labels sorted --undo
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    from medcurate.curate.label_audit import audit_labels as run
    from medcurate.curate.label_audit import undo_audit

    if undo:
        restored = undo_audit(folder)
        if json:
            print_json({"restored": restored, "out": str(folder)})
        elif not quiet:
            print_table(f"{restored:,} rows are kept again", [("catalogue", str(folder / "catalogue.parquet"))])
        return
    result = run(
        folder,
        tumor_labels=tumor_labels,
        drop_suspects=drop_suspects,
        seed=seed,
        workers=workers,
        timeout_s=timeout,
        progress=False if quiet else None,
    )
    if json:
        print_json(summary_of(result, folder))
    elif not quiet:
        show(result, folder)


def summary_of(result: AuditResult, folder: Path) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return {
        "audited": result.audited,
        "flagged": sum(result.flagged.values()),
        "by_tumor": {
            name: {
                "images": result.given[name],
                "flagged": result.flagged[name],
                "suggested": {other: result.confusion[name, other] for other in result.classes if other != name},
                "estimated_wrong": {other: result.estimated[name, other] for other in result.classes if other != name},
            }
            for name in result.classes
        },
        "unreadable": result.unreadable,
        "dropped": result.dropped,
        "out": str(folder),
    }


def show(result: AuditResult, folder: Path) -> None:
    """Print how many labels of each type are flagged, and which type they look like."""
    grid = []
    for name in result.classes:
        towards = [f"{result.confusion[name, other]:,}" if other != name else "·" for other in result.classes]
        grid.append([name, f"{result.given[name]:,}", f"{result.flagged[name]:,}", *towards])
    print_grid("Flagged labels, and what they look like", ["label", "images", "flagged", *result.classes], grid)
    rows = [
        ("table", f"{folder / 'label_audit.csv'} (most suspect first)"),
        ("look at", str(folder / "label_audit.jpg")),
    ]
    if result.unreadable:
        rows.append(("left out", f"{result.unreadable:,} images that can no longer be read"))
    if result.dropped:
        rows.append(("marked", f"{result.dropped:,} rows as LABEL_SUSPECT; undo with --undo"))
    else:
        rows.append(("next", "check them; --drop-suspects leaves them out, --tumor-labels corrects them"))
    print_table(f"{result.audited:,} images audited, {sum(result.flagged.values()):,} flagged", rows)
