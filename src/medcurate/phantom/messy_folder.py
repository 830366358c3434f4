"""Write a realistic messy folder: all raw formats, copies, damaged files and litter, with a truth table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import OutputError, UsageError
from medcurate.phantom import dicom_files, raster_files, volume_files
from medcurate.phantom.contrast import CONTRASTS, PLANES, render
from medcurate.phantom.defects import add_copies, add_damaged, add_litter, add_not_brain
from medcurate.phantom.fields import Array
from medcurate.phantom.head import Head, random_head
from medcurate.phantom.pictures import Picture, choose, cropped, cut, screen, stored
from medcurate.phantom.truth import MessyFolder, Truth

_TUMOR_TURN = ("glioma", "meningioma", "pituitary", "none")
_TUMOR_CONTRASTS = ("T1ce", "FLAIR", "T1ce", "T2")
# The last letter is the slice axis: each of these volumes is a stack of axial, coronal or sagittal slices.
_ORIENTATIONS = {
    "axial": ("LAS", "RPI", "ALS", "RAS"),
    "coronal": ("LIA", "RSP", "SRA"),
    "sagittal": ("PSR", "AIL", "PIR"),
}


@dataclass(slots=True)
class _Patient:
    """A head and the images made of it."""

    number: int
    head: Head
    rng: np.random.Generator
    slices: int
    brain: NDArray[np.bool_]
    images: dict[str, Array] = field(default_factory=dict)
    turn: int = 0

    @property
    def name(self) -> str:
        return f"PHANTOM-{self.number:04d}"

    def next_plane(self) -> str:
        self.turn += 1
        return PLANES[(self.turn + self.number) % 3]

    def next_contrast(self) -> str:
        return str(self.rng.choice(CONTRASTS))

    def image(self, contrast: str, *, stripped: bool = False) -> Array:
        if contrast not in self.images:
            noise, bias = self.rng.uniform(0.008, 0.03), self.rng.uniform(0.05, 0.2)
            self.images[contrast] = render(self.head, contrast, self.rng, noise=noise, bias=bias)
        return self.images[contrast] * self.brain if stripped else self.images[contrast]

    def count(self, share: int) -> int:
        return max(1, round(self.slices * share / 20))

    def truth(self, path: str, source_format: str, plane: str, contrast: str, kind: str = "image") -> Truth:
        return Truth(
            path=path,
            plane=plane,
            tumor=self.head.tumor,
            contrast=contrast,
            patient=self.name,
            source_format=source_format,
            kind=kind,
        )

    def series(self, contrast: str, number: int, seed: int) -> dicom_files.Series:
        return dicom_files.Series(
            key=f"medcurate phantom {seed} {self.number}",
            patient=self.name,
            contrast=contrast,
            number=number,
            thickness_mm=self.head.spacing_mm,
            white=float(np.percentile(self.images[contrast], 99.7)),
        )

    def stack(self, contrast: str, plane: str, count: int, *, stripped: bool = False) -> list[Picture]:
        volume = self.image(contrast, stripped=stripped)
        return [cut(volume, self.head, plane, k).enlarged() for k in choose(self.brain, plane, count, self.rng)]


def _add_dicom(folder: MessyFolder, patient: _Patient, seed: int) -> None:
    writers: tuple[tuple[str, Callable[..., bytes], int], ...] = (
        ("DICOM/P{p:03d}/S{s:02d}/IM{i:06d}", dicom_files.classic, 4),
        ("export/{p}_{s}/MR.{s}.{i}.dcm", dicom_files.monochrome1, 1),
        ("export/{p}_{s}/MR.{s}.{i}.dcm", dicom_files.rle, 1),
        ("pacs dump/{p:02d}{s:02d}{i:04d}.DCM", dicom_files.jpeg, 1),
    )
    for number, (pattern, write, share) in enumerate(writers, 1):
        plane, contrast = patient.next_plane(), patient.next_contrast()
        pictures = patient.stack(contrast, plane, patient.count(share))
        series = patient.series(contrast, number, seed)
        for instance, picture in enumerate(pictures, 1):
            path = pattern.format(p=patient.number, s=number, i=instance)
            folder.add(path, write(picture, series, instance), patient.truth(path, "dicom", plane, contrast))
    plane, contrast = patient.next_plane(), patient.next_contrast()
    volume, spacing = patient.image(contrast), patient.head.spacing_mm
    area = np.flatnonzero(patient.brain.any(axis=tuple(k for k in range(3) if k != 2 - PLANES.index(plane))))
    depth = min(patient.count(8) + 1, area.size)
    start = int(area[0]) + (area.size - depth) // 2
    frames = [cut(volume, patient.head, plane, k).enlarged() for k in range(start, start + depth)]
    path = f"enhanced/{patient.name.lower()}_{spacing:g}mm.dcm"
    content = dicom_files.enhanced(frames, patient.series(contrast, 9, seed))
    folder.add(path, content, patient.truth(path, "dicom_enhanced", plane, contrast, "volume"))


def _thick(
    data: NDArray[np.generic], affine: NDArray[np.float64], axis: int, step: int
) -> tuple[NDArray[np.generic], NDArray[np.float64]]:
    """Keep every `step`-th slice, as a 2-D acquisition does."""
    keep = [slice(None)] * 3
    keep[axis] = slice(0, None, step)
    thick = affine.copy()
    thick[:, axis] *= step
    return data[tuple(keep)], thick


def _add_nifti(folder: MessyFolder, patient: _Patient) -> None:
    for stripped in (False, True):
        plane, contrast = patient.next_plane(), patient.next_contrast()
        codes = str(patient.rng.choice(_ORIENTATIONS[plane]))
        volume = stored(patient.image(contrast, stripped=stripped), 12, 1.0).astype(np.int16)
        data, affine = _thick(volume, patient.head.affine, 2 - PLANES.index(plane), 2)
        packed = not (stripped and patient.number % 3 == 0)
        path = f"nifti/sub-{patient.number:02d}/sub-{patient.number:02d}_{contrast}{'_brain' if stripped else ''}"
        path += ".nii.gz" if packed else ".nii"
        content = volume_files.nifti(data, affine, codes, compressed=packed)
        folder.add(path, content, patient.truth(path, "nifti", plane, contrast, "volume"))
    if patient.head.masks:
        parts = np.zeros(patient.head.labels.shape, np.uint8)
        for value, part in ((1, "necrosis"), (2, "edema"), (4, "enhancing")):
            parts[patient.head.masks[part]] = value
        path = f"nifti/sub-{patient.number:02d}/sub-{patient.number:02d}_seg.nii.gz"
        content = volume_files.nifti(parts, patient.head.affine, "RAS")
        folder.add(path, content, patient.truth(path, "nifti", "axial", "", "mask"))


def _add_twins(folder: MessyFolder, patient: _Patient) -> None:
    """Write one volume in four storage orders; the data are the same."""
    plane, contrast = "axial", patient.next_contrast()
    volume = stored(patient.image(contrast, stripped=True), 12, 1.0).astype(np.int16)
    data, affine = _thick(volume, patient.head.affine, 2, 3)
    original = ""
    for codes in ("RAS", "LAS", "RPI", "ARS"):
        path = f"nifti/twins/twin_{codes}.nii.gz"
        row = patient.truth(path, "nifti", plane, contrast, "copy" if original else "volume")
        row = Truth(**{**_columns(row), "copy_of": original})
        folder.add(path, volume_files.nifti(data, affine, codes), row)
        original = original or path


def _columns(row: Truth) -> dict[str, str]:
    return {name: getattr(row, name) for name in Truth.__dataclass_fields__}


def _add_matlab(folder: MessyFolder, patient: _Patient) -> None:
    if not patient.head.masks:
        return
    core, volume = patient.head.masks["core"], patient.image("T1ce")
    for number in range(patient.count(3)):
        plane = patient.next_plane()
        index = choose(core, plane, 1, patient.rng)[0]
        picture = cut(volume, patient.head, plane, index).enlarged()
        mask = cut(core, patient.head, plane, index).enlarged().pixels > 0.5
        path = f"brainTumorDataPublic/{10 * patient.number + number}.mat"
        content = volume_files.matlab(
            stored(picture.pixels, 12, float(volume.max())), mask, patient.head.tumor, patient.name
        )
        folder.add(path, content, patient.truth(path, "mat", plane, "T1ce"))
        folder.note(patient.truth(path, "mat", plane, "", "mask"))


def _one_slice(patient: _Patient, number: int) -> tuple[Array, str, str]:
    """Render one slice for a file without a header; every third is skull-stripped, and most show the tumor."""
    plane, contrast = patient.next_plane(), patient.next_contrast()
    shown = patient.brain
    if patient.head.masks and number % 2 == 0:
        shown, contrast = patient.head.masks["core"], _TUMOR_CONTRASTS[(number // 2) % 4]
    index = choose(shown, plane, 1, patient.rng)[0]
    volume = patient.image(contrast, stripped=number % 3 == 2)
    pixels = cut(volume, patient.head, plane, index).enlarged().pixels
    return cropped(pixels, float(patient.rng.uniform(0.02, 0.2))), plane, contrast


def _add_raster(folder: MessyFolder, patient: _Patient) -> None:
    sizes = (256, 512, 225, 320)
    number = 0
    for pattern, source_format, share in (
        ("web/{t}/image({n}).jpg", "jpeg", 4),
        ("png/{n:05d}.png", "png", 2),
        ("png16/{n:05d}.png", "png16", 2),
        ("lab/slice_{n:03d}.tif", "tiff", 1),
    ):
        for _ in range(patient.count(share)):
            pixels, plane, contrast = _one_slice(patient, number)
            path = pattern.format(t=patient.head.tumor, n=100 * patient.number + number)
            gray = screen(pixels, sizes[(number + patient.number) % 4])
            deep = stored(pixels, 16, float(pixels.max()))
            if source_format == "jpeg":
                content = raster_files.jpeg(gray, color=number % 2 == 0)
            elif source_format == "tiff":
                content = raster_files.tiff([deep])
            else:
                content = raster_files.png(deep if source_format == "png16" else gray)
            folder.add(path, content, patient.truth(path, source_format, plane, contrast))
            number += 1


def _add_pages(folder: MessyFolder, patient: _Patient) -> None:
    """Write a TIFF whose pages have three different planes."""
    path, pages, rows = f"lab/pages_{patient.number:02d}.tiff", [], []
    for frame in range(3):
        pixels, plane, contrast = _one_slice(patient, frame)
        pages.append(screen(pixels, 256))
        rows.append(Truth(**{**_columns(patient.truth(path, "tiff", plane, contrast)), "frame": str(frame)}))
    folder.add(path, raster_files.tiff(pages), rows[0])
    for row in rows[1:]:
        folder.note(row)


def _add_zip(folder: MessyFolder, patient: _Patient) -> None:
    path, members, rows = f"downloads/archive_{patient.number:02d}.zip", {}, []
    for number in range(patient.count(3)):
        pixels, plane, contrast = _one_slice(patient, number + 1)
        gray, form = screen(pixels, 256), ("jpeg", "png")[number % 2]
        member = f"images/{number:03d}.{form}"
        members[member] = raster_files.jpeg(gray) if form == "jpeg" else raster_files.png(gray)
        rows.append(patient.truth(f"{path}!{member}", form, plane, contrast))
    members["__MACOSX/images/._000.jpg"] = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        "
    litter = Truth(
        path=f"{path}!__MACOSX/images/._000.jpg", source_format="other", kind="litter", expected_code="LITTER"
    )
    target = folder.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raster_files.zipped(members))
    for row in (*rows, litter):
        folder.note(row)


def write_messy_folder(
    out: str | Path, *, seed: int = 0, heads: int = 6, slices_per_head: int = 20, spacing_mm: float = 2.0
) -> Path:
    """Write a messy folder of phantom images and its truth table.

    It holds DICOM series (plain, MONOCHROME1, RLE, JPEG, enhanced multi-frame), NIfTI volumes in odd orientations, with
    and without skull, MATLAB v7.3 files in the layout of figshare 1512427, header-less JPEG, PNG (8 and 16 bits) and
    TIFF, zips, copies, wrong suffixes, damaged files, system litter, and images without a brain. The same arguments
    give the same bytes.

    Parameters
    ----------
    out : path
        New or empty folder.
    seed : int
        Seed of all randomness, including the DICOM UIDs.
    heads : int
        Number of patients, at least 1. Tumor types alternate: glioma, meningioma, pituitary adenoma, none.
    slices_per_head : int
        Approximate number of 2-D images per patient, in addition to the volumes; at least 1.
    spacing_mm : float
        Of the heads, in [0.5, 8]; time grows with the number of voxels (2 mm: about 2 s per head, 1 mm: 8 times that).

    Returns
    -------
    Path
        ``out/truth.csv``, with the columns of `medcurate.phantom.truth.Truth`.

    Raises
    ------
    UsageError
        If an argument is out of range.
    OutputError
        If `out` is not an empty folder or cannot be written.
    MissingExtra
        If nilearn, which brings the template, is not installed.
    """
    if heads < 1 or slices_per_head < 1:
        raise UsageError(f"heads and slices_per_head: expected 1 or more, got {heads} and {slices_per_head}")
    folder = MessyFolder(Path(out))
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        if any(folder.root.iterdir()):
            raise OutputError(f"the folder for the phantoms must be empty, and {folder.root} is not: choose another")
        for number, rng in enumerate(np.random.default_rng(seed).spawn(heads), 1):
            head = random_head(rng, spacing_mm=spacing_mm, tumor=_TUMOR_TURN[(number - 1) % 4])
            patient = _Patient(number, head, rng, slices_per_head, head.brain)
            _add_dicom(folder, patient, seed)
            _add_nifti(folder, patient)
            _add_matlab(folder, patient)
            _add_raster(folder, patient)
            _add_zip(folder, patient)
            if number == 1:
                _add_twins(folder, patient)
                _add_pages(folder, patient)
        add_copies(folder)
        add_damaged(folder)
        add_litter(folder)
        add_not_brain(folder, np.random.default_rng(seed))
        return folder.close()
    except OSError as error:
        raise OutputError(f"cannot write the phantoms below {folder.root}: {error.strerror}") from error
