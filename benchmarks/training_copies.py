"""Search for planted copies of training images, compared with other methods; attack membership with controls.

Two sets of real images play training and new patients. `sartaj`: scanned, deduped and homogenized here; its patients
are inferred, so some new images are slices of training patients all the same, which raises the limit and hides copies.
`nichart`: patients are known, but for three who have two names: this very search has found them, and a look at the
pairs confirms it. A synthetic set is made of images of new patients with copies of training images among them, so that
the truth about every image is known; no generator is at work.

    python -m benchmarks.training_copies [--dataset DATASET]     # sartaj, homogenized before

Peers: the correlation with the most similar training image alone (Usman Akbar et al., 2025), at 128 pixels, with a
limit set for the same rate of false alarms on the same images; `imagehash.phash`, equal or up to 10 of 64 bits apart.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table, share
from medcurate.dataset import Dataset
from medcurate.dataset.files import read_image
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.design.folds import random_share
from medcurate.evaluate.neighbors import nearest
from medcurate.evaluate.privacy.copies import chance_of_so_many, patients_of
from medcurate.evaluate.privacy.copy_search import Closest, closest
from medcurate.evaluate.privacy.false_alarms import false_alarm_draws, limit
from medcurate.evaluate.privacy.fingerprints import Fingerprints, fingerprints_of
from medcurate.evaluate.privacy.membership import Played, membership_metrics
from medcurate.evaluate.privacy.verdicts import membership_verdict
from medcurate.pictures import fit

SIDE = 128
RATE = 0.01
SURE = 0.05

Images = NDArray[np.uint8]
Change = Callable[[Images, np.random.Generator], Images]


def _affine(image: Images, degrees: float = 0, scale: float = 1, shift: tuple[float, float] = (0, 0)) -> Images:
    middle = (SIDE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, scale)
    matrix[:, 2] += shift
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=how), np.uint8)


def _noise(image: Images, rng: np.random.Generator, sigma: float) -> Images:
    return np.clip(image + rng.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def _jpeg(image: Images, quality: int) -> Images:
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


KINDS: Mapping[str, Change] = {
    "as it is": lambda image, rng: image,
    "flipped left to right": lambda image, rng: image[:, ::-1],
    "flipped upside down": lambda image, rng: image[::-1],
    "turned by 90 degrees": lambda image, rng: np.rot90(image),
    "turned by 2 degrees": lambda image, rng: _affine(image, 2),
    "turned by -2 degrees": lambda image, rng: _affine(image, -2),
    "turned by 5 degrees": lambda image, rng: _affine(image, 5),
    "noise, sigma 5 % of the range": partial(_noise, sigma=12.75),
    "noise, sigma 10 % of the range": partial(_noise, sigma=25.5),
    "noise, sigma 20 % of the range": partial(_noise, sigma=51.0),
    "flipped, turned by 2 degrees, noise 5 %": lambda image, rng: _noise(_affine(image[:, ::-1], 2), rng, 12.75),
    "shifted by 6 and 4 pixels": lambda image, rng: _affine(image, shift=(6, -4)),
    "shown at 85 % of its size": lambda image, rng: _affine(image, scale=0.85),
    "blurred, sigma 2 pixels": lambda image, rng: np.asarray(cv2.GaussianBlur(image, (0, 0), 2.0), np.uint8),
    "blurred, sigma 4 pixels": lambda image, rng: np.asarray(cv2.GaussianBlur(image, (0, 0), 4.0), np.uint8),
    "JPEG quality 10": lambda image, rng: _jpeg(image, 10),
}
_FEW = (
    "Fewer than 19 patients that set the limit are never enough for that (nichart): the verdict is then caution, which "
    "is not counted here, and --on-copies block stops at it."
)
_SAME_HEAD = {"Subj10": "Subj9", "Subj16": "Subj15", "sample1": "IXI012-HH-1211"}
FALSE = "false alarms on new patients"
_LIMITS = (
    "The new patients set the limits of medcurate and of the correlation, at 1 % of false alarms; the false alarms are "
    "measured in 200 draws, where half of the patients is judged by a limit that the other half has set. Hashes have "
    "their usual limits."
)
_LEAK = (
    "A set is called a leak if it has an equal image, or more images beyond the limit than false alarms give with a "
    "chance of 5 %, which is judged by how false alarms differ between halves of the patients that set the limit."
)
ASKED = tuple(KINDS)[:7] + tuple(KINDS)[7:9]
"""Those that were asked for: exact, flipped, turned, noisy."""


@dataclass(frozen=True, slots=True)
class Real:
    """Real images: those that play training images, and those of new patients."""

    name: str
    training: Images
    new: Images
    patients: Sequence[object]
    training_patients: Sequence[object]


def main() -> None:
    """Make the sets, search, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")))
    parser.add_argument("--dataset", type=Path, help="sartaj, as homogenize wrote it at 128 pixels")
    parser.add_argument("--copies", type=int, default=200, help="of each kind")
    parser.add_argument("--sets", type=int, default=200, help="synthetic sets of each kind and share")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = options.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        dataset = options.dataset or homogenized(data, Path(folder))
        reals = [of_dataset(dataset, "sartaj"), of_slices(data / "slices", options.seed)]
    tables: list[Table] = []
    for real in reals:
        tables += copies_tables(real, options.copies, options.sets, options.seed)
    tables.append(membership_table(*reals, options.seed))
    settings = {
        "size": SIDE,
        "false_alarms": RATE,
        "copies": options.copies,
        "sets": options.sets,
        "seed": options.seed,
        "imagehash": version("imagehash"),
    }
    Result(name="training-copies", tables=tables, settings=settings).write()


