"""Plant changed copies of real images among merely similar slices, and count the detected ones.

Originals are `sartaj` and `slices/nichart`, of each group of copies that they hold one image: byte-identical ones, and
those that medcurate itself finds at a lenient 0.05. Pairs that it takes for copies wrongly are left out by that too,
so precision among originals is not measured, only that among neighbors and between origins. Hard negatives are runs of
neighboring slices, 1 or 2 mm apart, of the 24 whole heads in `volumes`, along three axes, as pictures without a header.
Every kind of change is planted `--n` times, each of another image where there are enough.

A planted copy counts as found if it is paired with its original or, as a search cannot know which one was first, with
another copy of it. A pair of images of two origins is a false one. `--half` takes the images whose name hashes to an
even or an odd number. Limits and windows were set on the even ones; the weights of the comparison were fitted on a
sample of both.

    python -m benchmarks.planted_copies --n 1000 --half odd
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import nibabel
import numpy as np
from numpy.typing import NDArray

from benchmarks.copy_changes import ALL
from benchmarks.environment import ROOT
from benchmarks.figures import Result, Table, share
from medcurate.catalogue import Catalogue
from medcurate.curate.duplicates.near_duplicates import find_pairs
from medcurate.curate.scanning import scan
from medcurate.parallel import Workers

RUN = 12  # neighboring slices in a run
_HALVES = (
    "Limits and windows of the search were chosen on the even half of the images, after other copies of the odd half "
    "had shown that too few were proposed. The weights of the comparison were fitted on an earlier sample of both."
)
_ORIGINALS = (
    "Originals are one of each group of copies that medcurate itself finds at a lenient 0.05, so a pair of two "
    "originals that it takes for copies wrongly does not show here."
)


def main() -> None:
    """Plant, search, count, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--half", choices=("even", "odd", "all"), default="odd")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="keep the planted images here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        images = work / "images"
        if not images.exists():
            plant(options.data.resolve(), images, options.n, options.half, options.seed)
        found = count(images, work / "out")
    settings = {"n": options.n, "half": options.half, "seed": options.seed, "run": RUN}
    Result(name="planted-copies", tables=tables(found), settings=settings).write()


def plant(data: Path, images: Path, n: int, half: str, seed: int) -> None:
    """Write originals, copies and hard negatives as ``<origin>~<what>.png`` or ``.jpg``."""
    images.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    originals = dict(_originals(data, half))
    names = list(originals)
    for name, file in originals.items():
        _save(images / f"{name}~original.png", cv2.imread(str(file), cv2.IMREAD_GRAYSCALE))
    for kind, change in ALL.items():
        chosen = [names[i] for start in range(0, n, len(names)) for i in rng.permutation(len(names))[: n - start]]
        for number, name in enumerate(chosen):
            image = cv2.imread(str(originals[name]), cv2.IMREAD_GRAYSCALE)
            _save(images / f"{name}~{kind}~{number}.png", change(image, rng))
    for name, image in _neighbors(data, half):
        _save(images / f"{name}~neighbor.png", image)


class Found(NamedTuple):
    """What a search found: of each kind which copies, which of its pairs are right, and the wrong ones by name."""

    kinds: Mapping[str, Sequence[bool]]
    right: Sequence[bool]
    wrong: Sequence[tuple[str, str]]
    images: int
    originals: int
    neighbors: int
    runs: int


def count(images: Path, out: Path, *, workers: int | None = None) -> Found:
    """Search the planted images and say what was found."""
    scan([images], out, workers=workers, progress=False)
    pairs = find_pairs(out, Workers(workers, progress=False)).pairs
    table = Catalogue.open(out).to_table(["path", "image_id"])
    paths, ids = (table.column(name).to_pylist() for name in ("path", "image_id"))
    together = [(paths[a], paths[b]) for a, b in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)]
    right = [origin(a) == origin(b) for a, b in together]
    first = dict(zip(reversed(ids), reversed(paths), strict=True))  # a pair names the first file with its pixels
    hit = {path for pair, is_right in zip(together, right, strict=True) if is_right for path in pair}
    same = Counter(ids)  # equal pixels are found by their hash of all pixels
    kinds: dict[str, list[bool]] = {kind: [] for kind in ALL}
    for path, image_id in zip(paths, ids, strict=True):
        if (kind := what(path)) in kinds:
            kinds[kind].append(first[image_id] in hit or same[image_id] > 1)
    wrong = [pair for pair, is_right in zip(together, right, strict=True) if not is_right]
    each = Counter(map(what, paths))
    runs = {origin(path).rsplit("-", 1)[0] for path in paths if what(path) == "neighbor"}
    return Found(kinds, right, wrong, len(paths), each["original"], each["neighbor"], len(runs))


