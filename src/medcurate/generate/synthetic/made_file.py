"""What writing a generated image needs to know of its file, whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

Pixels = NDArray[Any]
"""uint8 or uint16."""


class MadeFile(NamedTuple):
    """A generated image as a file.

    Attributes
    ----------
    id : str
        ``image_id`` of its pixels.
    content : bytes
    columns : mapping
        Columns of the catalogue that the file decides: ``format``, ``kind``, sizes, ``bit_depth``, ...; JSON values.
    """

    id: str
    content: bytes
    columns: Mapping[str, Any]
