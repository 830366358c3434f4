"""Settings that the command line gives as text: pairs, cards of sources, and shares of splits."""

from __future__ import annotations

from collections.abc import Iterable

from medcurate.errors import UsageError

_SHARES = "NAME=SHARE,NAME=SHARE such as train=0.8,test=0.2"


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


def read_pair(text: str, option: str, expected: str) -> tuple[str, str]:
    """Read a text such as ``hospital=figshare-1512427``; the name may hold further equals signs.

    Parameters
    ----------
    text : str
        What was typed.
    option : str
        For the message: ``"--card"``.
    expected : str
        For the message: ``"SOURCE=NAME"``.

    Raises
    ------
    UsageError
        The name or the value is missing.
    """
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"{option}: expected {expected}, received {text!r}")
    return name.strip(), value.strip()