def origin(name: str) -> str:
    """Return the name of the original that a planted image was made from."""
    return name.split("~", maxsplit=1)[0]


def what(name: str) -> str:
    """Return what a planted image is: a kind of change, ``original`` or ``neighbor``."""
    return name.split("~")[1].split(".", maxsplit=1)[0]


def tables(found: Found) -> list[Table]:
    """Return the figures, with what was to be reached."""
    adjacent = [pair for pair in found.wrong if {what(name) for name in pair} == {"neighbor"}]
    apart = [True] * (found.neighbors - found.runs - len(adjacent)) + [False] * len(adjacent)
    recall = Table(
        title="Planted copies found",
        counts="copies",
        interval="Wilson, 95 %; copies of one original count as independent",
        figures=[share(kind, hits, at_least=98.0) for kind, hits in found.kinds.items()],
        notes=[
            f"{found.originals} originals, {found.neighbors} neighboring slices, {found.images} images in all.",
            _HALVES,
        ],
    )
    precision = Table(
        title="Pairs that are copies",
        counts="pairs that were found; of neighboring slices, pairs that lie side by side",
        interval="Wilson, 95 %",
        figures=[
            share("pairs of one original", found.right, at_least=99.5),
            share("neighboring slices kept apart", apart),
        ],
        notes=[
            f"{len(adjacent)} of {len(found.wrong)} false pairs are slices of one head side by side.",
            _ORIGINALS,
        ],
    )
    return [recall, precision]


def _originals(data: Path, half: str) -> Iterator[tuple[str, Path]]:
    """Yield images of which no other one is a copy."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        scan([data / "sartaj", data / "slices" / "nichart"], out, progress=False)
        pairs = find_pairs(out, Workers(progress=False), min_score=0.05).pairs
        table = Catalogue.open(out).to_table(["source", "path", "image_id"])
    sources, paths, ids = (table.column(name).to_pylist() for name in ("source", "path", "image_id"))
    dropped = {max(a, b) for a, b in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}
    seen: set[str] = set()
    # the volumes that the neighbors come from
    held = {
        file.name.split(".", maxsplit=1)[0].replace("_", "-")
        for file in (data / "volumes" / "nichart").glob("*/*.nii.gz")
    }
    roots = {"sartaj": data / "sartaj", "nichart": data / "slices" / "nichart"}
    for row, (source, path, image_id) in enumerate(zip(sources, paths, ids, strict=True)):
        name = path.replace("/", "-").rsplit(".", 1)[0]
        used = name.split("_")[0] in held or not _in_half(name, half)
        if row not in dropped and image_id not in seen and not used:
            yield name, roots[source] / path
        seen.add(image_id)


def _neighbors(data: Path, half: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield slices side by side, each an origin of its own."""
    files = sorted((data / "volumes/nichart").glob("*/*.nii.gz"))
    files += [file for file in sorted((data / "volumes/brats2013").glob("*/*/*.nii.gz")) if file.name[0] in "TF"]
    for file in files:
        volume = file.parent.name + "-" + file.name.split(".", maxsplit=1)[0]
        if not _in_half(volume, half):
            continue
        values = np.asanyarray(nibabel.as_closest_canonical(nibabel.load(file)).dataobj).astype(np.float32)
        for axis in range(3):
            begin = round(values.shape[axis] * (0.35 + 0.1 * axis))
            before = None
            for number in range(begin, begin + RUN):
                piece = np.take(values, number, axis).T[::-1]
                low, high = np.percentile(piece, (0, 99.8))
                pixels = np.clip((piece - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
                # some volumes hold slices twice, where they were resampled
                if before is None or not np.array_equal(pixels, before):
                    yield f"{volume}-{axis}-{number:03d}", pixels
                before = pixels


def _in_half(name: str, half: str) -> bool:
    if half == "all":
        return True
    is_odd = hashlib.sha256(name.encode()).digest()[0] % 2 == 1
    return is_odd == (half == "odd")


def _save(path: Path, image: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])


if __name__ == "__main__":
    main()
