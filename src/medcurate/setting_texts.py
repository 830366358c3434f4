"""Settings that the command line gives as text: lists, pairs, cards of sources, and shares of splits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from medcurate.errors import UsageError

_SHARES = "NAME=SHARE,NAME=SHARE such as train=0.8,test=0.2"


def read_list(text: str) -> tuple[str, ...]:
    """Read a text such as ``T1ce, FLAIR``; ``none`` and an empty text are an empty list."""
    return () if text.strip() in ("", "none") else tuple(part.strip() for part in text.split(","))


def read_split(text: str) -> str | None:
    """Read the name of a split; ``all`` gives None, which stands for the whole dataset."""
    return None if text == "all" else text


def read_cards(texts: Iterable[str]) -> dict[str, str]:
    """Read texts such as ``hospital=figshare-1512427``: a source and the name of its card."""
    return dict(read_pair(text, "--card", "SOURCE=NAME such as hospital=figshare-1512427") for text in texts)


def read_shares(text: str) -> dict[str, float]:
    """Read a text such as ``train=0.8,test=0.2``.

    Raises
    ------
    UsageError
        It is no list of names and numbers, or a name is there twice.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, share = read_pair(part, "--split", _SHARES)
        try:
            value = float(share)
        except ValueError:
            raise UsageError(f"--split: expected {_SHARES}, received {text!r}") from None
        if name in shares:
            raise UsageError(f"--split: {name!r} is there twice in {text!r}")
        shares[name] = value
    return shares


def read_pair(
    text: str, option: str, expected: str, *, cut: Callable[[str, str], tuple[str, str, str]] = str.rpartition
) -> tuple[str, str]:
    """Read a text such as ``hospital=figshare-1512427``.

    Parameters
    ----------
    text : str
        What was typed.
    option : str
        For the message: ``"--card"``.
    expected : str
        For the message: ``"SOURCE=NAME"``.
    cut : callable
        ``str.rpartition`` if the name may hold further equals signs, ``str.partition`` if the value may.

    Raises
    ------
    UsageError
        The name or the value is missing.
    """
    name, sign, value = cut(text, "=")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"{option}: expected {expected}, received {text!r}")
    return name.strip(), value.strip()


def read_options(texts: Iterable[str]) -> dict[str, str]:
    """Read ``--set NAME=VALUE``: options of a family, with ``_`` in their names.

    Raises
    ------
    UsageError
        A text has no ``=``.
    """
    pairs = (read_pair(text, "--set", "NAME=VALUE", cut=str.partition) for text in texts)
    return {name.replace("-", "_"): value for name, value in pairs}
