"""What a model family is: players, each with variables, an optimizer and a loss, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from medcurate.learning.random_inputs import Draw

Tensor = Any
Batch = Mapping[str, Tensor]
"""What a turn is given, each of shape (n, ...): ``images`` in [-1, 1] and their one-hot ``labels`` if the player reads
images; ``fake_labels`` to draw images of; and what the player's draws name."""

InputGradient = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]
"""``(function, x) ->`` the gradient of the function's sum with respect to x, itself differentiable."""

Loss = Callable[[Batch, InputGradient], tuple[Tensor, dict[str, Tensor]]]
"""``(batch, input_gradient) -> (scalar to minimize, named scalars to log)``; pure, with ``keras.ops`` alone. Within it
only the player's own network may be called with ``training=True``."""


@dataclass(frozen=True, slots=True)
class Player:
    """One network that learns.

    Attributes
    ----------
    network : keras.Model
    optimizer : keras.optimizers.Optimizer
    loss : callable
        See `Loss`.
    draws : mapping of str to Draw
        What its turn needs of chance.
    reads_images : bool
        Whether its turn takes real images.
    """

    network: Any
    optimizer: Any
    loss: Loss
    draws: Mapping[str, Draw] = field(default_factory=dict)
    reads_images: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What a family is to learn.

    Attributes
    ----------
    size : int
        Width and height of the images in pixels.
    channels : int
    classes : int
        Length of the one-hot label, 0 without a condition.
    augment : callable
        ``(images, numbers) -> images``, see `medcurate.generate.families.augmentation`.
    """

    size: int
    channels: int
    classes: int
    augment: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Game:
    """Players that learn together.

    Attributes
    ----------
    players : dict of str to Player
        One is called ``generator``; its network maps (latents, one-hot labels) to images in [-1, 1].
    turns : tuple of str
        Names of players, in the order in which they learn within one step.
    latent : int
        Length of a latent vector.
    even_loss : float or None
        What ``discriminator_loss`` is when the discriminator can only guess; None for a critic.
    """

    players: Mapping[str, Player]
    turns: tuple[str, ...]
    latent: int
    even_loss: float | None = None

    @property
    def generator(self) -> Any:
        """The network that draws."""
        return self.players["generator"].network

    def parameters(self) -> dict[str, int]:
        """Return the number of trained numbers of each player."""
        return {
            name: sum(int(_size(variable)) for variable in player.network.trainable_variables)
            for name, player in self.players.items()
        }


def _size(variable: Any) -> int:
    total = 1
    for length in variable.shape:
        total *= int(length)
    return total


class Family(Protocol):
    """What a module of a family offers."""

    Config: type
    """Frozen dataclass with every option of the family and its default."""

    def build(self, config: Any, task: Task) -> Game:
        """Make the players."""

    def build_generator(self, config: Any, task: Task) -> Any:
        """Make the generator's network alone, to load trained weights into."""
