"""Settings of the part downstream, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medcurate.errors import UsageError

MODELS = ("classic", "cnn", "pretrained")
COSTLY = ("cnn", "pretrained")
"""Models that take fewer ratios and trainings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownstreamSettings:
    """The settings of the part ``downstream``.

    Attributes
    ----------
    label : str
        Column of the catalogue that is predicted: ``tumor``, ``plane``, ``contrast``, ``source``, ...
    models : tuple of str
        ``classic`` (features, kernel map, logistic regression: seconds), ``cnn`` (a small Keras network: minutes) and
        ``pretrained`` (the classic one on the features of a pretrained network: minutes).
    encoder : str
        Features of the classic model, as `medcurate.encoders.encoder` names them.
    pretrained : str
        The same for the pretrained model: ``inception`` (see `inception`), or ``keras:FILE`` for any network.
    inception : Path or None
        File of the weights of ``inception``; None for those that Keras downloaded before.
    ratios : tuple of float
        Synthetic images per real one.
    real_per_class : tuple of int
        Low-data regimes: real images of each class that may train.
    all_real : bool
        Also train with all real images, up to `most_per_class`.
    most_per_class : int
        Real images of a class that the largest regime uses; bounds memory.
    most_test : int
        Held-out images that are predicted; of more, whole patients are drawn.
    repeats : int
        Draws of training images, and trainings, of each training set.
    cnn_ratios, cnn_repeats : tuple of float, int
        The same for the network and the pretrained model, which cost more.
    cnn_steps : int
        Gradient steps of each training of the network: the same for all training sets.
    rounds : int
        Draws of the bootstrap.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    label: str = "tumor"
    models: tuple[str, ...] = ("classic",)
    encoder: str = "classical"
    pretrained: str = "inception"
    inception: Path | None = None
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0)
    real_per_class: tuple[int, ...] = (10, 25, 50, 100)
    all_real: bool = True
    most_per_class: int = 400
    most_test: int = 2000
    repeats: int = 8
    cnn_ratios: tuple[float, ...] = (1.0,)
    cnn_repeats: int = 3
    cnn_steps: int = 300
    rounds: int = 2000

    def __post_init__(self) -> None:
        unknown = sorted(set(self.models) - set(MODELS))
        if unknown or not self.models:
            raise UsageError(f"models: expected some of {', '.join(MODELS)}, received {', '.join(unknown) or 'none'}")
        for name in ("ratios", "cnn_ratios"):
            values = getattr(self, name)
            if not values or min(values) <= 0:
                raise UsageError(f"{name}: expected one number above 0 or more, received {values}")
        if min(self.real_per_class, default=2) < 2 or not (self.real_per_class or self.all_real):
            raise UsageError(f"real_per_class: expected numbers of 2 or more, received {self.real_per_class}")
        least = {"most_per_class": 2, "most_test": 2, "repeats": 1, "cnn_repeats": 1, "cnn_steps": 1, "rounds": 20}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise UsageError(f"{name}: expected {smallest} or more, received {getattr(self, name)}")
