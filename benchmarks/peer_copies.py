"""Search one set of planted copies with medcurate, with imagehash pair by pair, and with CleanVision.

    python -m benchmarks.peer_copies IMAGES        # a folder that `benchmarks.planted_copies --work` made

imagehash: `phash` of 64 bits as in its documentation, every pair compared, at each distance up to 20; the figure is
that of the distance with the most right pairs at a precision of 0.995, or, if there is none, at its most precise.
CleanVision: `find_issues` with exact and near duplicates, as it comes; it hashes with imagehash and pairs equal hashes.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.environment import environment
from benchmarks.figures import FOLDER
from benchmarks.planted_copies import share
from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.near_duplicates import find_pairs
from medcurate.curate.scanning import scan

Pairs = set[tuple[str, str]]
PRECISION = 0.995


def main() -> None:
    """Run all three, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    options = parser.parse_args()
    files = sorted(options.images.iterdir())
    figures: dict[str, Any] = {"images": len(files)}
    for name, search in (("medcurate", ours), ("imagehash", pairwise), ("cleanvision", cleanvision)):
        began = perf_counter()
        try:
            pairs = search(files)
        except ImportError as error:
            figures[name] = {"missing": str(error)}
            continue
        figures[name] = {"seconds": round(perf_counter() - began, 1), **judge(pairs, files)}
        print(name, json.dumps(figures[name]), flush=True)
    results = Path(os.environ.get(FOLDER, Path(__file__).parent / "results"))
    content = json.dumps({**figures, "environment": environment()}, indent=1)
    (results / "peer-copies.json").write_text(content + "\n", encoding="utf-8")


def judge(pairs: Pairs, files: Iterable[Path]) -> dict[str, Any]:
    """Return recall by kind and precision of pairs of file names."""
    right = {pair for pair in pairs if origin(pair[0]) == origin(pair[1])}
    hit = {name for pair in right for name in pair}
    kinds: dict[str, list[bool]] = {}
    for file in files:
        parts = file.stem.split("~")
        if len(parts) == 3:
            kinds.setdefault(parts[1], []).append(file.name in hit)
    recall = {kind: share(sum(found), len(found)) for kind, found in sorted(kinds.items())}
    return {"recall": recall, "precision": share(len(right), len(pairs))}


def origin(name: str) -> str:
    """Return the name of the original that a planted image was made from."""
    return name.split("~", maxsplit=1)[0]


def ours(files: list[Path]) -> Pairs:
    """Scan and search, with equal pixels."""
    with TemporaryDirectory() as folder:
        out = Path(folder)
        scan([files[0].parent], out, progress=False)
        found = find_pairs(out, progress=False).pairs
        table = Catalogue.open(out).to_table(["path", "image_id"])
    paths, ids = (table.column(name).to_pylist() for name in ("path", "image_id"))
    groups: dict[str, list[str]] = {}
    for path, image_id in zip(paths, ids, strict=True):
        groups.setdefault(image_id, []).append(path)
    pairs = {pair for group in groups.values() for pair in combinations(group, 2)}
    for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True):
        pairs |= {(one, other) for one in groups[ids[a]] for other in groups[ids[b]]}
    return pairs


def pairwise(files: list[Path]) -> Pairs:
    """Compare the hashes of all pairs."""
    import imagehash
    from PIL import Image

    hashes = np.stack([np.packbits(imagehash.phash(Image.open(file)).hash) for file in files])
    best, most = set[tuple[str, str]](), (-1.0, 0)
    near: list[tuple[int, int, int]] = []
    for number, one in enumerate(hashes[:-1]):
        distance = np.bitwise_count(hashes[number + 1 :] ^ one).sum(axis=1)
        near.extend((int(distance[k]), number, number + 1 + int(k)) for k in np.flatnonzero(distance <= 20))
    for limit in range(0, 21, 2):
        pairs = {(files[a].name, files[b].name) for distance, a, b in near if distance <= limit}
        right = sum(origin(a) == origin(b) for a, b in pairs)
        precision = right / max(len(pairs), 1)
        if (min(precision, PRECISION), right) > most:
            best, most = pairs, (min(precision, PRECISION), right)
    return best


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
