"""File names as text that is safe to write, and back again, byte for byte.

Printable text stays as it is. Percent-encoded are: bytes that are not UTF-8; control, format and line-separating
characters; a ``%`` that two hexadecimal digits follow; a leading ``= + - @`` (a spreadsheet would run it as a formula);
and the ``!`` of a real name that contains ``.zip!``, which would look like the member of an archive.
"""

from __future__ import annotations

import os
import re
import unicodedata

_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_JOINERS = "\u200c\u200d"
_FORMULA = "=+-@"
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_LOOKS_ESCAPED = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_LOOKS_LIKE_MEMBER = re.compile(r"(?<=\.zip)!", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./ ()=+@-]*", re.ASCII)


def encode_path(name: str) -> str:
    """Return a name of the file system as text that is valid UTF-8 and inert in a spreadsheet.

    Parameters
    ----------
    name : str
        As `os.listdir` gives it, undecodable bytes as surrogates.
    """
    if _PLAIN.fullmatch(name):
        return name
    text = _LOOKS_LIKE_MEMBER.sub("%21", _LOOKS_ESCAPED.sub("%25", name))
    text = "".join(_percent(c) if unicodedata.category(c) in _UNSAFE and c not in _JOINERS else c for c in text)
    return _percent(text[0]) + text[1:] if text[:1] and text[0] in _FORMULA else text


def decode_path(text: str) -> str:
    """Invert `encode_path`: return the name as the file system has it."""
    raw = _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), text.encode())
    return os.fsdecode(raw)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
