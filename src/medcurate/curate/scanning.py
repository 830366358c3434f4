"""Scan: read every file once, hash it, and write the catalogue and the rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.defaults import TIMEOUT_S
from medcurate.curate.scans.file_lines import ScanSettings
from medcurate.curate.scans.output import Counts, compare_files, write_tables
from medcurate.curate.scans.parts import PartStore
from medcurate.curate.scans.pseudonyms import load_salt
from medcurate.curate.scans.reading import lines_version, read_files
from medcurate.curate.scans.scan_parts import ScanParts
from medcurate.curate.sources.listing import Listing
from medcurate.curate.sources.scan_inputs import ScanInputs, resolve_inputs
from medcurate.errors import UsageError
from medcurate.parallel import Workers, interruptible
from medcurate.run_folder import lock

__all__ = ["Catalogue", "Counts", "ScanResult", "scan"]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of a scan.

    Attributes
    ----------
    catalogue : Catalogue
        ``out/catalogue.parquet``.
    counts : Counts
        Files by what became of them.
    reused : int
        Files that were not read, as an earlier run of the same scan had.
    """

    catalogue: Catalogue
    counts: Counts
    reused: int


def scan(
    inputs: Sequence[Path],
    out: Path,
    *,
    workers: int | None = None,
    channel: int | None = None,
    keep_burned_in: bool = False,
    timeout_s: float = TIMEOUT_S,
    features: bool = False,
    progress: bool | None = None,
    dask: str | None = None,
    catalogue_parts: int | None = None,
) -> ScanResult:
    """Read every image in the inputs once; write ``catalogue.parquet`` and ``rejects.csv``.

    A scan that was stopped in any way continues where it was when it is called again; files that have not changed
    since an earlier scan into the same folder are not read again. The output does not depend on either, nor on
    `workers`.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files and zip archives; and output folders of earlier scans, for what those had read, under the same
        names.
    out : Path
        Folder for the output; made if needed. One scan at a time may write it.
    workers : int, optional
        Processes; None for one per core, 0 to read in this process (for debugging: nothing is isolated).
    channel, keep_burned_in
        See `medcurate.readers.options.ReadOptions`; None and False for what an earlier scan had, where only such
        are the input.
    timeout_s : float
        Seconds that one file may take before it is rejected as ``TIMEOUT``.
    features : bool
        Also keep the plane features of each image, so that `sort_planes` into the same folder reads nothing again.
    progress : bool, optional
        False shows nothing.
    dask : str, optional
        Address of the scheduler of a Dask cluster whose workers read in place of `workers`. They must see the inputs
        under the same paths. Names of files and the salt of the pseudonyms travel to them, so the cluster must be
        trusted.
    catalogue_parts : int, optional
        Rows per part, for a catalogue that is a folder of parts; None for one file, or what is there already.

    Raises
    ------
    UsageError
        An input does not exist, an earlier scan's inputs are gone or unknown, an option is out of range, or the Dask
        cluster cannot be used.
    OutputError
        The output cannot be written; `Locked` if another process writes it.
    """
    chosen = resolve_inputs(inputs, channel=channel, keep_burned_in=keep_burned_in)
    how = Workers(workers, timeout_s, dask, progress)
    with open_scan(chosen, out, how, features=features, catalogue_parts=catalogue_parts) as found:
        write_tables(out, found.parts, lambda part: part.rows, part_rows=catalogue_parts)
    return ScanResult(Catalogue.open(out / FILE_NAME), found.counts, found.reused)


@dataclass(frozen=True, slots=True)
class OpenScan:
    """A scan that has read its files and has written no table yet.

    Attributes
    ----------
    listing : Listing
        All files, in the order of the parts.
    parts : ScanParts
        The rows to write.
    reused : int
        Files that were not read again.
    """

    inputs: ScanInputs
    listing: Listing
    parts: ScanParts
    counts: Counts
    reused: int


@contextmanager
def open_scan(
    chosen: ScanInputs, out: Path, workers: Workers, *, features: bool, catalogue_parts: int | None = None
) -> Iterator[OpenScan]:
    """Read what is new in the inputs, and hold the lock of `out` while the caller writes the tables.

    Raises
    ------
    UsageError, OutputError
        As `scan`.
    """
    if catalogue_parts is not None and catalogue_parts < 1:
        raise UsageError(f"catalogue_parts: expected 1 row or more, received {catalogue_parts}")
    chosen.walk(out)  # raises if the output is an input, before the lock is written there
    workers.check_shared([Path(root.folder) for root in chosen.roots])
    with lock(out), interruptible(), chosen.list_once(out) as listing:
        chosen.record(out)
        # `sort_planes` looks for color where it is in doubt.
        settings = ScanSettings(load_salt(), replace(chosen.options, check_color=not features), features)
        with PartStore(out, lines_version(settings)) as store:
            read = read_files(listing, store, settings, workers)
            parts, counts = compare_files(read, store)
            yield OpenScan(chosen, listing, parts, counts, read.reused)
            store.finish(read.keys)
