"""The bad inputs of the reliability list by number, each with what must become of it; and good files to hide them in.

What comes of a codec that crashes and of a file that goes away is for the test to bring about, by name.
"""

from __future__ import annotations

import gzip
import os
import socket
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.curate.sources.test_inputs import ODD_NAMES, zipped
from tests.readers.dicom import dicom_samples as dicom
from tests.readers.matlab.test_reader import MASK, classic, record, unsafe, v73
from tests.readers.nifti.test_reader import DATATYPE, DIM, MAGIC, SROW, THICK, VOX_OFFSET, nii, patched, reoriented
from tests.readers.raster.test_raster import chunk, png, saved, tiff_claiming

Writer = Callable[[Path], object]
Table = dict[str, tuple[Writer, str]]
"""Name (``archive.zip//member`` for a member) -> what writes it, and its code; ``kept`` and notes if kept."""

JPEG, LOSSLESS, JPEG_LS, J2K, RLE = (f"1.2.840.10008.1.2.{n}" for n in ("4.50", "4.70", "4.80", "4.90", "5"))
CROSSED = (1, 0, 0, 0, 0, -1)


def noise(seed: int, shape: tuple[int, ...] = (24, 20), dtype: type = np.uint8) -> NDArray[np.generic]:
    high = 256 if dtype is np.uint8 else 4000
    return np.random.default_rng((68, seed)).integers(0, high, shape).astype(dtype)


def dcm(seed: int, **elements: object) -> bytes:
    """Write an MR image that shares neither pixels nor identifiers with that of another seed."""
    own = {f"{level}InstanceUID": f"1.2.3.{number}.{seed}" for number, level in enumerate(("SOP", "Study", "Series"))}
    return dicom.sample(noise(seed, dtype=np.uint16), **{**own, **elements})


def good_files(count: int) -> Iterator[tuple[str, bytes]]:
    """Give good files of four formats, no two alike."""
    for seed in range(count):
        pixels = noise(seed)
        yield (
            (f"{seed}.png", saved(pixels, "PNG")),
            (f"{seed}.jpg", saved(pixels, "JPEG")),
            (f"{seed}.dcm", dcm(seed)),
            (f"{seed}.nii.gz", gzip.compress(nii(noise(seed, (14, 12, 3), np.int16)), mtime=0)),
        )[seed % 4]


def bad_inputs(secret: Path) -> Table:
    """Give all of them; `secret` is a file outside of the input that links in some of them lead to."""
    contents = {**_dicom(), **_nifti(), **_matlab(secret), **_raster(), **_plain()}
    files = {name: (lambda path, data=data: path.write_bytes(data), code) for name, (data, code) in contents.items()}
    return {**files, **_entries(secret), **_names(), **_archives()}


def _plain() -> dict[str, tuple[bytes, str]]:
    found = {}
    for suffix in ("dcm", "nii", "nii.gz", "mat", "jpg", "png", "tif"):
        found[f"01-empty.{suffix}"] = b"", "EMPTY"
        found[f"02-text.{suffix}"] = b"this is no image\n" * 9, "BAD_MAGIC"
    found["31-no-gzip.nii.gz"] = b"no gzip at all" * 40, "BAD_MAGIC"
    found["03-a.dcm"] = saved(noise(1000), "PNG"), "kept EXT_MISMATCH"
    found["03-b.jpg"] = dcm(1001), "kept EXT_MISMATCH"
    found["63-one.png"] = found["63-two.png"] = saved(noise(1002), "PNG"), "kept"
    for name in ("67-crash.png", "67-hang.png", "61-gone.png", "61-edited.png", "61-refused.png"):
        code = {"crash": "WORKER_CRASH", "hang": "TIMEOUT", "gone": "VANISHED", "edited": "CHANGED"}
        found[name] = saved(noise(1700 + len(found)), "PNG"), code.get(name[3:-4], "PERMISSION")
    for name in (".DS_Store", "Thumbs.db", "._a.png"):
        found[name] = b"x", "LITTER"
    found["labels.csv"] = b"x", "SIDECAR"
    return found


