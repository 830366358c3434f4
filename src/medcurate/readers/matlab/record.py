"""Read an image from MATLAB variables: the record of figshare 1512427, or a single array.

The record ``cjdata`` has ``image`` (height x width), ``label`` (1 meningioma, 2 glioma, 3 pituitary), ``PID``,
``tumorBorder`` and ``tumorMask`` (Cheng 2017, https://doi.org/10.6084/m9.figshare.1512427).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.options import ReadOptions
from medcurate.readers.values import cast, fill_nonfinite, narrowest_type

RECORD_FIELDS = ("image", "label", "PID", "tumorBorder", "tumorMask")
TUMORS = {1: "meningioma", 2: "glioma", 3: "pituitary"}
_LEAST_SIDE = 8
_MOST_PID = 256
_PREFERRED = "image"


class Variables(Protocol):
    """Interface to the numeric variables of a file of any MATLAB version."""

    in_record: bool
    """Whether the variables are the fields of ``cjdata``."""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each numeric variable, in MATLAB's order, without reading it."""

    def load(self, name: str) -> NDArray[np.generic]:
        """Return one variable, after a check of its size."""


def frames(variables: Variables, options: ReadOptions) -> Iterator[Frame]:
    """Yield the image, and the tumor mask if there is one.

    Raises
    ------
    InputError
        `SCHEMA`, `BAD_DIMS`, `UNSAFE_LINK`.
    """
    shapes = variables.shapes()
    if variables.in_record or set(RECORD_FIELDS) <= set(shapes):
        yield from _record(variables, shapes, options)
    else:
        name = _only_image(shapes)
        _check_image(shapes[name], options)
        yield _image(_numbers(variables, name), Facts(format="mat"))


def _record(variables: Variables, shapes: dict[str, tuple[int, ...]], options: ReadOptions) -> Iterator[Frame]:
    missing = [field for field in RECORD_FIELDS if field not in shapes]
    if missing:
        raise InputError(Code.SCHEMA, f"Expected the fields {', '.join(RECORD_FIELDS)}; missing: {', '.join(missing)}.")
    _check_image(shapes["image"], options)
    tumor = _tumor(variables, shapes["label"])
    facts = Facts(
        format="mat", modality="MR", contrast="T1ce", tumor=tumor, patient_key=_patient(variables, shapes["PID"])
    )
    if shapes["tumorMask"] != shapes["image"]:
        yield _image(_numbers(variables, "image"), facts, Code.MASK_MISMATCH)
        return
    yield _image(_numbers(variables, "image"), facts)
    mask = _numbers(variables, "tumorMask") != 0
    yield Frame(
        np.ascontiguousarray(mask, dtype=np.uint8),
        Facts(format="mat", kind="mask", modality="MR", tumor=tumor, patient_key=facts.patient_key, bit_depth=8),
    )


def _only_image(shapes: dict[str, tuple[int, ...]]) -> str:
    images = [name for name, shape in shapes.items() if len(shape) == 2 and min(shape) >= _LEAST_SIDE]
    if _PREFERRED in images:
        return _PREFERRED
    if len(images) != 1:
        raise InputError(
            Code.SCHEMA,
            f"Expected a struct cjdata, or one 2-D array of at least {_LEAST_SIDE} x {_LEAST_SIDE}; "
            f"found {len(images)} such arrays among {len(shapes)} numeric variables.",
        )
    return images[0]


def _check_image(shape: tuple[int, ...], options: ReadOptions) -> None:
    if len(shape) != 2 or min(shape) < 1:
        raise InputError(Code.SCHEMA, f"Expected an image of two dimensions, received {len(shape)}.")
    if shape[0] * shape[1] > options.max_pixels:
        raise InputError(
            Code.BAD_DIMS, f"Expected at most {options.max_pixels:,} pixels, the file declares {shape[0]} x {shape[1]}."
        )


def _tumor(variables: Variables, shape: tuple[int, ...]) -> str:
    value = float(_numbers(variables, "label").reshape(-1)[0]) if all(side == 1 for side in shape) else float("nan")
    if value not in TUMORS:
        raise InputError(Code.SCHEMA, f"Expected a label of 1, 2 or 3, received {value:g} in {len(shape)} dimensions.")
    return TUMORS[int(value)]


def _patient(variables: Variables, shape: tuple[int, ...]) -> str:
    if not 1 <= np.prod(shape, dtype=np.float64) <= _MOST_PID:
        raise InputError(Code.SCHEMA, "Expected a PID of 1 to 256 characters.")
    values = variables.load("PID")
    if values.dtype.kind == "U":
        return "".join(values.reshape(-1).tolist())
    flat = values.T.reshape(-1).tolist()
    return "".join(chr(int(v)) for v in flat) if values.dtype == np.uint16 else "-".join(f"{v:g}" for v in flat)


def _numbers(variables: Variables, name: str) -> NDArray[np.generic]:
    values = variables.load(name)
    if values.dtype.kind not in "biuf":
        raise InputError(Code.SCHEMA, "Expected a numeric array, found text.")
    return values


def _image(values: NDArray[np.generic], facts: Facts, *notes: Code) -> Frame:
    finite, nonfinite = fill_nonfinite(values)
    if nonfinite:
        notes = (*notes, Code.NONFINITE)
    pixels = cast(finite, narrowest_type(finite))
    return Frame(
        pixels,
        Facts(
            format=facts.format,
            modality=facts.modality,
            contrast=facts.contrast,
            tumor=facts.tumor,
            patient_key=facts.patient_key,
            bit_depth=values.dtype.itemsize * 8,
            notes=notes,
        ),
    )
