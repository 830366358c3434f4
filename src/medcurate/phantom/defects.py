"""Defects of a messy folder: copies, wrong suffixes, damaged files, litter, and images without a brain."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from medcurate.phantom import raster_files
from medcurate.phantom.truth import MessyFolder, Truth


def add_copies(folder: MessyFolder) -> None:
    """Copy files byte for byte, re-encode them, and give some the wrong suffix."""
    jpeg, png = folder.find(source_format="jpeg", kind="image"), folder.find(source_format="png", kind="image")
    dicom = folder.find(source_format="dicom", kind="image")
    exact = ((jpeg, "backup/copy of image.jpg"), (dicom, "backup/unnamed"), (png, "backup/image (2).png"))
    for original, path in exact:
        folder.add(
            path, folder.contents[original.path], replace(original, path=path, kind="copy", copy_of=original.path)
        )
    gray = np.asarray(Image.open(io.BytesIO(folder.contents[jpeg.path])).convert("L"))
    for path, content, form in (
        ("backup/whatsapp.jpg", raster_files.jpeg(gray, quality=55), "jpeg"),
        ("backup/converted.png", raster_files.png(gray), "png"),
    ):
        folder.add(path, content, replace(jpeg, path=path, kind="copy", copy_of=jpeg.path, source_format=form))
    wrong = ((png, "backup/really_a_png.jpg"), (dicom, "backup/really_dicom.jpg"), (jpeg, "backup/really_a_jpeg.png"))
    for original, path in wrong:
        row = replace(original, path=path, kind="copy", copy_of=original.path, expected_code="EXT_MISMATCH")
        folder.add(path, folder.contents[original.path], row)
    # A spreadsheet would run this name as a formula, so it is written percent-encoded.
    row = replace(png, path="%3D1+1.png", kind="copy", copy_of=png.path)
    folder.add("=1+1.png", folder.contents[png.path], row)


def _damaged(path: str, source_format: str, code: str) -> Truth:
    return Truth(path=path, source_format=source_format, kind="damaged", expected_code=code)


def add_damaged(folder: MessyFolder) -> None:
    """Add empty, cut, corrupt and mislabeled files."""
    for suffix in ("dcm", "nii.gz", "mat", "jpg", "png"):
        path = f"broken/empty.{suffix}"
        folder.add(path, b"", _damaged(path, "other", "EMPTY"))
    text = b"Series 3 could not be exported. Please ask the phantom's administrator.\n" * 20
    for suffix in ("dcm", "png"):
        path = f"broken/error_message.{suffix}"
        folder.add(path, text, _damaged(path, "other", "BAD_MAGIC"))
    for form, kind, suffix in (
        ("dicom", "image", "dcm"),
        ("jpeg", "image", "jpg"),
        ("nifti", "volume", "nii.gz"),
        ("mat", "image", "mat"),
    ):
        content = folder.contents[folder.find(source_format=form, kind=kind).path] if form != "mat" else _matlab(folder)
        if content:
            path = f"broken/cut.{suffix}"
            folder.add(path, content[: len(content) * 6 // 10], _damaged(path, form, "TRUNCATED"))
    png = bytearray(folder.contents[folder.find(source_format="png", kind="image").path])
    middle = len(png) // 2
    png[middle : middle + 16] = bytes(16)
    folder.add("broken/flipped_bits.png", bytes(png), _damaged("broken/flipped_bits.png", "png", "DECODE"))
    path = "broken/not_gzip.nii.gz"
    folder.add(path, b"\x5c\x01\0\0" + b"\xff" * 400, _damaged(path, "other", "BAD_MAGIC"))


def _matlab(folder: MessyFolder) -> bytes:
    found = [row for row in folder.rows if row.source_format == "mat"]
    return folder.contents[found[0].path] if found else b""


def add_litter(folder: MessyFolder) -> None:
    """Add files that operating systems and people leave behind."""
    for path, content, code in (
        (".DS_Store", b"\0\0\0\1Bud1" + bytes(60), "LITTER"),
        ("web/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "LITTER"),
        ("web/desktop.ini", b"[.ShellClassInfo]\r\n", "LITTER"),
        ("png/._00100.png", b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ", "LITTER"),
        ("__MACOSX/web/._image.jpg", b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ", "LITTER"),
        ("notes.txt", b"Phantoms, not patients.\n", "SIDECAR"),
        ("nifti/participants.tsv", b"participant_id\nsub-01\n", "SIDECAR"),
    ):
        folder.add(path, content, Truth(path=path, source_format="other", kind="litter", expected_code=code))


def _chart() -> Image.Image:
    image = Image.new("L", (400, 300), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(40, 20), (40, 260), (380, 260)], fill=0, width=2)
    for k, height in enumerate((60, 150, 110, 210, 180)):
        draw.rectangle([70 + 60 * k, 260 - height, 105 + 60 * k, 260], fill=60 + 30 * k)
    return image


def _disc(rng: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[-128:128, -128:128]
    disc = 170.0 * (np.hypot(x, y) < 95)
    for k in range(5):
        angle = 2 * np.pi * k / 5
        disc[np.hypot(x - 55 * np.cos(angle), y - 55 * np.sin(angle)) < 6 + 3 * k] = 40
    return Image.fromarray(np.clip(disc + rng.normal(0, 6, disc.shape), 0, 255).astype(np.uint8))


def add_not_brain(folder: MessyFolder, rng: np.random.Generator) -> None:
    """Add a blank image, noise, a chart and a scanner phantom, none of which has a plane."""
    blank = Image.fromarray(np.full((256, 256), 17, np.uint8))
    noise = Image.fromarray(rng.integers(0, 40, (256, 256), dtype=np.uint8))
    for name, image, code in (
        ("blank", blank, "CONSTANT"),
        ("noise", noise, ""),
        ("chart", _chart(), ""),
        ("test_object", _disc(rng), ""),
    ):
        path = f"misc/{name}.png"
        row = Truth(path=path, plane="unknown", source_format="png", kind="not_brain", expected_code=code)
        folder.add(path, raster_files.png(np.asarray(image)), row)
