"""The training loop: players take turns, callbacks are called; it knows neither networks nor backends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from medcurate.learning.callback import Callback, StepResult
from medcurate.learning.engine import Engine
from medcurate.learning.players import Tensor, TrainingSetup


def run(
    setup: TrainingSetup,
    engine: Engine,
    feed: Iterable[Sequence[Any]],
    *,
    first: int,
    callbacks: Sequence[Callback],
) -> tuple[int, tuple[str, ...]]:
    """Train until the feed ends or a callback asks to stop.

    Parameters
    ----------
    setup : TrainingSetup
        Its schedule names the turns of a step.
    engine : Engine
        Was prepared for `setup`.
    feed : iterable
        The batches of each step, one per turn.
    first : int
        Steps that were done before.
    callbacks : sequence of Callback
        Called in this order.

    Returns
    -------
    step : int
        Steps done in all.
    reasons : tuple of str
        Why it stopped; empty when the feed ended.
    """
    step = first
    reasons: tuple[str, ...] = ()
    for callback in callbacks:
        callback.begin(step)
    for turns in feed:
        logged: dict[str, Tensor] = {}
        for name, batch in zip(setup.schedule, turns, strict=True):
            logged.update(engine.update(name, batch))
        step += 1
        result = StepResult(step, logged)
        reasons = tuple(reason for reason in [callback.after(result) for callback in callbacks] if reason)
        if reasons:
            break
    for callback in callbacks:
        callback.end(step)
    return step, reasons
