"""Read one file and return the lines that the scan keeps of it; this runs in the workers."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import os
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.scans.pseudonyms import pseudonym
from medcurate.curate.sources.inputs import Item
from medcurate.curate.sources.regular_files import examine
from medcurate.curate.sources.row_pixels import is_stacked
from medcurate.curate.sources.tumor_folders import tumor_of_path
from medcurate.errors import Code, InputError
from medcurate.parallel import Failure
from medcurate.pixel_hash import is_constant, pixel_digest, volume_digest
from medcurate.readers import read
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions

_WHOLE_BYTES = 64 * 2**20  # a file up to this size is read once, into memory
_HASH_STEP = 2**20
MAX_VOLUME_FEATURES = 16
"""Slices of a volume that features are taken of."""

Features = NDArray[np.float16]


class Line(NamedTuple):
    """Facts about one image, volume or mask, or about a rejected file (then most are None).

    Columns of the catalogue have its names and types; the others are needed to compare files with each other.
    """

    stage: str | None = None
    ignored: bool = False
    code: str | None = None
    message: str | None = None
    file_sha256: str | None = None
    image_id: str | None = None
    frame: int | None = None
    format: str | None = None
    kind: str | None = None
    modality: str | None = None
    contrast: str | None = None
    tumor: str | None = None
    patient_id: str | None = None
    series_id: str | None = None
    height: int | None = None
    width: int | None = None
    depth: int | None = None
    spacing_mm: tuple[float, ...] | None = None
    bit_depth: int | None = None
    plane: str | None = None
    plane_evidence: str | None = None
    plane_confidence: float | None = None
    obliquity_deg: float | None = None
    mask_of: str | None = None
    mask_area: float | None = None
    status: str | None = None
    reason: str | None = None
    notes: str | None = None
    instance: str | None = None
    acquisition: str | None = None
    geometry: tuple[float, ...] | None = None
    n_features: int = 0


class Scanned(NamedTuple):
    """The lines of one file, and the descriptions of the images they have features of (`Line.n_features` each)."""

    lines: list[Line]
    descriptions: list[NDArray[np.float32]]


class Packed(NamedTuple):
    """A chunk of files as a worker sends it: which file of the chunk each line is of, the lines, the features."""

    file_of_line: list[int]
    lines: list[Line]
    features: Features | None


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Options of a scan that a worker needs.

    Attributes
    ----------
    salt : bytes
        For the pseudonyms; never written.
    features : bool
        Whether to take plane features.
    """

    salt: bytes
    options: ReadOptions = DEFAULT_OPTIONS
    features: bool = False


def scan_item(item: Item, settings: ScanSettings) -> Scanned:
    """Read one file: its lines, or the one line that says why it is rejected."""
    digest = ""
    try:
        blob, digest = _load(item)
        rows = _Rows(item, digest, settings)
        for frame in read(blob, settings.options):
            rows.add(frame)
        scanned = rows.finish()
        _check_unchanged(item)
    except InputError as error:
        return _rejected(item, error, digest)
    except OSError as error:
        return _rejected(item, _unreadable(error), digest)
    return scanned


def pack(results: list[Scanned | Failure]) -> Packed:
    """Join the results of a chunk, in the worker: little to send, and little to do for the parent."""
    numbers: list[int] = []
    lines: list[Line] = []
    features: list[NDArray[np.float32]] = []
    for number, result in enumerate(results):
        if isinstance(result, Failure):
            lines.append(failed(result))
            numbers.append(number)
            continue
        lines.extend(result.lines)
        numbers.extend([number] * len(result.lines))
        features.extend(result.descriptions)
    return Packed(numbers, lines, _reduced(features) if features else None)


def _reduced(descriptions: list[NDArray[np.float32]]) -> Features:
    """Shorten descriptions to features, in half precision."""
    from medcurate.curate.measures.plane_features import reduce

    # Beyond half precision a feature is infinite, which no classifier takes: such values are cut off.
    return np.clip(reduce(np.stack(descriptions)), -65504, 65504).astype(np.float16)


