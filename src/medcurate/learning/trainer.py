"""The training loop: players take turns, callbacks are told; it knows no family and no backend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from medcurate.learning.callback import Callback, Moment
from medcurate.learning.engine import Engine
from medcurate.learning.players import Game, Tensor


def run(
    game: Game,
    engine: Engine,
    feed: Iterable[Sequence[Any]],
    *,
    first: int,
    callbacks: Sequence[Callback],
) -> tuple[int, tuple[str, ...]]:
    """Train until the feed ends or a callback asks to stop.

    Parameters
    ----------
    game : Game
    engine : Engine
    feed : iterable
        The batches of each step, one a turn.
    first : int
        Steps that were done before.
    callbacks : sequence of Callback
        Told in this order.

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
        for name, batch in zip(game.turns, turns, strict=True):
            logged.update(engine.update(name, batch))
        step += 1
        moment = Moment(step, logged)
        reasons = tuple(reason for reason in [callback.after(moment) for callback in callbacks] if reason)
        if reasons:
            break
    for callback in callbacks:
        callback.end(step)
    return step, reasons