def _dicom() -> dict[str, tuple[bytes, str]]:
    whole, eight = dicom.sample(), noise(7, (64, 64))
    bomb = struct.pack("<HH2sHI", 0x0008, 0x0001, b"UN", 0, 300 * 2**20) + bytes(300 * 2**20)
    absent: dict[str, object] = {"PixelData": None, "Rows": None, "Columns": None}
    streams = {
        JPEG: saved(eight, "JPEG")[:-60],
        J2K: saved(Image.fromarray(eight), "JPEG2000", no_jp2=True)[:40],
        RLE: b"\x01\0\0\0\x40\0\0\0" + bytes(56) + b"\x05ab",
        JPEG_LS: b"\xff\xd8\xff\xf7" + bytes(30) + b"\xff\xd9",
        LOSSLESS: b"not a JPEG" + b"\xff\xd9",
    }
    tiles = noise(1110, (5, 4, 6), np.uint16)
    enhanced = dicom.enhanced([dicom.AXIAL, CROSSED], [(0, 0, 0), (0, 0, 6)], shared=False)
    enhanced.SOPInstanceUID = "1.2.3.0.1109"
    return {
        "04-random.dcm": (bytes(128) + b"DICM" + np.random.default_rng(4).bytes(3000), "DICOM_NO_IMAGE"),
        "05-cut.dcm": (whole[:300], "TRUNCATED"),
        "06-cut.dcm": (whole[:-40], "TRUNCATED"),
        "07-rows.dcm": (dicom.sample(Rows=0), "BAD_DIMS"),
        "08-huge.dcm": (dicom.sample(Rows=65535, Columns=65535), "BAD_DIMS"),
        "09-surplus.dcm": (dicom.sample(PixelData=dicom.ramp().tobytes() * 4), "PIXEL_LENGTH"),
        "10-report.dcm": (dicom.sample(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", **absent), "NOT_IMAGE"),
        "11-bomb.dcm": (dicom.deflated(bomb), "BOMB"),
        **{f"12-deep-{n}.dcm": (dicom.nested(n), "TOO_DEEP") for n in (300, 5000, 100_000)},
        **{
            f"13-{syntax}.dcm": (dicom.compressed([stream], syntax, pixels=eight), "DECODE")
            for syntax, stream in streams.items()
        },
        "14-list.dcm": (dicom.directory(["A", "B"]), "NOT_IMAGE"),
        "14-escape.dcm": (dicom.directory(["A"], ["..", "SECRET"]), "PATH_ESCAPE"),
        "15-no-axes.dcm": (dcm(1101, ImageOrientationPatient=None), "kept"),
        "16-oblique.dcm": (dcm(1102, ImageOrientationPatient=[1, 0, 0, 0, 0.7193, 0.6947]), "kept"),
        **{
            f"17-tilt-{z}.dcm": (
                dcm(1120 + z, SeriesInstanceUID="1.2.17", ImagePositionPatient=[0, 1.2 * z, 4 * z]),
                "kept GEOM_SHEAR",
            )
            for z in range(6)
        },
        **{
            f"18-gap-{z}.dcm": (
                dcm(1130 + z, SeriesInstanceUID="1.2.18", ImagePositionPatient=[0, 0, 4 * z]),
                "kept GEOM_GAP",
            )
            for z in (0, 1, 2, 4, 5, 6)
        },
        **{
            f"19-{run}-{z}.dcm": (
                dcm(
                    1140 + 10 * run + z,
                    SeriesInstanceUID="1.2.19",
                    AcquisitionNumber=run,
                    ImagePositionPatient=[0, 0, 4 * z],
                ),
                "kept",
            )
            for run in (1, 2)
            for z in range(4)
        },
        "20-enhanced.dcm": (dicom.to_bytes(enhanced), "kept"),
        "21-mosaic.dcm": (dicom.to_bytes(dicom.mosaic(tiles, count=False)), "MOSAIC"),
        "22-inverted.dcm": (dcm(1103, PhotometricInterpretation="MONOCHROME1"), "kept"),
        "23-signed.dcm": (dcm(1104, BitsStored=12, HighBit=11, PixelRepresentation=1, RescaleSlope=2), "kept"),
        "24-windows.dcm": (dcm(1105, WindowCenter=[40, 50], WindowWidth=[80, 90]), "kept"),
        "25-constant.dcm": (dicom.sample(np.full((9, 9), 7, np.uint16)), "CONSTANT"),
        "26-burned.dcm": (dicom.sample(BurnedInAnnotation="YES"), "QUARANTINE"),
        "27-pet.dcm": (dcm(1106, Modality="PT"), "kept MODALITY"),
        "27-localizer.dcm": (dcm(1107, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), "kept NOT_PRIMARY"),
        **{f"28-{n}.dcm": (dcm(1180 + n, SOPInstanceUID="1.2.28"), "kept UID_CONFLICT") for n in (0, 1)},
        "29-charset.dcm": (dcm(1108).replace(b"Secret^Person", b"\xff\xfe\x80ret^Pers\n\x1b"), "kept"),
    }


def _nifti() -> dict[str, tuple[bytes, str]]:
    def good(seed: int, *more: int, dtype: type = np.int16) -> NDArray[np.generic]:
        return noise(1200 + seed, (14, 12, 3, *more), dtype)

    whole = nii(good(0))
    infinite = good(1, dtype=np.float32)
    infinite[0, 0, 0], infinite[1, 1, 1] = np.nan, np.inf
    formless = patched(nii(good(2)), 252, "2h", 0, 0)
    conflict = patched(patched(nii(good(3)), 252, "2h", 1, 1), 268, "f", 50.0)
    found = {
        "30-cut.nii.gz": (gzip.compress(whole)[:300], "TRUNCATED"),
        "32-huge.nii": (patched(whole, DIM, "4h", 3, 32767, 32767, 32767), "BAD_DIMS"),
        "32-negative.nii": (patched(whole, DIM, "4h", 3, -4, 5, 6), "BAD_DIMS"),
        "33-type.nii": (patched(whole, DATATYPE, "h", 999), "BAD_HEADER"),
        "34-conflict.nii": (conflict, "kept GEOM_CONFLICT"),
        "35-no-form.nii": (formless, "kept ORIENT_UNKNOWN"),
        "36-nan.nii": (patched(whole, SROW, "f", np.nan), "BAD_AFFINE"),
        "36-singular.nii": (patched(whole, SROW, "4f", 0, 0, 0, 0), "BAD_AFFINE"),
        "37-4d.nii": (nii(good(4, 2)), "AMBIGUOUS_4D"),
        "38-rgb.nii": (patched(whole, DATATYPE, "h", 128), "UNSUPPORTED"),
        "39-nan.nii": (nii(infinite), "kept NONFINITE"),
        "40-bomb.nii.gz": (gzip.compress(patched(whole, DIM, "4h", 3, 1000, 1000, 1000)), "TRUNCATED"),
        "41-alone.hdr": (patched(patched(whole[:348], MAGIC, "4s", b"ni1\0"), VOX_OFFSET, "f", 0), "INCOMPLETE"),
    }
    for seed, codes in enumerate(("LAS", "RPI", "LPS", "RAI"), 5):
        found[f"42-{codes}.nii"] = nii(*reoriented(good(seed), THICK, codes)), "kept"
    return found


def _matlab(secret: Path) -> dict[str, tuple[bytes, str]]:
    def fields(seed: int, **changes: object) -> dict[str, object]:
        return record(**{"image": noise(1300 + seed, (16, 12), np.int16), **changes})

    def grow(file) -> None:
        del file["cjdata/image"]
        file["cjdata"].create_dataset("image", (200_000, 200_000), "f8", chunks=(64, 2))

    links = ("external link", "soft link", "external storage", "virtual")
    labels = {"0": 0.0, "4": 4.0, "nan": np.nan}
    tall = {"image": noise(1306, (30, 20), np.int16), "tumorMask": noise(1, (30, 20)) // 128}
    wide = fields(3, image=noise(1303, (160, 120), np.int16), tumorMask=np.tile(MASK, (10, 10)))
    return {
        "43-v73.mat": (v73(fields(0)), "kept"),
        "43-v5.mat": (classic({"cjdata": fields(1)}), "kept"),
        "43-v4.mat": (classic(fields(2), format="4"), "kept"),
        "44-cut.mat": (v73(wide)[:20_000], "TRUNCATED"),
        "45-other.mat": (v73({"a": 1.0}, group="other"), "SCHEMA"),
        "45-field.mat": (v73(fields(4, PID=None)), "SCHEMA"),
        **{f"45-{name}.mat": (v73(fields(5, label=np.array([[n]]))), "SCHEMA") for name, n in labels.items()},
        **{f"46-{kind}.mat": (v73(record(), unsafe(kind, str(secret))), "UNSAFE_LINK") for kind in links},
        "47-huge.mat": (v73(record(), grow), "BAD_DIMS"),
        "48-tall.mat": (v73(fields(6, **tall)), "kept"),
        "49-mask.mat": (v73(fields(7, tumorMask=MASK.T)), "kept MASK_MISMATCH"),
        "13-filter.mat": (v73(record(), compression="lzf"), "NO_CODEC"),
    }  # fmt: skip


def _raster() -> dict[str, tuple[bytes, str]]:
    gray, jpeg = saved(noise(1400), "PNG"), saved(noise(1401, (64, 64)), "JPEG")
    start = jpeg.index(b"\xff\xc0")
    red = np.dstack([noise(1402, (64, 64))] * 3)
    red[20:40, 20:40] = 255, 0, 0
    at = gray.index(b"IDAT") + 10
    found = {
        **{
            f"50-{side}.png": (png([b""] * side, side, 1, 0, data=zlib.compress(bytes(9))), "BOMB")
            for side in (14_000, 30_000)
        },
        "50-bomb.tif": (tiff_claiming(30_000, 30_000), "BOMB"),
        "51-cut.jpg": (jpeg[: len(jpeg) // 2], "TRUNCATED"),
        "51-cut.png": (gray[: len(gray) // 2], "TRUNCATED"),
        "52-crc.png": (gray[:at] + bytes((gray[at] ^ 4,)) + gray[at + 1 :], "DECODE"),
        "13-lossless.jpg": (jpeg[: start + 1] + b"\xc3" + jpeg[start + 2 :], "NO_CODEC"),
        "53-16-bit.png": (saved(noise(1403, dtype=np.uint16), "PNG"), "kept"),
        "54-palette.png": (
            png([b"\x1b\x2d"] * 4, 8, 2, 3, chunk(b"PLTE", bytes((255,) * 3 + (10,) * 3 + (77,) * 3 + (0,) * 3))),
            "kept",
        ),
        "55-alpha.png": (saved(np.dstack([noise(1404)] * 3 + [noise(1405)]), "PNG"), "kept"),
        "55-cmyk.jpg": (saved(Image.fromarray(noise(1406)).convert("CMYK"), "JPEG"), "kept"),
        "55-bit.png": (saved(Image.fromarray(noise(1407)).convert("1"), "PNG"), "kept"),
        "55-animated.png": (
            saved(Image.fromarray(noise(1408)), "PNG", save_all=True, append_images=[Image.fromarray(noise(1409))]),
            "kept",
        ),
        "55-pages.tif": (
            saved(Image.fromarray(noise(1410)), "TIFF", save_all=True, append_images=[Image.fromarray(noise(1411))]),
            "kept",
        ),
        "25-constant.png": (saved(np.full((9, 9), 7, np.uint8), "PNG"), "CONSTANT"),
        "57-overlay.png": (saved(red, "PNG"), "kept COLOR"),
    }
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[274] = turn
        found[f"56-{turn}.jpg"] = saved(noise(1420 + turn), "JPEG", exif=exif), "kept"
    return found


def _entries(secret: Path) -> Table:
    """Give what is no regular file."""

    def device(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            here = Path.cwd()
            os.chdir(path.parent)  # a socket's address is short
            try:
                server.bind(path.name)
            finally:
                os.chdir(here)

    return {
        "58-folder.png": (Path.mkdir, "NOT_REGULAR"),
        "58-pipe.png": (os.mkfifo, "NOT_REGULAR"),
        "58-socket.dcm": (device, "NOT_REGULAR"),
        "59-broken.png": (lambda path: path.symlink_to(path.parent / "none.png"), "SYMLINK"),
        "59-self.png": (lambda path: path.symlink_to(path), "SYMLINK"),
        "59-loop": (lambda path: path.symlink_to(path.parent), "SYMLINK"),
        "59-out.png": (lambda path: path.symlink_to(secret), "SYMLINK"),
        "62-empty": (Path.mkdir, "LITTER"),
    }


def _names() -> Table:
    names = [*map(os.fsdecode, ODD_NAMES), unicodedata.normalize("NFD", "ü.png"), LONG]
    return {
        name: (lambda path, seed=seed: _write_deep(path, saved(noise(seed), "PNG")), "kept")
        for seed, name in enumerate(names, 1500)
    }


LONG = "/".join(["d" * 200] * 25 + ["deep.png"])


def _write_deep(path: Path, data: bytes) -> None:
    """Write to a path that may be longer than the system takes at once."""
    handle = os.open("/", os.O_RDONLY)
    for part in path.parts[1:-1]:
        with suppress(FileExistsError):
            os.mkdir(part, dir_fd=handle)
        inner = os.open(part, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    with os.fdopen(os.open(path.name, os.O_WRONLY | os.O_CREAT, dir_fd=handle), "wb") as stream:
        stream.write(data)
    os.close(handle)


def _archives() -> Table:
    def linked(path: Path) -> None:
        info = ZipInfo("link.png")
        info.external_attr = 0o120644 << 16
        with ZipFile(path, "w") as archive:
            archive.writestr(info, b"/etc/passwd")

    def encrypted(path: Path) -> None:
        data = bytearray(zipped(path, {"a.png": b"1"}).read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)

    def overlapping(path: Path) -> None:
        data = bytearray(zipped(path, {"a.png": b"1" * 50, "b.png": b"2" * 50}, ZIP_STORED).read_bytes())
        at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1) + 42
        data[at : at + 4] = struct.pack("<I", 10)
        path.write_bytes(data)

    def cut(path: Path) -> None:
        path.write_bytes(zipped(path, {"a.png": bytes(5000)}).read_bytes()[:60])

    return {
        "66-slip.zip//../up.png": (lambda path: zipped(path, {"../up.png": b"1"}), "ARCHIVE_UNSAFE"),
        "66-root.zip///root.png": (lambda path: zipped(path, {"/root.png": b"1"}), "ARCHIVE_UNSAFE"),
        "66-nested.zip//inner.zip": (lambda path: zipped(path, {"inner.zip": b"PK"}), "ARCHIVE_UNSAFE"),
        "66-link.zip//link.png": (linked, "ARCHIVE_UNSAFE"),
        "66-lock.zip//a.png": (encrypted, "ENCRYPTED"),
        "66-bomb.zip//b.nii": (lambda path: zipped(path, {"b.nii": bytes(80 * 2**20)}), "BOMB"),
        "66-over.zip//a.png": (overlapping, "ARCHIVE_UNSAFE"),
        "66-over.zip//b.png": (overlapping, "ARCHIVE_UNSAFE"),
        "66-cut.zip": (cut, "TRUNCATED"),
        "66-good.zip//a.png": (lambda path: zipped(path, {"a.png": saved(noise(1600), "PNG")}), "kept"),
    }