def failed(failure: Failure) -> Line:
    """Return the line of a file whose worker crashed, hung or failed."""
    return Line(stage="worker", code=failure.code.value, message=failure.message, file_sha256="")


def _load(item: Item) -> tuple[Blob, str]:
    """Return the file's bytes as a blob, and their SHA-256; a small file is read from the disk once."""
    blob = item.blob()
    with blob.open() as stream:
        if item.size <= _WHOLE_BYTES:
            data = stream.read()
            # The location is left out: a library that maps the file would read it again.
            blob = dataclasses.replace(blob, opener=partial(io.BytesIO, data), path=None)
            return blob, hashlib.sha256(data).hexdigest()
        total = hashlib.sha256()
        while step := stream.read(_HASH_STEP):
            total.update(step)
    return blob, total.hexdigest()


def _check_unchanged(item: Item) -> None:
    state = examine(item.location)
    if (state.st_size, state.st_mtime_ns) != (item.archive_bytes, item.mtime_ns):
        raise InputError(Code.CHANGED, "The file changed while it was read. Run again when nothing writes it.")


def _rejected(item: Item, error: InputError, digest: str) -> Scanned:
    try:
        _check_unchanged(item)
    except InputError as changed:
        error = changed  # whatever seemed wrong with a half-written file says nothing
    except OSError:
        pass
    return Scanned([Line(stage="read", code=error.code.value, message=str(error), file_sha256=digest)], [])


def _unreadable(error: OSError) -> InputError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE):
        return InputError(Code.VANISHED, "The file was there when the scan began and is gone. Run again.")
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return InputError(Code.PERMISSION, f"The system does not let this user read the file ({reason}).")


class _Rows:
    """Turns the frames of one file into lines."""

    def __init__(self, item: Item, digest: str, settings: ScanSettings) -> None:
        self._item = item
        self._digest = digest
        self._settings = settings
        self._tumor = tumor_of_path(item.path)
        self._lines: list[Line] = []
        self._features: list[NDArray[np.float32]] = []
        self._stack: _Stack | None = None

    def add(self, frame: Frame) -> None:
        if is_stacked(frame.facts):
            if self._stack is not None and not self._stack.takes(frame):
                self._close_stack()
            if self._stack is None:
                self._stack = _Stack(frame, self._settings)
            self._stack.add(frame)
            return
        self._close_stack()
        mask = frame.facts.kind == "mask"
        constant = not mask and is_constant(frame.pixels)
        features = []
        if self._settings.features and not mask and not constant:
            features = [_describe(frame.pixels)]
        area = float(np.count_nonzero(frame.pixels) / frame.pixels.size) if mask else None
        self._append(frame.facts, frame.pixels.shape, pixel_digest(frame.pixels), constant, features, area)

    def finish(self) -> Scanned:
        self._close_stack()
        if not self._lines:
            raise InputError(Code.NOT_IMAGE, "The file holds no image.")
        images = [line for line in self._lines if line.kind != "mask"]
        if images and all(line.reason == Code.CONSTANT.value for line in images):
            raise InputError(Code.CONSTANT, "All pixels have the same value: there is nothing to see.")
        return Scanned(self._with_masks(images), self._features)

    def _with_masks(self, images: list[Line]) -> list[Line]:
        """Point each mask at the image before it in the file, or at the first one, which takes its area."""
        if len(images) in (0, len(self._lines)):
            return self._lines
        lines = self._lines.copy()
        of = lines.index(images[0])
        for number, line in enumerate(self._lines):
            if line.kind != "mask":
                of = number
                continue
            lines[number] = line._replace(mask_of=lines[of].image_id)
            # Of several masks the largest stands for all: what they have in common is not known here.
            lines[of] = lines[of]._replace(mask_area=max(lines[of].mask_area or 0.0, line.mask_area or 0.0))
        return lines

    def _close_stack(self) -> None:
        if (stack := self._stack) is not None:
            self._stack = None
            self._append(stack.facts(), stack.shape, stack.digest(), stack.constant, stack.features, stack.area)

    def _append(
        self,
        facts: Facts,
        shape: tuple[int, ...],
        digest: bytes,
        constant: bool,
        features: list[NDArray[np.float32]],
        area: float | None,
    ) -> None:
        if constant:
            features = []
        named = facts.plane if facts.plane not in (None, "unknown") else None
        geometry = None
        if facts.position_mm is not None and facts.axes is not None and facts.kind == "image":
            geometry = (*facts.position_mm, *facts.axes)
        self._features.extend(features)
        self._lines.append(
            Line(
                file_sha256=self._digest,
                image_id=digest.hex()[:16],
                frame=facts.frame,
                format=facts.format,
                kind=facts.kind,
                modality=facts.modality,
                contrast=facts.contrast,
                tumor=facts.tumor or self._tumor,
                patient_id=self._alias("patient", facts.patient_key),
                series_id=self._alias("series", facts.series_key),
                height=shape[0],
                width=shape[1],
                depth=facts.depth,
                spacing_mm=facts.spacing_mm,
                bit_depth=facts.bit_depth,
                plane=named or "unknown",
                plane_evidence="header" if named else None,
                plane_confidence=facts.plane_confidence if named else None,
                obliquity_deg=facts.obliquity_deg,
                mask_area=area,
                status="dropped" if constant else "kept",
                reason=Code.CONSTANT.value if constant else None,
                notes=" ".join(dict.fromkeys(note.value for note in facts.notes)),
                instance=self._alias("instance", facts.instance_key),
                acquisition=self._alias("acquisition", facts.acquisition),
                geometry=geometry,
                n_features=len(features),
            )
        )

    def _alias(self, role: str, key: str | None) -> str | None:
        return None if key is None else pseudonym(self._settings.salt, role, key)


