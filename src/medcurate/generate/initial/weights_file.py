"""A file of first weights: the networks of every player in half precision, and what they were trained on.

It is a zip archive of plain arrays and one JSON object, see `medcurate.generate.drawing.plain_file`: nothing in it can
run. Variables are named by player and place; the JSON says which of them read the condition, for these change their
shape with the classes and attributes of a training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.architecture import spec_of
from medcurate.generate.drawing.plain_arrays import Arrays
from medcurate.generate.drawing.plain_file import DamagedError, PlainFile, read_plain_file
from medcurate.learning.players import TrainingSetup
from medcurate.learning.sampler import Sampler
from medcurate.run_folder import atomic_write

FORMAT = "medcurate first weights"
SCHEMA = 1
CONDITION = "condition"
"""How the names of layers begin that read labels and attributes."""


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """The content of a file of first weights.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file.
    architecture : mapping
        As of ``generator.json``: family, config, sizes, classes, attributes.
    facts : mapping
        ``phantom_version``, ``steps``, ``seconds``, ``seed``, ``share_of_classes``, ``attribute_means``, ...
    places : mapping of str to tuple of str
        For each player, one text per weight of its network, in their order: layer and name of a weight that reads the
        condition (``condition_label/kernel``), and nothing for the others.
    arrays : mapping of str to ndarray
        By ``PLAYER/PLACE``; read from the file at each access.
    """

    path: Path
    sha256: str
    architecture: Mapping[str, Any]
    facts: Mapping[str, Any]
    places: Mapping[str, tuple[str, ...]]
    arrays: Arrays

    @property
    def family(self) -> str:
        """Name in the registry."""
        return str(self.architecture["family"])

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """Condition to its values."""
        return {name: tuple(values) for name, values in self.architecture["classes"].items()}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(self.architecture["attributes"])

    def weight(self, player: str, place: int) -> NDArray[Any]:
        """Return a weight; numbers in half precision become float32."""
        array = self.arrays[f"{player}/{place:04d}"]
        return array.astype(np.float32) if array.dtype == np.float16 else array


def write_initial_weights(
    path: Path, trained: TrainingSetup, average: Sampler, architecture: Mapping[str, Any], facts: Mapping[str, Any]
) -> InitialWeights:
    """Write the weights of trained players; the same weights give the same bytes.

    Parameters
    ----------
    path : Path
    trained : TrainingSetup
        Its players.
    average : Sampler
        Averaged copies of the networks that draw: these are written in place of the players' own.
    architecture : mapping
        See `medcurate.generate.drawing.architecture.describe`.
    facts : mapping
        What the weights were trained on; JSON values.

    Raises
    ------
    UsageError
        A weight is not finite, or too large for half precision.
    OutputError
        The file cannot be written.
    """
    averaged = _averages(trained, average)
    arrays: dict[str, NDArray[Any]] = {}
    places: dict[str, list[str]] = {}
    for player, variables in weights_of(trained).items():
        for place, variable in enumerate(variables):
            name = f"{player}/{place:04d}"
            arrays[name] = _halved(name, np.asarray(averaged.get(id(variable), variable)))
        places[player] = [condition_place(variable) for variable in variables]
    state = {"format": FORMAT, "schema": SCHEMA, "architecture": dict(architecture), "facts": dict(facts)}
    content = PlainFile(arrays, {**state, "places": places}, "first weights")
    with atomic_write(path) as stream:
        content.write(stream)
    return read_initial_weights(path)


def read_initial_weights(path: Path, sha256: str = "") -> InitialWeights:
    """Read what `write_initial_weights` wrote, after checking the file as a whole.

    Parameters
    ----------
    path : Path
    sha256 : str
        What its content must have, where it is known.

    Raises
    ------
    UsageError
        It is missing, damaged, or another file.
    """
    if not path.is_file():
        raise UsageError(f"--init: no file {path}; expected phantoms, none, or a file that medcurate pretrain wrote")
    try:
        state, arrays, found = read_plain_file(path, sha256)
        if state.get("format") != FORMAT or state.get("schema") != SCHEMA:
            raise DamagedError(f"it is no file of first weights of schema {SCHEMA}")
        initial = InitialWeights(
            path,
            found,
            dict(state["architecture"]),
            dict(state["facts"]),
            {str(player): tuple(map(str, texts)) for player, texts in state["places"].items()},
            arrays,
        )
        spec_of(initial.architecture)
        expected = {f"{player}/{place:04d}" for player, texts in initial.places.items() for place in range(len(texts))}
        if set(arrays) != expected or not {"family", "config", "attributes"} <= set(initial.architecture):
            raise DamagedError("its arrays are not those that it lists")
    except (DamagedError, KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
        raise UsageError(
            f"--init {path} was refused: {error}. Expected a file that medcurate pretrain wrote; make it again, or "
            "leave the option out"
        ) from None
    return initial


def weights_of(trained: TrainingSetup) -> dict[str, list[Any]]:
    """Return the weights of every player's network, in the order of the network."""
    return {name: list(player.network.weights) for name, player in sorted(trained.players.items())}


def condition_place(variable: Any) -> str:
    """Return layer and name of a weight that reads the condition, and nothing for another weight."""
    parts = str(variable.path).split("/")
    found = [place for place, part in enumerate(parts) if part.startswith(CONDITION)]
    return "/".join(parts[found[0] :]) if found else ""


def _averages(trained: TrainingSetup, average: Sampler) -> dict[int, Any]:
    """Return the averaged copy of each variable that is drawn with, by its identity."""
    if trained.sampler is None:
        return {}
    return {id(own): average.weights()[name] for name, own in trained.sampler.weights().items()}


def _halved(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if not np.issubdtype(array.dtype, np.floating):
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    if not np.isfinite(half).all():
        raise UsageError(
            f"first weights: {name} has values up to {np.abs(array).max():g}; half precision ends at 65504"
        )
    return half