def homogenized(data: Path, folder: Path) -> Path:
    """Scan, dedupe and homogenize sartaj."""
    from medcurate.curate import dedupe, homogenize, sort_planes

    sort_planes([data / "sartaj"], folder / "scan")
    dedupe(folder / "scan")
    homogenize(folder / "scan", folder / "dataset")
    return folder / "dataset"


def of_dataset(folder: Path, name: str) -> Real:
    """Take the split test as new patients."""
    dataset = Dataset.open(folder)
    sides = dataset.select(split=("train", "val")), dataset.select(split="test")
    pixels = [read_pixels(side, SIDE) for side in sides]
    groups = [side.rows.column("patient_group").to_pylist() for side in sides]
    return Real(name, pixels[0], pixels[1], groups[1], groups[0])


def of_slices(folder: Path, seed: int) -> Real:
    """Take half of the patients, whose names the names of the volumes begin with, as new ones."""
    with (folder / "labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    patients = [_person(row["volume"]) for row in rows]
    pixels = np.stack([_gray(folder.parent / row["path"]) for row in rows])
    new = random_share(len(rows), groups=patients, seed=np.random.default_rng(seed))
    names = np.array(patients, object)
    return Real("nichart", pixels[~new], pixels[new], names[new].tolist(), names[~new].tolist())


def _person(volume: str) -> str:
    """Return who a volume is of."""
    name = volume.rsplit("-", 1)[0]
    return _SAME_HEAD.get(name, name)


def _gray(path: Path) -> Images:
    image = read_image(path)
    return fit(image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8), SIDE, pad=True)


class Ours:
    """The search of the part ``privacy``."""

    name = "medcurate"

    def __init__(self, training: Images) -> None:
        self._training = fingerprints_of(training)

    def __call__(self, images: Images) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        found: Closest = closest(fingerprints_of(images), self._training)
        return found.score, found.equal


class Correlation:
    """Correlation with the most similar training image."""

    name = "max correlation"

    def __init__(self, training: Images) -> None:
        self._training = self._unit(training)

    def __call__(self, images: Images) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        score = (self._unit(images) @ self._training.T).max(axis=1).astype(np.float64)
        return score, np.zeros(len(images), bool)

    @staticmethod
    def _unit(images: Images) -> NDArray[np.float32]:
        flat = images.reshape(len(images), -1).astype(np.float32)
        flat -= flat.mean(axis=1, keepdims=True)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


class Hash:
    """Bits in which a perceptual hash differs from the nearest one of a training image, less than none."""

    name = "imagehash"

    def __init__(self, training: Images) -> None:
        self._training = self._hashes(training)

    def __call__(self, images: Images) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        bits = [np.bitwise_count(self._training ^ one).min() for one in self._hashes(images)]
        return -np.array(bits, np.float64), np.zeros(len(images), bool)

    @staticmethod
    def _hashes(images: Images) -> NDArray[np.uint64]:
        import imagehash
        from PIL import Image

        packed = [np.packbits(imagehash.phash(Image.fromarray(np.ascontiguousarray(image))).hash) for image in images]
        return np.stack(packed).view(np.uint64)[:, 0]


