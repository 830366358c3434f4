"""Find the files that the rows of a catalogue come from."""

from __future__ import annotations

from collections.abc import Iterable

from medcurate.curate.sources.inputs import Item, Skipped

KEPT = 4096


class Originals:
    """Files of the input, asked for in the order of the catalogue (which is that of the listing).

    Parameters
    ----------
    listing : iterable of Item or Skipped
        From `medcurate.curate.sources.inputs.walk`. It is read once, as far as needed; files passed over are
        remembered, the last `KEPT` of them, in case the input changes between two listings.
    """

    def __init__(self, listing: Iterable[Item | Skipped]) -> None:
        self._listing = iter(listing)
        self._passed: dict[tuple[str, str], Item] = {}

    def find(self, source: str, path: str) -> Item | None:
        """Return the file, None if it is there no more."""
        wanted = (source, path)
        if wanted in self._passed:
            return self._passed[wanted]
        for entry in self._listing:
            if isinstance(entry, Skipped):
                continue
            self._passed[entry.source, entry.path] = entry
            if len(self._passed) > KEPT:
                del self._passed[next(iter(self._passed))]
            if (entry.source, entry.path) == wanted:
                return entry
        return None
