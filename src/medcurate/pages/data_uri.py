"""Images within a page, so that it stays one file."""

from __future__ import annotations

import base64
from typing import Literal


def data_uri(content: bytes, kind: Literal["png", "jpeg"]) -> str:
    """Return an image file as a ``data:`` URI (RFC 2397).

    Parameters
    ----------
    content : bytes
        The whole file.
    kind : {'png', 'jpeg'}
        Its format.
    """
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
