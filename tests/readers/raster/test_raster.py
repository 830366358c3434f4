"""JPEG, PNG and TIFF: every kind of pixel, every way up, every kind of damage."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image, TiffImagePlugin

from medcurate.errors import Code
from medcurate.readers.orientation import parse_exif, upright
from medcurate.readers.raster.jpeg_header import parse_header

LUMA = np.array((0.299, 0.587, 0.114))


def saved(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(stream, kind, **options)
    return stream.getvalue()


def encoded(array: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, array)[1].tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rows: list[bytes], width: int, depth: int, color: int, *extra: bytes, data: bytes | None = None) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), depth, color, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows)) if data is None else data
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def smooth(height: int = 32, width: int = 48) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return (rows * 3 + columns * 2).astype(np.uint8)


def tiff_claiming(width: int, height: int) -> bytes:
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (279, 4, 1, 9),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


# ------------------------------------------------------------------------------------------------------------- damage


def test_bad_input_50_bombs_are_refused_from_the_header(code_of):
    for side in (14_000, 30_000):
        assert code_of(png([b""], 1, 8, 0).replace(struct.pack(">II", 1, 1), struct.pack(">II", side, side), 1)) in (
            Code.BOMB,
            Code.DECODE,
        )
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(9)))
            + chunk(b"IEND", b"")
        )
        assert code_of(bomb, "a.png") is Code.BOMB
    jpeg = bytearray(simplejpeg.encode_jpeg(smooth()[:, :, None], 90, "GRAY"))
    start = jpeg.index(b"\xff\xc0")
    jpeg[start + 5 : start + 9] = b"\xff\xdc\xff\xdc"
    assert code_of(bytes(jpeg), "a.jpg") is Code.BOMB
    assert code_of(tiff_claiming(30_000, 30_000), "a.tif") is Code.BOMB
    assert code_of(tiff_claiming(12_000, 12_000), "a.tif") is Code.BOMB


def test_bad_input_50_tile_larger_than_its_image(code_of):
    data = saved(smooth(), "TIFF", compression="tiff_lzw")
    at = data.index(struct.pack("<HHI", 273, 4, 1))
    rows = data.index(struct.pack("<HH", 278, 3))
    data = data[:at] + struct.pack("<HHII", 322, 4, 1, 40_000) + data[at + 12 :]
    data = data[:rows] + struct.pack("<HHII", 323, 4, 1, 40_000) + data[rows + 12 :]
    assert code_of(data, "a.tif") is Code.BOMB


def test_limit_on_pixels_is_an_option(code_of):
    assert code_of(saved(smooth(), "PNG"), "a.png", max_pixels=100) is Code.BOMB


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_bad_input_51_truncated(code_of, kind, share, rng):
    data = saved(rng.integers(0, 256, (64, 64), dtype=np.uint8), kind)
    assert code_of(data[: max(12, int(len(data) * share))]) in (Code.TRUNCATED, Code.DECODE, Code.BAD_HEADER)


@pytest.mark.parametrize("share", [0.5, 0.75, 0.99])
def test_bad_input_51_truncated_jpeg_is_never_accepted_gray(code_of, share):
    data = simplejpeg.encode_jpeg(np.dstack([smooth(64, 64)] * 3), 95, "RGB")
    assert code_of(data[: int(len(data) * share)], "a.jpg") is Code.TRUNCATED


def test_jpeg_without_its_end_marker_is_truncated(code_of):
    data = simplejpeg.encode_jpeg(smooth()[:, :, None], 90, "GRAY")
    assert code_of(data[:-2], "a.jpg") is Code.TRUNCATED


@pytest.mark.parametrize("surplus", [b"\0" * 5000, b"text after the image", b"\xff\xd8\xff"])
def test_bytes_after_the_image_do_no_harm(frames_of, surplus):
    for data in (saved(smooth(), "JPEG"), saved(smooth(), "PNG"), saved(smooth(), "TIFF")):
        expected = frames_of(data)[0].pixels
        np.testing.assert_array_equal(frames_of(data + surplus)[0].pixels, expected)


def test_padding_before_the_end_of_a_jpeg_does_no_harm(frames_of, code_of):
    data = saved(smooth(), "JPEG")
    expected = frames_of(data)[0].pixels
    np.testing.assert_array_equal(frames_of(data[:-2] + bytes(8) + data[-2:])[0].pixels, expected)
    assert code_of(data[:-2] + bytes(200) + data[-2:]) is Code.DECODE


def test_corrupt_jpeg_data(code_of, rng):
    data = bytearray(simplejpeg.encode_jpeg(rng.integers(0, 256, (64, 64, 1), dtype=np.uint8), 90, "GRAY"))
    data[len(data) // 2 : len(data) // 2 + 2] = b"\xff\xd3"
    assert code_of(bytes(data), "a.jpg") is Code.DECODE


def test_bad_input_52_wrong_checksum(code_of):
    data = bytearray(saved(smooth(), "PNG"))
    data[data.index(b"IDAT") + 10] ^= 4
    assert code_of(bytes(data), "a.png") is Code.DECODE


@pytest.mark.parametrize("color", [0, 2])
@pytest.mark.parametrize("depth", [8, 16])
def test_bad_input_52_corrupt_stream_under_a_right_checksum(code_of, capfd, color, depth):
    width = depth // 8 * (3 if color == 2 else 1) * 8
    good = zlib.compress(bytes(range(1, width + 1)) * 3 + b"x" * 200)
    damaged = good[:12] + bytes((good[12] ^ 0xFF,)) + good[13:]
    assert code_of(png([b""] * 9, 8, depth, color, data=damaged), "a.png") is Code.DECODE
    assert code_of(png([b""] * 9, 8, depth, color, data=zlib.compress(bytes(20))), "a.png") in (
        Code.TRUNCATED,
        Code.DECODE,
    )
    assert code_of(png([b""] * 9, 8, depth, color, data=zlib.compress(b"\x09" * 9 * (width + 1)))) is Code.DECODE
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("depth", "color"), [(3, 0), (16, 3), (8, 5)])
def test_impossible_png_header(code_of, depth, color):
    assert code_of(png([bytes(8)], 8, depth, color), "a.png") is Code.BAD_HEADER


def test_image_without_pixels(code_of):
    assert code_of(png([bytes(8)], 0, 8, 0), "a.png") is Code.BAD_DIMS
    assert code_of(tiff_claiming(0, 7), "a.tif") in (Code.BAD_DIMS, Code.DECODE, Code.BAD_HEADER)


def test_jpegs_that_need_another_codec(code_of):
    jpeg = saved(smooth(), "JPEG")
    start = jpeg.index(b"\xff\xc0")
    assert code_of(jpeg[: start + 1] + b"\xc3" + jpeg[start + 2 :]) is Code.NO_CODEC
    assert code_of(jpeg[: start + 4] + b"\x0c" + jpeg[start + 5 :]) is Code.NO_CODEC


def test_jpeg_header_that_leads_nowhere(code_of):
    assert code_of(b"\xff\xd8\xff\xd9" + bytes(20)) is Code.BAD_HEADER
    assert code_of(b"\xff\xd8\xff\xda" + bytes(20)) is Code.BAD_HEADER
    assert code_of(b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(20)) is Code.BAD_HEADER
    assert code_of(b"\xff\xd8\xff") is Code.TRUNCATED


# -------------------------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_bad_input_53_sixteen_bits_are_kept(frames_of, rng, suffix):
    values = rng.integers(0, 65536, (9, 7), dtype=np.uint16)
    (frame,) = frames_of(encoded(values, suffix))
    assert frame.pixels.dtype == np.uint16
    assert frame.facts.bit_depth == 16
    np.testing.assert_array_equal(frame.pixels, values)


def test_bad_input_53_interlaced_and_big_endian(frames_of, rng):
    values = rng.integers(0, 65536, (9, 7), dtype=np.uint16)
    data = saved(Image.frombytes("I;16B", (7, 9), values.astype(">u2").tobytes()), "TIFF")
    np.testing.assert_array_equal(frames_of(data)[0].pixels, values)
    gray = smooth()
    np.testing.assert_array_equal(frames_of(saved(gray, "PNG", interlace=True))[0].pixels, gray)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_gray_in_three_sixteen_bit_channels_is_exact(frames_of, rng, suffix):
    values = rng.integers(0, 65536, (9, 7), dtype=np.uint16)
    (frame,) = frames_of(encoded(np.dstack([values] * 3), suffix))
    np.testing.assert_array_equal(frame.pixels, values)
    assert frame.facts.notes == ()


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_color_is_luma(frames_of, rng, suffix):
    values = rng.integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    (frame,) = frames_of(encoded(values[:, :, ::-1], suffix))
    np.testing.assert_allclose(frame.pixels, values @ LUMA, rtol=0, atol=4)
    assert frame.facts.notes == (Code.COLOR,)


def test_bad_input_54_palette_is_applied(frames_of):
    palette = chunk(b"PLTE", bytes((255, 255, 255, 10, 10, 10, 77, 77, 77, 0, 0, 0)))
    (frame,) = frames_of(png([b"\x1b"] * 2, 4, 2, 3, palette))
    np.testing.assert_array_equal(frame.pixels, [[255, 10, 77, 0]] * 2)
    assert frame.facts.notes == ()
    indexed = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    indexed.putpalette([9, 9, 9, 200, 200, 200])
    np.testing.assert_array_equal(frames_of(saved(indexed, "TIFF"))[0].pixels, [[9, 200]])


def test_bad_input_55_alpha_is_composited_on_black(frames_of):
    (frame,) = frames_of(png([bytes((200, 255, 200, 128, 200, 0))], 3, 8, 4))
    np.testing.assert_array_equal(frame.pixels, [[200, 100, 0]])
    color = np.zeros((1, 2, 4), np.uint8)
    color[0] = (90, 90, 90, 255), (90, 90, 90, 0)
    for data in (saved(color, "PNG"), saved(color, "TIFF")):
        np.testing.assert_array_equal(frames_of(data)[0].pixels, [[90, 0]])
    wide = png([struct.pack(">4H", 50_000, 65535, 50_000, 0)], 2, 16, 4)
    np.testing.assert_array_equal(frames_of(wide)[0].pixels, [[50_000, 0]])
    palette = chunk(b"PLTE", bytes((255, 255, 255, 10, 10, 10))) + chunk(b"tRNS", b"\x00")
    np.testing.assert_array_equal(frames_of(png([b"\x40"], 2, 1, 3, palette))[0].pixels, [[0, 10]])


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_bad_input_55_fewer_bits_span_the_whole_range(frames_of, depth):
    levels = 2**depth
    packed = sum(level << 8 - depth * (level + 1) for level in range(8 // depth) if level < levels) & 0xFF
    (frame,) = frames_of(png([bytes((packed,))], min(levels, 8 // depth), depth, 0))
    expected = np.arange(min(levels, 8 // depth)) * 255 // (levels - 1)
    np.testing.assert_array_equal(frame.pixels[0], expected)
    assert frame.facts.bit_depth == depth


def test_bad_input_55_one_bit_tiff_and_white_is_zero(frames_of):
    bits = np.array([[0, 255, 255, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(frames_of(saved(Image.fromarray(bits).convert("1"), "TIFF"))[0].pixels, bits)
    inverted = TiffImagePlugin.ImageFileDirectory_v2()
    inverted[262] = 0
    wide = Image.fromarray(np.array([[0, 1000, 65535]], dtype=np.uint16))
    data = saved(wide, "TIFF")
    at = data.index(struct.pack("<HHI", 262, 3, 1)) + 8
    np.testing.assert_array_equal(frames_of(data[:at] + b"\0\0" + data[at + 2 :])[0].pixels, [[65535, 64535, 0]])


def test_bad_input_55_cmyk(frames_of):
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[:, 8:, 3] = 255
    page = Image.frombytes("CMYK", (16, 16), ink.tobytes())
    for kind in ("TIFF", "JPEG"):
        (frame,) = frames_of(saved(page, kind))
        np.testing.assert_allclose(frame.pixels[:, :8], 255, atol=3)
        np.testing.assert_allclose(frame.pixels[:, 8:], 0, atol=3)


def test_bad_input_55_truncated_cmyk(code_of, rng):
    page = Image.frombytes("CMYK", (32, 32), rng.integers(0, 256, 4096, dtype=np.uint8).tobytes())
    data = saved(page, "JPEG")
    assert code_of(data[: len(data) // 2]) is Code.TRUNCATED


def test_bad_input_55_animated_png_gives_its_default_image(frames_of):
    first, second = Image.fromarray(smooth()), Image.fromarray(255 - smooth())
    (frame,) = frames_of(saved(first, "PNG", save_all=True, append_images=[second]))
    np.testing.assert_array_equal(frame.pixels, smooth())
    assert frame.facts.frame is None


def test_bad_input_55_pages_of_a_tiff_are_frames(frames_of):
    pages = [Image.fromarray(smooth() + step) for step in range(3)]
    frames = frames_of(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [frame.facts.frame for frame in frames] == [0, 1, 2]
    for step, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.pixels, smooth() + step)


def test_pages_together_have_a_limit(code_of):
    pages = [Image.fromarray(smooth()) for _ in range(3)]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert code_of(data, max_volume_voxels=2 * smooth().size) is Code.BOMB


def test_sixteen_bit_color_pages(frames_of, rng):
    pages = [rng.integers(0, 65536, (5, 4, 3), dtype=np.uint16) for _ in range(2)]
    data = cv2.imencodemulti(".tiff", pages)[1].tobytes()
    frames = frames_of(data)
    assert [frame.facts.frame for frame in frames] == [0, 1]
    np.testing.assert_allclose(frames[1].pixels, pages[1][:, :, ::-1] @ LUMA, rtol=0, atol=4)


def test_float_tiff_is_finite_and_narrow(frames_of):
    values = np.array([[np.nan, 1.5], [-2.0, np.inf]], dtype=np.float32)
    (frame,) = frames_of(saved(values, "TIFF"))
    np.testing.assert_array_equal(frame.pixels, [[-2, 1.5], [-2, -2]])
    assert frame.facts.notes == (Code.NONFINITE,)
    assert frames_of(saved(np.array([[3.0, 4000.0]], np.float32), "TIFF"))[0].pixels.dtype == np.int16


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(frames_of, compression):
    np.testing.assert_array_equal(frames_of(saved(smooth(), "TIFF", compression=compression))[0].pixels, smooth())


# -------------------------------------------------------------------------------------------------- which way up, color


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Store pixels so that a viewer that obeys `orientation` shows them upright: the table of the EXIF standard."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.T,
        6: pixels.T[::-1],
        7: pixels.T[::-1, ::-1],
        8: pixels.T[:, ::-1],
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_bad_input_56_orientation(frames_of, kind, orientation):
    stored = np.ascontiguousarray(turned(smooth(32, 48), orientation))
    if kind == "TIFF":
        directory = TiffImagePlugin.ImageFileDirectory_v2()
        directory[274] = orientation
        data = saved(stored, kind, tiffinfo=directory)
    else:
        exif = Image.Exif()
        exif[274] = orientation
        data = saved(stored, kind, exif=exif, **({"quality": 100} if kind == "JPEG" else {}))
    (frame,) = frames_of(data)
    np.testing.assert_allclose(frame.pixels, smooth(32, 48), atol=0 if kind != "JPEG" else 3)
    assert frame.pixels.flags.c_contiguous


def test_orientation_agrees_with_opencv(frames_of):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        data = saved(smooth(), "JPEG", exif=exif)
        np.testing.assert_array_equal(frames_of(data)[0].pixels, cv2.imdecode(np.frombuffer(data, np.uint8), 0))


@pytest.mark.parametrize(
    "block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0"]
)
def test_damaged_exif_is_upright(block):
    assert parse_exif(block + bytes(10)) == 1


def test_upright_turns_color_too():
    assert upright(np.zeros((2, 3, 4), np.uint8), 6).shape == (3, 2, 4)


def test_bad_input_57_color_is_noted(frames_of):
    gray = np.dstack([smooth(64, 64)] * 3)
    marked = gray.copy()
    marked[20:30, 20:30] = (255, 0, 0)
    for kind in ("PNG", "TIFF", "JPEG"):
        assert frames_of(saved(gray, kind))[0].facts.notes == ()
        (frame,) = frames_of(saved(marked, kind))
        assert frame.facts.notes == (Code.COLOR,)
        assert abs(int(frame.pixels[25, 25]) - 76) <= 6


def test_noise_of_compressed_chroma_is_not_color(frames_of, rng):
    noisy = np.clip(np.dstack([smooth(64, 64)] * 3) + rng.normal(0, 3, (64, 64, 3)), 0, 255).astype(np.uint8)
    assert frames_of(saved(noisy, "JPEG", quality=50))[0].facts.notes == ()


def test_jpeg_pixels_are_those_of_opencv(frames_of):
    data = saved(np.dstack([smooth()] * 3), "JPEG", progressive=True)
    np.testing.assert_array_equal(frames_of(data)[0].pixels, cv2.imdecode(np.frombuffer(data, np.uint8), 0))


def test_jpeg_header_is_parsed_past_fill_bytes():
    data = saved(smooth(), "JPEG")
    header = parse_header(data[:2] + b"\xff\xff" + data[2:])
    assert (header.height, header.width, header.components, header.precision) == (32, 48, 1, 8)


# ---------------------------------------------------------------------------------------------------------- real files


@pytest.mark.realdata
def test_real_jpegs_all_decode(realdata, frames_of):
    paths = sorted((realdata / "sartaj").glob("*/*/*.jpg"))
    assert len(paths) == 3264
    for path in paths:
        (frame,) = frames_of(path.read_bytes(), path.name)
        assert frame.facts.notes == ()


@pytest.mark.realdata
def test_real_corrupt_tiffs_are_all_rejected(realdata, code_of, capfd):
    paths = sorted((realdata / "traps/corrupt_tiff").iterdir())
    assert {code_of(path.read_bytes(), path.name) for path in paths} <= {Code.BAD_HEADER, Code.TRUNCATED, Code.DECODE}
    assert len(paths) == 8
    assert capfd.readouterr().err == ""


@pytest.mark.realdata
def test_real_intact_tiffs_are_luma_of_three_contrasts(realdata, frames_of):
    for path in (realdata / "traps/intact_tiff").iterdir():
        (frame,) = frames_of(path.read_bytes(), path.name)
        assert frame.pixels.shape == (256, 256)
        assert frame.facts.notes == (Code.COLOR,)
