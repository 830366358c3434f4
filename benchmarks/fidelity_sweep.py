"""Each fidelity metric against known truth: real images of which a known fraction is corrupted.

    python -m benchmarks.fidelity_sweep [--n 400] [--draws 5]

Real images of ``sartaj/Training`` (no two with equal bytes) are divided at random into training images, held-out images
and stand-ins for a generator's images, so the right answer at a share of 0 is: no difference. Then a fraction of the
stand-ins is corrupted in one way; every metric must change in the right direction, or is reported as insensitive.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import ROOT
from benchmarks.figures import Figure, Result, Table
from medcurate.dataset import Dataset
from medcurate.encoders import encoder, fit_scale
from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.fidelity.authenticity import authentic
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_value
from medcurate.evaluate.fidelity.manifold import manifold_values
from medcurate.evaluate.fidelity.vendi import vendi_value

SIZE = 64
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
FEW = 10  # different images of a generator that collapsed

Images = NDArray[np.uint8]
Features = NDArray[np.float32]
Drawn = dict[tuple[str, float], dict[str, float]]


def noisy(images: Images, rng: np.random.Generator) -> Images:
    """Add noise of 20 gray values."""
    return np.clip(images + rng.normal(0, 20, images.shape), 0, 255).astype(np.uint8)


def blurred(images: Images, _: np.random.Generator) -> Images:
    """Blur by 0.8 pixels."""
    return np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in images])


def mirrored(images: Images, _: np.random.Generator) -> Images:
    """Replace the right half by the left one's mirror image: every detail is real, the anatomy is not."""
    half = images[:, :, : SIZE // 2]
    return np.concatenate([half, half[:, :, ::-1]], axis=2)


SPOILED: dict[str, Callable[[Images, np.random.Generator], Images]] = {
    "noise": noisy,
    "blur": blurred,
    "mirrored halves": mirrored,
}
WAYS = {
    "noise": "share with noise of 20 gray values",
    "blur": "share blurred by 0.8 px",
    "mirrored halves": "share whose right half is the left one's mirror image",
    "missing class": "share of the gliomas that is left out, replaced by other classes",
    "collapse": f"share replaced by copies of {FEW} of them",
    "training copies": "share replaced by training images with noise of 1 gray value",
}
QUALITY = {"frechet_distance": 1, "kernel_distance": 1, "precision": -1, "density": -1, "coverage": -1, "recall": -1}
VARIETY = {"frechet_distance": 1, "kernel_distance": 1, "recall": -1, "coverage": -1, "vendi_score": -1}
EXPECTED = {
    "noise": QUALITY,
    "blur": QUALITY,
    "mirrored halves": QUALITY,
    "missing class": VARIETY,
    "collapse": VARIETY,
    "training copies": {"authenticity": -1},
}
"""Which way each metric should move; a metric that is not named may do as it likes."""


def read(folder: Path) -> tuple[Images, NDArray[np.str_]]:
    """Read the training images and their classes, each content once."""
    dataset = Dataset.open(folder).select(split="train")
    paths = dataset.rows.column("path").to_pylist()
    digests = [hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in paths]
    rows = np.sort(np.unique(digests, return_index=True)[1])
    return read_pixels(dataset, SIZE, rows), np.array(dataset.rows.column("tumor").to_pylist())[rows]


def values(test: Features, train: Features, made: Features) -> dict[str, float]:
    """Measure all metrics of one set."""
    return {
        "frechet_distance": frechet_value(test, made),
        "kernel_distance": kernel_value(test, made),
        **manifold_values(test, made)._asdict(),
        "vendi_score": vendi_value(made),
        "authenticity": float(authentic(train, made).mean()),
    }


def draw(images: Images, classes: NDArray[np.str_], n: int, seed: int) -> Drawn:
    """Measure every way and share with one division of the images."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))
    train, made = order[:n], order[2 * n : 3 * n]
    used = encoder("classical")
    raw = used.encode(images[order[: 3 * n]])
    scale = fit_scale(raw[:n], used.blocks)
    features = scale.apply(raw)
    sides = features[n : 2 * n], features[:n]  # held out, training
    clean = features[2 * n :]
    others = {way: scale.apply(used.encode(spoil(images[made], rng))) for way, spoil in SPOILED.items()}
    others["collapse"] = clean[rng.integers(0, FEW, n)]
    near = np.clip(images[train] + rng.normal(0, 1, images[train].shape), 0, 255).astype(np.uint8)
    others["training copies"] = scale.apply(used.encode(near))
    is_glioma = classes[made] == "glioma_tumor"
    others["missing class"] = clean.copy()
    others["missing class"][is_glioma] = clean[rng.choice(np.flatnonzero(~is_glioma), is_glioma.sum())]
    places = np.random.default_rng(seed).permutation(n)
    found = {}
    for way, spoiled in others.items():
        for share in SHARES:
            chosen = places[: round(share * n)]
            mixed = clean.copy()
            mixed[chosen] = spoiled[chosen]
            found[way, share] = values(*sides, mixed)
    return found


def noticed_at(
    draws: list[dict[tuple[str, float], dict[str, float]]], way: str, metric: str, sign: int
) -> float | None:
    """Return the smallest fraction from which all draws exceed all draws of fraction 0, in the right direction."""
    none = max(sign * one[way, 0.0][metric] for one in draws)
    found = None
    for share in reversed(SHARES[1:]):
        if min(sign * one[way, share][metric] for one in draws) <= none:
            break
        found = share
    return found


def tables(draws: list[Drawn], n: int) -> list[Table]:
    """Make a table per corruption, and one of detection limits."""
    made = []
    for way, text in WAYS.items():
        figures = []
        for metric in draws[0][way, 0.0]:
            for share in SHARES:
                drawn = [one[way, share][metric] for one in draws]
                figures.append(
                    Figure(name=metric, value=float(np.mean(drawn)), low=min(drawn), high=max(drawn), n=n, unit="",
                           column=f"{share:.0%}")
                )  # fmt: skip
        ends = {metric: noticed_at(draws, way, metric, sign) for metric, sign in EXPECTED[way].items()}
        told = ", ".join(f"{name} from {share:.0%}" for name, share in ends.items() if share is not None)
        blind = ", ".join(name for name, share in ends.items() if share is None)
        notes = [f"Every draw beyond every draw without it, the right way: {told or 'none'}."]
        if blind:
            notes.append(f"**Fails to notice**, at any share: {blind}.")
        made.append(
            Table(title=f"Fidelity, {way}: {text}", counts="images a side", figures=figures, notes=notes,
                  interval=f"least to most of {len(draws)} draws")
        )  # fmt: skip
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--draws", type=int, default=5)
    given = parser.parse_args()
    data = Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")) / "sartaj"
    images, classes = read(data)
    print(f"{len(images):,} images", flush=True)
    draws = []
    for seed in range(given.draws):
        draws.append(draw(images, classes, given.n, seed))
        print(f"draw {seed + 1} of {given.draws}", flush=True)
    settings = {"n": given.n, "draws": given.draws, "size": SIZE, "encoder": encoder("classical").name, "k": 5}
    Result(name="fidelity-sweep", tables=tables(draws, given.n), settings=settings).write()


if __name__ == "__main__":
    main()
