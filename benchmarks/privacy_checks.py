"""Detection rates of text in pixels and faces in volumes: ``python -m benchmarks.privacy_checks``.

Text is planted on clean slices that the text model has never seen; what it finds on them as they are is a false alarm.
Faces are looked for in whole heads and in skull-stripped ones.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from medcurate.curate.privacy.burned_in import MIN_PROBABILITY, find_text
from medcurate.curate.privacy.faces import find_face
from tools.text_training.planting import plant_text

Gray = NDArray[np.uint8]
HEIGHTS = ((6, 9), (9, 12), (12, 16), (16, 26))
CONTRASTS = (0.25, 0.4, 0.6, 0.8, 1.0, -0.4)
ANGLES = {
    "level": 0.0,
    "tilted by up to 8 degrees": None,
    "90 degrees": 90.0,
    "180 degrees": 180.0,
    "270 degrees": 270.0,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.privacy_checks", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--planted", type=int, default=2000)
    parser.add_argument("--every", type=int, default=3, help="take every so many-th clean image")
    options = parser.parse_args(arguments)
    data = options.data.resolve()
    settings = {"min_probability": MIN_PROBABILITY, "planted": options.planted, "every": options.every}
    tables = [*text_tables(data, options.planted, options.every), faces_table(data)]
    Result(name="privacy", tables=tables, settings=settings).write()
    return 0


def text_tables(data: Path, planted: int, every: int) -> Iterator[Table]:
    """Measure false alarms on clean images, then what is found of text planted on them."""
    clean = {
        "slices/nichart": sorted((data / "slices").rglob("*.png"))[::every],
        "sartaj": sorted((data / "sartaj").rglob("*.jpg"))[::every],
    }
    alarms = [share(name, [bool(find_text(_read(file))) for file in files]) for name, files in clean.items()]
    yield Table(
        title="Text: images without text that are taken for images with text",
        counts="images",
        interval="Wilson, 95 %",
        figures=alarms,
        notes=["Some images of sartaj may hold real letters; nobody has looked at all of them."],
    )
    rng = np.random.default_rng(20261121)
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    files = list(clean.values())
    for number in range(planted):
        image = _read(files[number % 2][int(rng.integers(len(files[number % 2])))])
        if max(image.shape) < 200:  # a line of text of a readable size must fit in
            image = np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
        band = HEIGHTS[int(rng.integers(len(HEIGHTS)))]
        contrast = CONTRASTS[int(rng.integers(len(CONTRASTS)))]
        turn = list(ANGLES)[int(rng.choice(len(ANGLES), p=[0.5, 0.2, 0.1, 0.1, 0.1]))]
        angle = ANGLES[turn]
        written = plant_text(
            rng,
            image,
            height_px=float(rng.uniform(*band)),
            contrast=contrast,
            angle_deg=float(rng.uniform(-8, 8)) if angle is None else angle,
        )
        hit = _hits(written.image, written.letters)
        found[f"letters of {band[0]} to {band[1]} pixels", f"contrast {contrast:g}"].append(hit)
        found[turn, "contrast 0.6 and more" if contrast >= 0.6 else "fainter, or dark"].append(hit)
        found["all", ""].append(hit)
    by_size = [share(row, hits, column=column) for (row, column), hits in sorted(found.items()) if "letters" in row]
    by_turn = [share(row, hits, column=column) for (row, column), hits in sorted(found.items()) if row in ANGLES]
    yield _table("Text: lines that are found, by size and contrast", by_size)
    yield _table("Text: lines that are found, by direction", by_turn)
    yield _table("Text: lines that are found, all of the sweep", [share("all", found["all", ""])])


def _table(title: str, figures: Sequence[Figure]) -> Table:
    return Table(
        title=title,
        counts="lines of 5 to 15 random letters, one an image",
        interval="Wilson, 95 %",
        figures=figures,
        notes=["Contrast is the gray level against the ground, as a share of white; below 0 the letters are dark."],
    )


def _hits(image: Gray, letters: NDArray[np.bool_]) -> bool:
    """Say whether a region that was found lies on the letters: an alarm elsewhere finds nothing."""
    return any(letters[top:bottom, left:right].any() for (left, top, right, bottom), _ in find_text(image))


def faces_table(data: Path) -> Table:
    """Look for faces in volumes that have one and in volumes that do not."""
    whole = sorted((data / "volumes/nichart").rglob("*.nii.gz"))
    stripped = sorted((data / "volumes/brats2013").rglob("*_subtr*.nii.gz"))
    return Table(
        title="Faces",
        counts="volumes",
        interval="Wilson, 95 %",
        figures=[
            share("whole heads seen to have a face (volumes/nichart)", [_face(file) for file in whole]),
            share("skull-stripped heads seen to have none (volumes/brats2013)", [not _face(file) for file in stripped]),
        ],
        notes=["The limits were set with these volumes in view."],
    )


def _face(file: Path) -> bool:
    image = nib.as_closest_canonical(nib.load(file))
    zooms = image.header.get_zooms()
    return find_face(np.asarray(image.dataobj), (float(zooms[0]), float(zooms[1]), float(zooms[2]))).visible


def _read(file: Path) -> Gray:
    return np.asarray(cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


if __name__ == "__main__":
    raise SystemExit(main())
