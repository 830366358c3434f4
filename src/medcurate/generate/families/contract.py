"""The contract of a family of generators: what its module offers. The registry lists the families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup
from medcurate.learning.sampler import Sampler


class Family(Protocol):
    """A module with one family."""

    Config: type
    """Frozen dataclass with every option of the family and its default, see `medcurate.generate.families.options`."""

    SMALL: Mapping[str, Any]
    """Options of a network that trains in seconds, for tests."""

    def supports(self, spec: ImageSpec) -> str:
        """Return what the family needs that `spec` does not have, as text for a message; empty where it fits."""

    def build(self, config: Any, spec: ImageSpec) -> TrainingSetup:
        """Make the players; the sampler of the setup draws with their networks."""

    def build_sampler(self, config: Any, spec: ImageSpec) -> Sampler:
        """Make the sampler with networks of its own, to load or average weights into."""