def copies_tables(real: Real, n: int, sets: int, seed: int) -> Iterator[Table]:
    """Plant copies of every kind, and search them with all methods."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(real.training))[:n]
    planted = {
        kind: np.stack([np.ascontiguousarray(change(real.training[row], rng)) for row in chosen])
        for kind, change in KINDS.items()
    }
    figures: list[Figure] = []
    own: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]] = {}
    for search in (Ours(real.training), Correlation(real.training), Hash(real.training)):
        new = search(real.new)[0]
        scores = {kind: search(images) for kind, images in planted.items()}
        if isinstance(search, Hash):
            for words, bits in (("equal hashes", 0), ("10 bits", 10)):
                column = f"imagehash, {words}"
                figures.append(share(FALSE, new > -bits - 0.5, column=column))
                figures += _column(scores, -bits - 0.5, column)
            continue
        draws = 100 * false_alarm_draws(new, RATE, groups=real.patients, seed=seed)
        low, high = np.quantile(draws, [0.025, 0.975]).tolist()
        figures.append(
            Figure(name=FALSE, value=float(draws.mean()), low=low, high=high, n=len(new), column=search.name)
        )
        figures += _column(scores, limit(new, RATE).value, search.name)
        if isinstance(search, Ours):
            own = {"new": (new, np.zeros(len(new), bool)), **scores}
    patients = len(set(real.patients))
    yield Table(
        title=f"Planted copies of training images found: {real.name}",
        counts="copies of a kind; of false alarms, images of new patients",
        interval="Wilson, 95 %; of false alarms of medcurate and of the correlation, the middle 95 % of the draws",
        figures=figures,
        notes=[
            f"{len(real.training)} training images, and {len(real.new)} images of {patients} new patients.",
            _LIMITS,
        ],
    )
    yield _sets_table(real, own, sets, seed)


def _column(
    scores: Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]], bound: float, column: str
) -> Iterator[Figure]:
    for kind, (score, equal) in scores.items():
        goal = {"at_least": 95.0} if column == Ours.name and kind in ASKED else {}
        yield share(kind, (score > bound) | equal, column=column, **goal)


def _sets_table(
    real: Real, scores: Mapping[str, tuple[NDArray[np.float64], NDArray[np.bool_]]], sets: int, seed: int
) -> Table:
    """Count the synthetic sets that are called a leak: half of the new patients set the limit, the others are new."""
    new = scores["new"][0]
    called: dict[tuple[float, str], list[bool]] = {}
    for number in range(sets):
        rng = np.random.default_rng((seed, number))
        half = random_share(len(new), groups=real.patients, seed=rng)
        bound, clean = limit(new[half], RATE), new[~half]
        groups = [patient for patient, chosen in zip(real.patients, half.tolist(), strict=True) if chosen]
        draws = false_alarm_draws(new[half], RATE, groups=groups, seed=number)
        planted = ((part, kind) for part in (0.01, 0.05) for kind in KINDS)
        for part, kind in ((0.0, "no copies"), *planted):
            score, equal = scores[kind if part else "new"]
            count = max(1, round(part * len(clean) / (1 - part))) if part else 0
            rows = rng.permutation(len(score))[:count]
            flagged = int((clean > bound.value).sum() + ((score > bound.value) | equal)[rows].sum())
            chance = chance_of_so_many(flagged, len(clean) + count, bound, draws, patients_of(len(groups), groups))
            called.setdefault((part, kind), []).append(bool(equal[rows].any()) or chance < SURE)
    figures = [
        share(kind, answers, column=f"{100 * part:.0f} % copies", **({} if part else {"at_most": 5.0}))
        for (part, kind), answers in called.items()
    ]
    return Table(
        title=f"Synthetic sets that are called a leak: {real.name}",
        counts="sets, each with another half of the new patients to set the limit, and the other half as synthetic",
        interval="Wilson, 95 %; the sets share images, so that they are not independent",
        figures=figures,
        notes=[
            f"{len(new) // 2} images set a limit, about as many make a set; 1 % are {round(len(new) / 198)} copies.",
            _LEAK,
            _FEW,
        ],
    )


def membership_table(real: Real, other: Real, seed: int) -> Table:
    """Attack the membership of training images, where it is known what the attack should find."""
    rng = np.random.default_rng(seed)
    half = random_share(len(real.new), groups=real.patients, seed=rng)
    patients = np.array(real.patients, object)
    training, clean, held_out = (fingerprints_of(images) for images in (real.training, real.new[half], real.new[~half]))
    n = int(half.sum())
    memory = [_noise(image, rng, 25.5) for image in real.training[rng.permutation(len(real.training))[: 5 * n]]]
    all_copies = fingerprints_of(np.stack(memory))
    few = fingerprints_of(np.concatenate([real.new[half], np.stack(memory[: round(n / 19)])]))
    away = fingerprints_of(other.new)
    left = patients[~half].tolist()
    cases: dict[str, tuple[Fingerprints, Fingerprints, Sequence[object]]] = {
        "no memory: synthetic images are of new patients": (clean, held_out, left),
        "5 % of the synthetic images are noisy copies": (few, held_out, left),
        "all synthetic images are noisy copies": (all_copies, held_out, left),
        "no memory, but others are of another source": (clean, away, other.patients),
    }
    figures, notes = [], []
    for name, (synthetic, others, groups) in cases.items():
        sides = (training, real.training_patients), (others, groups)
        played = [
            Played(nearest(side.vectors, synthetic.vectors, 1)[0][:, 0], side.plain.reshape(len(side), -1), of)
            for side, of in sides
        ]
        metrics = {metric.name: metric for metric in membership_metrics(*played, seed=seed)}
        for metric in metrics.values():
            low, high = metric.interval or (None, None)
            column = metric.name.removeprefix("privacy/membership_")
            figures.append(
                Figure(name=name, value=metric.value, low=low, high=high, n=metric.n, unit="", column=column)
            )
        notes.append(f"{name}: the verdict is {membership_verdict(metrics).level}.")
    return Table(
        title="Membership: the attack beside its controls",
        counts="training images and others",
        interval="bootstrap over patients, 95 %; of controls, the middle 95 % of 100 draws",
        figures=figures,
        notes=["An area of 0.5 is chance. Without its controls the attack would call the last case a leak.", *notes],
    )


if __name__ == "__main__":
    main()
