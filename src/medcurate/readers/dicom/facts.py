"""Facts of one frame from a DICOM header."""

from __future__ import annotations

import re
from functools import lru_cache

from medcurate.errors import Code
from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.contrast import guess_contrast
from medcurate.readers.dicom.element_values import Values, decimals
from medcurate.readers.frame import Facts, Kind, Plane
from medcurate.readers.geometry import normal_of_iop, plane_of_normal

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_CODE = re.compile(r"[A-Z]{2,4}|RT[A-Z]{3,6}")
_NOT_PRIMARY = frozenset({"DERIVED", "SECONDARY", "LOCALIZER", "SCREEN SAVE", "PROJECTION IMAGE", "SCOUT"})

_NAMING = (
    tag.PATIENT_NAME, tag.PATIENT_BIRTH_DATE, tag.PATIENT_ADDRESS, tag.PATIENT_PHONE, tag.ACCESSION_NUMBER,
    tag.REFERRING_PHYSICIAN,
)  # fmt: skip

Axes = tuple[float, float, float, float, float, float]


def facts_of(
    values: Values, *, frame: int | None, bit_depth: int, window: tuple[float, float] | None, notes: tuple[Code, ...]
) -> Facts:
    """Collect the facts of one frame from the header.

    Parameters
    ----------
    values : Values
        Elements that apply to the frame: its own functional groups, then the shared ones, then the top level.
    frame : int or None
        0-based number in a multi-frame file.
    bit_depth : int
        Bits stored.
    window : tuple of float or None
        Display window in units of the canonical pixels.
    notes : tuple of Code
        Notes so far.
    """
    raw = values.raw
    modality = _modality(values)
    axes, plane, confidence, obliquity = _orientation(raw.get(tag.ORIENTATION, b""))
    if plane is not None and raw.get(tag.ORIENTATION_TYPE, b"").strip() == b"QUADRUPED":
        plane = confidence = obliquity = None  # the axes of quadrupeds have other names
    kind: Kind = "mask" if values.text(tag.SOP_CLASS) == SEGMENTATION else "image"
    return Facts(
        format="dicom",
        kind=kind,
        frame=frame,
        modality=modality,
        contrast=_contrast(values) if modality == "MR" else None,
        patient_key=_patient(values),
        series_key=values.key(tag.SERIES_INSTANCE),
        instance_key=values.key(tag.SOP_INSTANCE),
        acquisition=_acquisition(values),
        spacing_mm=_spacing(values),
        position_mm=_position(raw.get(tag.POSITION, b"")),
        axes=axes,
        plane=plane,
        plane_confidence=confidence,
        obliquity_deg=obliquity,
        bit_depth=bit_depth,
        depth=None,
        window=window,
        notes=(*notes, *_notes(values, modality)),
    )


def _modality(values: Values) -> str | None:
    """Return the modality if it looks like a code; otherwise it could be free text."""
    text = values.text(tag.MODALITY).upper()
    return text if _CODE.fullmatch(text) else None


def _notes(values: Values, modality: str | None) -> tuple[Code, ...]:
    other = modality not in ("MR", "CT") and bool(values.text(tag.MODALITY))
    derived = not _NOT_PRIMARY.isdisjoint(values.words(tag.IMAGE_TYPE))
    return (Code.MODALITY,) * other + (Code.NOT_PRIMARY,) * derived + (Code.IDENTIFIERS,) * _identifies(values)


def _identifies(values: Values) -> bool:
    """Return whether the header identifies a person and is not marked as de-identified."""
    if values.text(tag.IDENTITY_REMOVED).upper() == "YES":
        return False
    return any(values.key(element) is not None for element in _NAMING)


@lru_cache(maxsize=4096)
def _orientation(raw: bytes) -> tuple[Axes | None, Plane | None, float | None, float | None]:
    """Return axes, plane, confidence and obliquity; cached, because a series repeats them."""
    numbers = decimals(raw)
    normal = normal_of_iop(numbers)
    if normal is None:
        return None, None, None, None
    first, second, third, fourth, fifth, sixth = numbers
    return (first, second, third, fourth, fifth, sixth), *plane_of_normal(normal)


def _position(raw: bytes) -> tuple[float, float, float] | None:
    numbers = decimals(raw)
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def _spacing(values: Values) -> tuple[float, ...] | None:
    pixel = values.numbers(tag.PIXEL_SPACING)
    if len(pixel) != 2 or not all(0 < size < 1e4 for size in pixel):
        return None
    between = values.number(tag.SLICE_DISTANCE)
    return (*pixel, between) if between is not None and 0 < between < 1e4 else pixel


def _contrast(values: Values) -> str | None:
    echo = values.number(tag.ECHO_TIME)
    return guess_contrast(
        " ".join(map(values.text, (tag.SERIES_DESCRIPTION, tag.PROTOCOL_NAME, tag.SEQUENCE_NAME))),
        values.words(tag.SCANNING_SEQUENCE),
        values.text(tag.CONTRAST_AGENT),
        values.number(tag.REPETITION_TIME),
        values.double(tag.EFFECTIVE_ECHO_TIME) if echo is None else echo,
        values.number(tag.INVERSION_TIME),
        values.text(tag.ACQUISITION_CONTRAST),
    )


def _patient(values: Values) -> str | None:
    """Return the identifier of the patient; without one, name and birth date; without these, the study."""
    number = values.key(tag.PATIENT_ID)
    if number is not None:
        issuer = values.key(tag.PATIENT_ISSUER)
        return number if issuer is None else f"{number}\n{issuer}"
    name = values.key(tag.PATIENT_NAME)
    if name is not None:
        return "\n".join(("name", name, values.key(tag.PATIENT_BIRTH_DATE) or ""))
    study = values.key(tag.STUDY_INSTANCE)
    return None if study is None else f"study\n{study}"


def _acquisition(values: Values) -> str | None:
    """Return a key of the acquisition within a series: number, echo and time.

    It is not part of the series key: some scanners count every slice as an acquisition, which only the whole series
    shows (`medcurate.readers.geometry.split_stacks`).
    """
    number = values.raw.get(tag.FRAME_ACQUISITION)
    parts = (
        values.text(tag.ACQUISITION_NUMBER) if number is None else str(values.short(tag.FRAME_ACQUISITION)),
        values.text(tag.ECHO_NUMBERS),
        values.text(tag.TEMPORAL_POSITION) or _number_text(values, tag.TEMPORAL_INDEX),
    )
    return "/".join(parts) if any(parts) else None


def _number_text(values: Values, element: int) -> str:
    """Return an unsigned long as text, empty where it is absent."""
    raw = values.raw.get(element, b"")
    return str(int.from_bytes(raw[:4], "little" if values.order == "<" else "big")) if len(raw) >= 4 else ""
