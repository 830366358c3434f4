"""Put first weights into networks that differ from them in classes and attributes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.families.registry import as_options, configure, family
from medcurate.generate.initial.row_map import Condition, RowMap, Shares, row_map
from medcurate.generate.initial.weights_file import InitialWeights, condition_place, weights_of
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.players import TrainingSetup


def difference(initial: InitialWeights, name: str, options: Mapping[str, Any], spec: ImageSpec) -> str:
    """Say what keeps first weights from being those of a training; nothing where they fit.

    Parameters
    ----------
    initial : InitialWeights
    name, options
        Of the family that is trained.
    spec : ImageSpec
        What it draws.
    """
    architecture = initial.architecture
    if initial.family != name:
        return f"they are of --model {initial.family}, not {name}"
    for what, before, now in (
        ("pixels", tuple(architecture["spatial"]), tuple(spec.spatial)),
        ("channels", architecture["target"], spec.target),
        ("channels of a given image", architecture["source"], spec.source),
    ):
        if before != now:
            return f"they are of {_shown(before)} {what}, not {_shown(now)}"
    own = as_options(configure(name, architecture["config"]))
    asked = as_options(configure(name, options))
    shaping = getattr(family(name), "SHAPING", tuple(own))
    differing = [f"{option}={_shown(own[option])}, not {_shown(asked[option])}" for option in shaping
                 if own[option] != asked[option]]  # fmt: skip
    return f"they are of {'; '.join(differing)}" if differing else ""


def transfer(initial: InitialWeights, trained: TrainingSetup, now: Condition, shares: Shares) -> None:
    """Set the weights of every player to the first weights.

    Layers that read the condition are found by their name, the others by their order. Their rows are carried over as
    `row_map` says.

    Parameters
    ----------
    initial : InitialWeights
    trained : TrainingSetup
        Its players are changed.
    now : Condition
        What the players are told.
    shares : mapping
        Of the values of each condition in the training set, as far as they are known; of the rest those of the set
        that the first weights were trained on.

    Raises
    ------
    UsageError
        The networks do not correspond; no weight is changed then.
    """
    told = {name: found for name, found in shares.items() if any(found.get(v) for v in initial.classes.get(name, ()))}
    known = {**initial.facts.get("share_of_classes", {}), **told}
    before = Condition(initial.classes, initial.attributes)
    rows = row_map(before, now, known, initial.facts.get("attribute_means", {}))
    values = [pair for player, variables in weights_of(trained).items()
              for pair in _values(initial, player, variables, rows)]  # fmt: skip
    for variable, value in values:
        variable.assign(value)


def _values(
    initial: InitialWeights, player: str, variables: Sequence[Any], rows: RowMap
) -> list[tuple[Any, NDArray[Any]]]:
    """Return each variable of a player with its value."""
    if player not in initial.places:
        raise _refused(initial, f"they have no {player}")
    texts = initial.places[player]
    plain = [place for place, text in enumerate(texts) if not text]
    others = [variable for variable in variables if not condition_place(variable)]
    if len(plain) != len(others):
        raise _refused(initial, f"the {player} has {len(others)} weights, not {len(plain)}")
    found = []
    for place, variable in zip(plain, others, strict=True):
        value = initial.weight(player, place)
        if value.shape != tuple(variable.shape):
            raise _refused(initial, f"weight {place} of the {player} is {value.shape}, not {tuple(variable.shape)}")
        found.append((variable, value))
    told = {text: initial.weight(player, place) for place, text in enumerate(texts) if text}
    return [*found, *_of_conditions(initial, variables, told, rows)]


def _of_conditions(
    initial: InitialWeights, variables: Sequence[Any], told: Mapping[str, NDArray[Any]], rows: RowMap
) -> list[tuple[Any, NDArray[Any]]]:
    """Return the variables of layers that read the condition, with their values."""
    own = {text: variable for variable in variables if (text := condition_place(variable))}
    found = []
    for text, variable in own.items():
        layer, _, name = text.rpartition("/")
        if f"{layer}/kernel" not in told:  # a layer that the first weights do not have: it stays as it is
            continue
        kernel, shape = told[f"{layer}/kernel"], tuple(variable.shape)
        has_bias = f"{layer}/bias" in own
        if name == "kernel":
            value = carried(kernel, rows, fold=not has_bias)
        elif name == "bias":
            value = told[text] + folded(kernel, rows)
        else:
            value = told.get(text, np.asarray(variable))
        if value.shape != shape:
            raise _refused(initial, f"{text} is {value.shape}, not {shape}")
        found.append((variable, value))
    return found


def carried(kernel: NDArray[np.float32], rows: RowMap, *, fold: bool) -> NDArray[np.float32]:
    """Return a kernel whose last rows read another condition.

    Parameters
    ----------
    kernel : ndarray, shape (others + before, units)
    rows : RowMap
    fold : bool
        Add what has no row any more to rows of which one is always read, for want of a bias.

    Returns
    -------
    ndarray of float32, shape (others + now, units)
    """
    others = len(kernel) - len(rows.folded)
    now = rows.matrix @ kernel[others:]
    if fold:
        now[list(rows.always)] += folded(kernel, rows)
    return np.concatenate([kernel[:others], now]).astype(np.float32)


def folded(kernel: NDArray[np.float32], rows: RowMap) -> NDArray[np.float32]:
    """Return what is added to the bias of a layer, shape (units,)."""
    return np.asarray(rows.folded @ kernel[len(kernel) - len(rows.folded) :], np.float32)


def _refused(initial: InitialWeights, why: str) -> UsageError:
    return UsageError(f"--init {initial.path} does not fit the networks: {why}; choose other weights, or --init none")


def _shown(value: Any) -> str:
    return " x ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
