"""Train the model that distinguishes letters from anatomy: ``python -m tools.text_training.training``.

It is trained on simulated heads and on the open scans of the plane model (`make model`); each image is used once
unchanged and once with a line of text.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.privacy import burned_in
from medcurate.curate.privacy.text_lines import FEATURES, Gray, text_lines
from medcurate.run_folder import atomic_write
from tools.plane_training.bases import Base
from tools.plane_training.dataset import draw_block
from tools.text_training.planting import plant_text

_BLOCKS, _BLOCK = 50, 60
_SCALES = (1.0, 1.5, 2.0, 3.0, 4.0)  # the slices have 128 pixels; images of users are larger
_CONTRASTS = (0.25, 0.4, 0.6, 0.8, 1.0, 1.0, -0.4)
_COVERED = 0.6  # least fraction of letters among the shapes of a row of text
_LAYERS = (32, 16)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the model and write it into the package."""
    parser = argparse.ArgumentParser(prog="python -m tools.text_training.training", description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="folder of real scans")
    parser.add_argument("--out", type=Path, default=Path(burned_in.__file__).parent / burned_in.MODEL)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    features, is_text = training_rows(_bases(options.data, options.seed), seed=options.seed)
    with atomic_write(options.out) as stream:
        np.savez(stream, **fitted(features, is_text, seed=options.seed))  # type: ignore[arg-type]
    print(f"{options.out.name}: {int(is_text.sum()):,} rows of letters, {int((~is_text).sum()):,} of anatomy")
    return 0


def _bases(data: Path | None, seed: int) -> list[Base]:
    from tools.plane_training.__main__ import gather_bases
    from tools.plane_training.not_brains import NotBrainBase

    return [base for base in gather_bases(data, heads=12, seed=seed) if not isinstance(base, NotBrainBase)]


def training_rows(
    bases: Sequence[Base], *, seed: int, blocks: int = _BLOCKS, count: int = _BLOCK
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the features of rows of shapes, shape (n, 18), and a mask of those that are text, shape (n,)."""
    features: list[NDArray[np.float32]] = []
    is_text: list[bool] = []
    for block in range(blocks):
        rng = np.random.default_rng([seed, block])
        for sample in draw_block(bases, seed, block, count, written_on=False):
            scale = float(rng.choice(_SCALES))
            image = np.asarray(
                cv2.resize(sample.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
            )
            for line in text_lines(compressed(rng, image)):
                features.append(line.features)
                is_text.append(False)
            planted = plant_text(
                rng,
                image,
                height_px=float(rng.uniform(6, 26)),
                contrast=float(rng.choice(_CONTRASTS)),
                angle_deg=_angle(rng),
            )
            for line in text_lines(compressed(rng, planted.image)):
                left, top, right, bottom = line.box
                box = planted.letters[top:bottom, left:right]
                if box.any(axis=0 if right - left > bottom - top else 1).mean() > _COVERED:
                    features.append(line.features)
                    is_text.append(True)
    return np.stack(features), np.array(is_text)


def _enlarged(image: Gray, scale: float) -> Gray:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _angle(rng: np.random.Generator) -> float:
    """Draw the rotation of text (degrees), mostly 0."""
    return float(rng.choice([0, 0, 0, rng.uniform(-8, 8), 90, 180, 270]))


def compressed(rng: np.random.Generator, image: Gray) -> Gray:
    """Store some images as JPEG once, quality 50 to 96."""
    if rng.random() >= 0.6:
        return image
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 97))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def fitted(features: NDArray[np.float32], is_text: NDArray[np.bool_], *, seed: int) -> dict[str, NDArray[np.generic]]:
    """Fit a perceptron and return its arrays, in the format of the model file."""
    from sklearn.neural_network import MLPClassifier

    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    network = MLPClassifier(_LAYERS, alpha=1e-3, max_iter=300, early_stopping=True, random_state=seed)
    network.fit((features - mean) / scale, is_text)
    arrays = {"features": np.array(FEATURES), "layers": np.array(len(network.coefs_)), "mean": mean, "scale": scale}
    for layer, (weight, bias) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
        arrays |= {f"weight_{layer}": weight.astype(np.float32), f"bias_{layer}": bias.astype(np.float32)}
    return arrays


if __name__ == "__main__":
    sys.exit(main())
