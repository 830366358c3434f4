"""How far apart the two images of a pair are for an encoder: a distance like LPIPS, but not LPIPS.

LPIPS (Zhang et al., 2018) compares the activations of a network that was trained on photographs, with weights that were
learned from people's judgements. Here any encoder of this package takes the place of the network, and nothing was
learned from judgements; so values must not be compared with published LPIPS. They are scaled so that 0 means equal
features, and 1 is the root mean square distance between two real images drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders import Encoder, Scale, fit_scale
from medcurate.errors import UsageError

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FeatureDistance:
    """An encoder, scaled by real images.

    Attributes
    ----------
    scale : Scale or None
        Brings features of different units to one scale.
    typical : float
        Root mean square distance between two real images.
    n : int
        Real images it was fitted on.
    """

    encoder: Encoder
    scale: Scale | None
    typical: float
    n: int

    @classmethod
    def fit(cls, encoder: Encoder, real: NDArray[np.float32]) -> FeatureDistance:
        """Learn the scale from the features of real images, shape (n, d).

        Raises
        ------
        UsageError
            Fewer than two images, or all of them alike.
        """
        if real.ndim != 2 or len(real) < 2:
            raise UsageError(f"feature distance: expected features of two real images or more, received {real.shape}")
        scale = fit_scale(real, encoder.blocks)
        scaled = real if scale is None else scale.apply(real)
        typical = float(np.sqrt(2 * scaled.astype(np.float64).var(axis=0, ddof=1).sum()))
        if not typical > 0:
            raise UsageError("feature distance: all real images have the same features")
        return cls(encoder, scale, typical, len(real))

    def between(self, real: Images, synthetic: Images) -> NDArray[np.float64]:
        """Return the distance of each pair, shape (n,), of images of shape (n, height, width)."""
        if real.shape != synthetic.shape:
            raise UsageError(f"pairs must have one shape; received {real.shape} and {synthetic.shape}")
        one, other = (self._features(images) for images in (real, synthetic))
        return np.asarray(np.linalg.norm(one - other, axis=1) / self.typical, np.float64)

    def _features(self, images: Images) -> NDArray[np.float64]:
        found = self.encoder.encode(images)
        return np.asarray(found if self.scale is None else self.scale.apply(found), np.float64)
