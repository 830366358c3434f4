"""Filter a catalogue of parts by plane, tumor and confidence, and print the rows kept and the peak memory in KiB.

filter_catalogue.py {medcurate,pandas,pandas-columns} FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

COLUMNS = ["image_id", "source", "path", "frame", "plane", "tumor", "plane_confidence"]
TUMORS = ["glioma", "none"]
LOW = 0.9


def stream(folder: Path) -> int:
    """Read batch after batch; none is kept."""
    from medcurate.catalogue import Catalogue

    chosen = Catalogue.open(folder).filter(plane="axial", tumor=set(TUMORS), plane_confidence=(LOW, None))
    return sum(batch.num_rows for batch in chosen.batches(COLUMNS))


def whole(folder: Path, columns: list[str] | None) -> int:
    """Read all rows, then choose by a mask."""
    import pandas as pd

    table = pd.read_parquet(folder, columns=columns)
    kept = (table["plane"] == "axial") & table["tumor"].isin(TUMORS) & (table["plane_confidence"] >= LOW)
    return len(table[kept])


def peak_kib() -> int:
    """Return the peak of this program alone: ``ru_maxrss`` starts from that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    way, folder = sys.argv[1], Path(sys.argv[2])
    began = perf_counter()
    rows = stream(folder) if way == "medcurate" else whole(folder, COLUMNS if way == "pandas-columns" else None)
    print(rows, peak_kib(), perf_counter() - began)


if __name__ == "__main__":
    main()
