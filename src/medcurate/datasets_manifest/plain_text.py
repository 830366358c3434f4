"""Escape any text for Markdown, YAML and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_SPDX_LICENSE = "https://spdx.org/licenses/{}.html"
_CC = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-(\d\.\d)(?:-([A-Z]{2}))?")


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, with single blanks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def markdown(text: str) -> str:
    """Return text escaped for Markdown, on one line."""
    escaped = _MARKS.sub(r"\\\1", one_line(text))
    return re.sub(r"^(\d+)([.)])|^([-+=:])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def code(text: str) -> str:
    """Return text as Markdown code."""
    return f"`{one_line(text).replace('`', '')}`"


def web_address(text: str) -> str:
    """Return a web address in a safe form; '' for anything else, such as a local path."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        private = parts.username is not None or parts.password is not None
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or private or "." not in host:
        return ""
    return quote(text, safe="/:?#@!$&'*+,;=%~[]-._")


def link(label: str, url: str) -> str:
    """Return a Markdown link; the label alone if there is no address."""
    return f"[{markdown(label)}]({url})" if url else markdown(label)


def license_url(spdx: str) -> str:
    """Return the address of a license's text; '' if SPDX does not list the license."""
    if match := _CC.fullmatch(spdx):
        tail = f"{match[3].lower()}/" if match[3] else ""
        return f"https://creativecommons.org/licenses/{match[1].lower()}/{match[2]}/{tail}"
    if spdx == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if spdx.startswith(("LicenseRef-", "DocumentRef-")) or spdx in ("", "NOASSERTION", "NONE"):
        return ""
    return _SPDX_LICENSE.format(quote(spdx, safe=".-+"))


def yaml(content: Mapping[str, Any]) -> str:
    """Return a mapping of text, numbers, lists and mappings as YAML; every text is quoted."""
    return "".join(f"{line}\n" for line in _block(content))


def _block(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _entry(f"{key}:", item, "  ")
    else:
        for item in value:
            yield from _entry("-", item, "  ")


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if not isinstance(item, Mapping | Sequence) or isinstance(item, str) or not item:
        yield f"{head} {_scalar(item)}"
        return
    lines = [f"{indent}{line}" for line in _block(item)]
    if head == "-":
        lines[0] = f"- {lines[0].removeprefix(indent)}"
    else:
        yield head
    yield from lines


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return '"' + "".join(map(_sign, value)) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "[]" if isinstance(value, list | tuple) else "{}"


def _sign(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    # This escape is valid for any character in YAML 1.1 and 1.2.
    return sign if sign.isprintable() and sign != "\ufeff" else f"\\U{ord(sign):08X}"
