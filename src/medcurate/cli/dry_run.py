"""``--dry-run``: list the files that a command would read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medcurate.cli.summary import print_json, print_table


def print_dry_run(inputs: Sequence[Path], out: Path, *, json: bool) -> None:
    """List the files that would be read, without opening an image or writing anything.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files and archives.
    out : Path
        Not listed where it is inside an input.
    json : bool
        Print one JSON object instead of the table.
    """
    from medcurate.curate.sources.inputs import Item
    from medcurate.curate.sources.scan_inputs import resolve_inputs

    read = size = ignored = rejected = 0
    for entry in resolve_inputs(inputs).walk(out):
        if isinstance(entry, Item):
            read += 1
            size += entry.size
        else:
            rejected += entry.rejected
            ignored += not entry.rejected
    if json:
        summary = {"dry_run": True, "to_read": read, "bytes": size, "rejected": rejected, "ignored": ignored}
        print_json({**summary, "out": str(out)})
        return
    print_table(
        "Nothing was written (--dry-run)",
        [
            ("would read", f"{read:,} files, {size / 2**20:,.1f} MiB"),
            ("would leave out", f"{rejected:,} rejected, {ignored:,} ignored, before any is opened"),
            ("would write to", str(out)),
        ],
    )
