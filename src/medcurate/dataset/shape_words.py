"""What reading does to images of other shapes, in one sentence that training and evaluation share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from medcurate.dataset.image_header import read_header
from medcurate.dataset.reading import Dataset

Shape = tuple[int, int]
"""Height and width in pixels."""


def image_shapes(dataset: Dataset) -> Counter[Shape]:
    """Count the shapes of images, by the catalogue where it says them, else by the headers of the files."""
    columns = (dataset.rows.column(name).to_pylist() for name in ("path", "height", "width"))
    return Counter(_shapes(dataset, zip(*columns, strict=True)))


def _shapes(dataset: Dataset, rows: Iterable[tuple[str, int | None, int | None]]) -> Iterable[Shape]:
    for path, height, width in rows:
        if height is not None and width is not None:
            yield height, width
        elif (header := read_header(dataset.folder / path)) is not None:
            yield header.height, header.width


def shape_sentence(shapes: Mapping[Shape, int], size: Shape) -> str | None:
    """Say how many images are padded or enlarged to fit a size.

    Parameters
    ----------
    shapes : mapping of (int, int) to int
        As `image_shapes` gives them.
    size : (int, int)
        Height and width that images are scaled to fit (pixels), as `medcurate.pictures.fit` does.

    Returns
    -------
    str or None
        None where all have the shape of `size` or a larger one of the same aspect ratio.
    """
    total = sum(shapes.values())
    padded = {shape: count for shape, count in shapes.items() if _is_padded(shape, size)}
    small = {shape: count for shape, count in shapes.items() if _scale(shape, size) > 1}
    told = []
    if padded:
        told.append(
            f"{sum(padded.values()):,} of {total:,} images have another aspect ratio than {_text(size)} (most often "
            f"{_text(_usual(padded))}): they are scaled to fit and padded with black; nothing is cropped or stretched"
        )
    if small:
        told.append(
            f"{sum(small.values()):,} of {total:,} images are smaller than {_text(size)} (most often "
            f"{_text(_usual(small))}): they are enlarged, which adds no detail"
        )
    return "; ".join(told) or None


def _scale(shape: Shape, size: Shape) -> float:
    return min(size[0] / shape[0], size[1] / shape[1])


def _is_padded(shape: Shape, size: Shape) -> bool:
    scale = _scale(shape, size)
    return (round(shape[0] * scale), round(shape[1] * scale)) != size


def _usual(shapes: Mapping[Shape, int]) -> Shape:
    return max(shapes, key=lambda shape: (shapes[shape], shape))


def _text(shape: Shape) -> str:
    return f"{shape[0]} x {shape[1]}"
