"""The features that fidelity compares: synthetic images, and as many real ones, against held-out real images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medcurate.evaluate.design.encoded import Encoded, EncodedSides


@dataclass(frozen=True, slots=True, eq=False)
class FidelitySets:
    """Four sets of images with their features.

    Attributes
    ----------
    test : Encoded
        Held-out real images: everything is compared with these.
    generated, real : Encoded
        Equally many synthetic images and real training images. The real ones are the baseline, and the scale of the
        features was learned on others.
    train : Encoded
        All real training images, for authenticity.
    """

    test: Encoded
    generated: Encoded
    real: Encoded
    train: Encoded

    @classmethod
    def of(cls, encoded: EncodedSides, seed: int) -> FidelitySets:
        """Draw equally many synthetic and real training images, by the seed."""
        n = min(len(encoded.unseen), len(encoded.synthetic))
        rng = np.random.default_rng(seed)
        real, generated = (
            np.sort(rng.permutation(rows)[:n]) for rows in (encoded.unseen, np.arange(len(encoded.synthetic)))
        )
        return cls(encoded.test, encoded.synthetic.take(generated), encoded.train.take(real), encoded.train)

    def __len__(self) -> int:
        """Return the number of generated images, which is that of the real ones they are compared with."""
        return len(self.generated)