class _Stack:
    """The slices of one volume, or of one 3-D mask, as they stream by."""

    def __init__(self, first: Frame, settings: ScanSettings) -> None:
        self._first = first.facts
        self._notes: dict[Code, None] = {}
        self._slices: list[bytes] = []
        self._value = first.pixels[0, 0]
        self._within = 0  # pixels of a mask
        self.shape = first.pixels.shape
        self.constant = first.facts.kind == "volume"
        self.features: list[NDArray[np.float32]] = []
        wanted = settings.features and self.constant and first.facts.depth
        self._wanted = _evenly(first.facts.depth or 0) if wanted else frozenset()

    def takes(self, frame: Frame) -> bool:
        """Say whether a slice belongs to this stack: same kind and size, and not beyond its depth."""
        facts, first = frame.facts, self._first
        if facts.kind != first.kind or frame.pixels.shape != self.shape:
            return False
        return first.depth is None or len(self._slices) < first.depth

    def add(self, frame: Frame) -> None:
        pixels = frame.pixels
        blank = is_constant(pixels)
        self.constant = self.constant and blank and bool(pixels[0, 0] == self._value)
        if len(self._slices) in self._wanted and not blank:
            self.features.append(_describe(pixels))
        if self._first.kind == "mask":
            self._within += int(np.count_nonzero(pixels))
        self._slices.append(pixel_digest(pixels))
        self._notes.update(dict.fromkeys(frame.facts.notes))

    @property
    def area(self) -> float | None:
        height, width = self.shape
        return self._within / (height * width * len(self._slices)) if self._first.kind == "mask" else None

    def digest(self) -> bytes:
        return volume_digest(self._slices)

    def facts(self) -> Facts:
        return dataclasses.replace(self._first, frame=None, depth=len(self._slices), notes=tuple(self._notes))


def _evenly(depth: int) -> frozenset[int]:
    """Return up to 16 slice numbers, evenly spaced, the ends left out where there are enough."""
    if depth <= MAX_VOLUME_FEATURES:
        return frozenset(range(depth))
    return frozenset(int(place) for place in np.linspace(0, depth - 1, MAX_VOLUME_FEATURES + 2)[1:-1].round())


def _describe(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    from medcurate.curate.measures.plane_features import describe

    return describe(pixels)
