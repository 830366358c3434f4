"""Search one set of planted copies with medcurate, with imagehash pair by pair, and with CleanVision.

    python -m benchmarks.peer_copies IMAGES        # a folder that `benchmarks.planted_copies --work` made

imagehash: `phash` of 64 bits as in its documentation, every pair compared: once up to 10 bits apart, as is usual, and
once as far apart as gives the most right pairs at a precision of 0.995, or, if nothing does, at its most precise.
CleanVision: `find_issues` with exact and near duplicates, as it comes; it hashes with imagehash and pairs equal hashes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.copy_changes import ALL
from benchmarks.figures import Figure, Result, Table, share
from benchmarks.planted_copies import origin, what
from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.near_duplicates import find_pairs
from medcurate.curate.scanning import scan
from medcurate.parallel import Workers

Pairs = set[tuple[str, str]]
PRECISION = 0.995
_PEER_LIMIT = (
    "imagehash, most precise: as many bits apart as give the most right pairs at a precision of "
    f"{PRECISION}, or, as nothing may give that, the highest precision; chosen on these very images."
)


def main() -> None:
    """Run all three, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    options = parser.parse_args()
    files = sorted(options.images.iterdir())
    figures: list[Figure] = []
    searches = {
        "medcurate": ours,
        "imagehash, most precise": pairwise,
        "imagehash, 10 bits": partial(pairwise, limit=10),
        "CleanVision": cleanvision,
    }
    for name, search in searches.items():
        began = _cpu()
        pairs = search(files)
        seconds = _cpu() - began
        figures += [*judge(pairs, files, name)]
        figures.append(Figure(name="CPU seconds", value=round(seconds, 1), n=len(files), unit="", column=name))
        print(name, f"{seconds:.0f} s", flush=True)
    table = Table(
        title="Planted copies found, beside others",
        counts="copies of a kind; of pairs, pairs that were found; of seconds, images",
        interval="Wilson, 95 %; copies of one original count as independent",
        figures=figures,
        notes=[
            "The images of planted-copies. Seconds are of all processes, reading the files included, one run each.",
            _PEER_LIMIT,
        ],
    )
    peers = {name: version(name) for name in ("imagehash", "cleanvision")}
    Result(name="peer-copies", tables=[table], settings={"images": len(files), **peers}).write()


def judge(pairs: Pairs, files: Sequence[Path], column: str) -> list[Figure]:
    """Return recall by kind and precision of pairs of file names."""
    right = {pair for pair in pairs if origin(pair[0]) == origin(pair[1])}
    hit = {name for pair in right for name in pair}
    names = [file.name for file in files]
    recall = [share(kind, [name in hit for name in names if what(name) == kind], column=column) for kind in ALL]
    return [*recall, share("pairs of one original", [pair in right for pair in pairs], column=column)]


def _cpu() -> float:
    """Return the seconds that this process and those it waited for have computed."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def ours(files: list[Path]) -> Pairs:
    """Scan and search, with equal pixels."""
    with TemporaryDirectory() as folder:
        out = Path(folder)
        scan([files[0].parent], out, progress=False)
        found = find_pairs(out, Workers(progress=False)).pairs
        table = Catalogue.open(out).to_table(["path", "image_id"])
    paths, ids = (table.column(name).to_pylist() for name in ("path", "image_id"))
    groups: dict[str, list[str]] = {}
    for path, image_id in zip(paths, ids, strict=True):
        groups.setdefault(image_id, []).append(path)
    pairs = {pair for group in groups.values() for pair in combinations(group, 2)}
    for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True):
        pairs |= {(one, other) for one in groups[ids[a]] for other in groups[ids[b]]}
    return pairs


def pairwise(files: list[Path], *, limit: int | None = None) -> Pairs:
    """Compare the hashes of all pairs: at most so many bits apart, or as many as is best."""
    import imagehash
    from PIL import Image

    hashes = np.stack([np.packbits(imagehash.phash(Image.open(file)).hash) for file in files]).view(np.uint64)[:, 0]
    _, group = np.unique([origin(file.name) for file in files], return_inverse=True)
    near = []
    for number, one in enumerate(hashes[:-1]):
        distance = np.bitwise_count(hashes[number + 1 :] ^ one)
        other = np.flatnonzero(distance <= 20)
        near.append(np.stack([np.full(len(other), number), other + number + 1, distance[other]]).astype(np.int32))
    first, second, bits = np.concatenate(near, axis=1)
    same = group[first] == group[second]

    def worth(most: int) -> tuple[float, int]:
        found = bits <= most
        return min(float(same[found].mean()) if found.any() else 0.0, PRECISION), int(same[found].sum())

    best = bits <= (max(range(0, 21, 2), key=worth) if limit is None else limit)
    return {(files[a].name, files[b].name) for a, b in zip(first[best].tolist(), second[best].tolist(), strict=True)}


def cleanvision(files: list[Path]) -> Pairs:
    """Let CleanVision look for exact and near duplicates."""
    from cleanvision import Imagelab

    lab = Imagelab(filepaths=[str(file) for file in files])
    lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, verbose=False)
    return {
        (Path(a).name, Path(b).name)
        for kind in ("exact_duplicates", "near_duplicates")
        for group in lab.info[kind]["sets"]
        for a, b in combinations(sorted(group), 2)
    }


if __name__ == "__main__":
    main()
