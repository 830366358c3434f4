"""Check the sizes that a header declares before anything is allocated."""

from __future__ import annotations

from medcurate.errors import Code, InputError
from medcurate.readers.options import ReadOptions


def check_raster(height: int, width: int, options: ReadOptions) -> None:
    """Refuse a raster image without pixels, or with more than `ReadOptions.max_pixels`.

    Raises
    ------
    InputError
        `Code.BAD_DIMS` or `Code.BOMB`.
    """
    if height < 1 or width < 1:
        raise InputError(Code.BAD_DIMS, f"Expected at least 1 x 1 pixels, the header declares {height} x {width}.")
    if height * width > options.max_pixels:
        raise InputError(
            Code.BOMB,
            f"Expected at most {options.max_pixels:,} pixels, the header declares {height} x {width}. "
            "It was not decoded. If the image is real, reduce it first.",
        )
