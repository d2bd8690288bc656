import io
import struct
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg, png_that_claims
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import MIN_SIDE, list_pictures, open_picture
from tf_cyclegan.pictures.pixels import fit_long_side, resize_short_side

ORIENTATION = 0x0112


def encode(image: Image.Image, kind: str = "PNG", **options) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    """The corners: top left, top right, bottom left, bottom right."""
    width, height = image.size
    return [image.getpixel((x, y)) for y in (2, height - 3) for x in (2, width - 3)]


def four_corners() -> Image.Image:
    """64×48: red, green, blue and white quarters."""
    image = Image.new("RGB", (64, 48))
    for i, colour in enumerate(("red", "lime", "blue", "white")):
        image.paste(colour, (i % 2 * 32, i // 2 * 24, i % 2 * 32 + 32, i // 2 * 24 + 24))
    return image


# How a camera that says "orientation n" stored the upright picture.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_comes_out_upright(orientation, kind):
    upright = four_corners()
    stored = upright if STORED[orientation] is None else upright.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = open_picture(encode(stored, kind, exif=exif, quality=95), name="x")
    assert picture.size == (64, 48)
    np.testing.assert_allclose(colours(picture), colours(upright), atol=30)


def test_orientation_is_applied_to_one_side_of_a_hinted_size_too():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    big = make_picture(width=640, height=480)
    picture = open_picture(encode(big, "JPEG", exif=exif), name="x", max_side=64)
    assert picture.height > picture.width >= 48


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_become_white_and_opaque_ones_stay(mode):
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 16, 32))
    if mode == "P":
        image = image.convert("RGB").quantize(2)
        image.putpalette([0, 0, 0, 200, 0, 0])
        image.paste(0, (0, 0, 16, 32))
        image.paste(1, (16, 0, 32, 32))
        file = encode(image, transparency=1)
    else:
        file = encode(image.convert(mode))
    picture = open_picture(file, name="x")
    assert picture.mode == "RGB"
    assert picture.getpixel((2, 2)) == (0, 0, 0)
    assert picture.getpixel((29, 2)) == (255, 255, 255)


def test_half_transparent_pixels_are_mixed_with_white():
    picture = open_picture(encode(Image.new("RGBA", (32, 32), (0, 0, 0, 128))), name="x")
    assert picture.getpixel((5, 5)) == (127, 127, 127)


@pytest.mark.parametrize(("mode", "value", "expected"), [("L", 90, 90), ("1", 1, 255), ("P", 0, 0)])
def test_modes_of_few_colours_become_rgb(mode, value, expected):
    picture = open_picture(encode(Image.new(mode, (20, 20), value)), name="x")
    assert picture.mode == "RGB"
    assert picture.getpixel((3, 3)) == (expected,) * 3


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_cut_off(kind):
    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    picture = open_picture(encode(Image.fromarray(ramp), kind), name="x")
    expected = np.rint(ramp * (255 / 65535)).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(picture), np.repeat(expected[..., None], 3, axis=2))


@pytest.mark.parametrize(("dtype", "top"), [(np.int32, 65535), (np.float32, 1.0), (np.float32, 255.0)])
def test_deep_grey_tiffs_keep_their_range(dtype, top):
    ramp = np.linspace(0, top, 32 * 32).astype(dtype).reshape(32, 32)
    grey = np.asarray(open_picture(encode(Image.fromarray(ramp), "TIFF"), name="x"))
    assert (grey.min(), grey.max()) == (0, 255)
    np.testing.assert_allclose(grey[..., 0], ramp * (255 / top), atol=0.6)


def test_values_that_are_no_number_become_black():
    ramp = np.ones((32, 32), np.float32)
    ramp[0] = np.nan
    picture = open_picture(encode(Image.fromarray(ramp), "TIFF"), name="x")
    assert colours(picture)[0] == (255, 255, 255)
    assert picture.getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind):
    picture = open_picture(encode(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), kind), name="x")
    red, green, blue = picture.getpixel((5, 5))
    assert picture.mode == "RGB"
    assert red > 200
    assert max(green, blue) < 60


def profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def test_an_srgb_profile_changes_nothing():
    image = make_picture()
    picture = open_picture(encode(image, icc_profile=profile("sRGB")), name="x")
    np.testing.assert_allclose(np.asarray(picture, int), np.asarray(image, int), atol=1)


def test_a_foreign_colour_space_is_converted_to_srgb():
    # Mid grey: half the lightness, and a and b in the middle of their range.
    image = Image.merge("LAB", [Image.new("L", (32, 32), 128)] * 3)
    picture = open_picture(encode(image, "TIFF", icc_profile=profile("LAB")), name="x")
    red, green, blue = picture.getpixel((5, 5))
    assert max(red, green, blue) - min(red, green, blue) <= 4
    assert 100 < red < 140


@pytest.mark.parametrize("icc", [b"garbage", b"\0" * 200, profile("LAB"), profile("XYZ")])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_profile_that_does_not_fit_leaves_the_pixels_alone(icc, mode):
    image = make_picture().convert(mode)
    picture = open_picture(encode(image, icc_profile=icc), name="x")
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(image.convert("RGB")))


def linear_grey() -> bytes:
    """A profile for grey whose numbers are proportional to the light."""
    white = struct.pack(">3i", 63190, 65536, 54061)  # D50, in parts of 65536.
    tags = {b"wtpt": b"XYZ \0\0\0\0" + white, b"kTRC": b"curv" + bytes(8)}
    place, table, data = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">2I", place + len(data), len(value))
        data += value
    head = struct.pack(
        ">I4s4s4s4s4s12s4s", place + len(data), b"lcms", b"\2\x10\0\0", b"mntr", b"GRAY", b"XYZ ", b"", b"acsp"
    )
    return head.ljust(68, b"\0") + white.ljust(60, b"\0") + table + data


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (32, 32), 55),
        Image.new("LA", (32, 32), (55, 255)),
        Image.merge("LA", [Image.new("L", (32, 32), 55), Image.linear_gradient("L").resize((32, 32))]),
    ],
    ids=["grey", "opaque", "half transparent"],
)
def test_a_profile_for_grey_holds_with_and_without_alpha(image):
    picture = np.asarray(open_picture(encode(image, icc_profile=linear_grey()), name="x")).astype(float)
    # 55 of 255 in light is the middle of sRGB, and alpha mixes what is seen with white.
    alpha = np.asarray(image.getchannel("A"))[..., None] / 255 if image.mode == "LA" else 1
    np.testing.assert_allclose(picture, np.broadcast_to(127.5 * alpha + 255 * (1 - alpha), picture.shape), atol=2)


def test_grey_with_one_transparent_tone_keeps_its_profile():
    image = Image.new("L", (32, 32), 55)
    image.paste(7, (0, 0, 16, 32))
    picture = open_picture(encode(image, transparency=7, icc_profile=linear_grey()), name="x")
    assert picture.getpixel((4, 4)) == (255, 255, 255)
    assert picture.getpixel((28, 4))[0] == pytest.approx(127, abs=2)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate"])
def test_a_scan_in_16_bits_in_which_zero_is_white_is_no_negative(compression):
    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    file = encode(Image.fromarray(ramp), "TIFF", compression=compression, tiffinfo={262: 0})
    grey = np.asarray(open_picture(file, name="x"))[..., 0]
    np.testing.assert_allclose(grey, 255 - ramp / 257, atol=1)


@pytest.mark.parametrize("tags", [{254: 1}, {50706: b"\1\4\0\0"}])
def test_a_cameras_raw_file_is_not_taken_for_its_preview(tags):
    with pytest.raises(UserError, match=r"IMG\.jpg: a camera's raw file, .* save it as JPEG or TIFF"):
        open_picture(encode(make_picture(), "TIFF", tiffinfo=tags), name="IMG.jpg")


def test_a_folder_and_a_file_that_may_not_be_read_say_so(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="a folder, not a picture"):
        open_picture(tmp_path)
    make_picture().save(tmp_path / "a.png")
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(UserError, match=r"a\.png: no permission to read it"):
        open_picture(tmp_path / "a.png")


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    file = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_picture(file, name="x").getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 20000), (MIN_SIDE - 1, 500)])
def test_a_side_that_is_too_short_is_refused(size):
    with pytest.raises(UserError, match=f"x.png: {size[0]}×{size[1]} pixels is too small"):
        open_picture(encode(Image.new("RGB", size)), name="x.png")


def test_the_smallest_side_is_good():
    assert open_picture(encode(Image.new("RGB", (MIN_SIDE, MIN_SIDE))), name="x").size == (MIN_SIDE, MIN_SIDE)


@pytest.mark.parametrize("size", [(60000, 60000), (11000, 10000), (2**31 - 1, 16)])
def test_a_size_that_fills_the_memory_is_refused_before_decoding(size):
    start = time.perf_counter()
    with pytest.raises(UserError, match=r"^x\.png: .*too large"):
        open_picture(io.BytesIO(png_that_claims(*size)), name="x.png")
    assert time.perf_counter() - start < 1.0


def test_the_limit_of_pixels_can_be_lowered():
    with pytest.raises(UserError, match="64×48 pixels is too large; at most 0 megapixels"):
        open_picture(encode(make_picture()), name="x", max_pixels=1000)


@pytest.mark.parametrize("content", [b"", b"just text", b"\xff\xd8\xff", b"<svg/>", b"GIF89a", bytes(1000)])
def test_what_is_no_picture_is_reported_by_name(tmp_path, content):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"photo\.jpg: (not a picture|damaged)"):
        open_picture(path)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UserError, match=r"none\.jpg: no such file"):
        open_picture(tmp_path / "none.jpg")


def test_a_truncated_jpeg_is_damaged(tmp_path):
    with pytest.raises(UserError, match=r"cut\.jpg: damaged picture"):
        open_picture(make_truncated_jpeg(tmp_path / "cut.jpg"))


ENCODED = {
    "JPEG": encode(make_picture(), "JPEG").getvalue(),
    "PNG": encode(make_picture()).getvalue(),
    "WEBP": encode(make_picture(), "WEBP").getvalue(),
    "GIF": encode(make_picture(), "GIF").getvalue(),
    "BMP": encode(make_picture(), "BMP").getvalue(),
}


@pytest.mark.parametrize("kind", ENCODED)
@settings(deadline=None, max_examples=40)
@given(share=st.floats(0, 1))
def test_a_cut_off_file_is_a_picture_or_a_user_error(kind, share):
    data = ENCODED[kind]
    check_picture_or_user_error(data[: int(share * len(data))])


@pytest.mark.parametrize("kind", ENCODED)
@settings(deadline=None, max_examples=60)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_file_with_changed_bytes_is_a_picture_or_a_user_error(kind, changes):
    data = bytearray(ENCODED[kind])
    for share, value in changes:
        # Most of what can go wrong stands near the beginning.
        data[int(share**3 * len(data))] = value
    check_picture_or_user_error(bytes(data))


def check_picture_or_user_error(data: bytes) -> None:
    try:
        picture = open_picture(io.BytesIO(data), name="x", max_pixels=1_000_000)
    except UserError as error:
        assert str(error).startswith("x: ")
        assert "\n" not in str(error)
    else:
        assert picture.mode == "RGB"
        assert min(picture.size) >= MIN_SIDE


def test_damaged_exif_is_no_reason_to_fail():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "hello"
    data = encode(four_corners(), "JPEG", exif=exif).getvalue()
    # The text now claims to be the width of the picture, which Pillow cannot write back.
    check_picture_or_user_error(data.replace(b"\x01\x0e\x00\x02", b"\x01\x00\x00\x02"))


def test_decoding_in_two_threads_leaves_the_warning_filters_alone():
    """They belong to the whole process: whoever changes them for a while must not overlap with another who does."""

    class Waiting(io.BytesIO):
        def __init__(self, data: bytes):
            super().__init__(data)
            self.reached, self.released = threading.Event(), threading.Event()

        def read(self, *size):
            self.reached.set()
            self.released.wait(10)
            return super().read(*size)

    before = list(warnings.filters)
    files = [Waiting(ENCODED["PNG"]) for _ in range(2)]
    threads = [threading.Thread(target=open_picture, args=(file,), kwargs={"name": "x"}) for file in files]
    for thread, file in zip(threads, files, strict=True):
        thread.start()
        file.reached.wait(1)
    for thread, file in zip(threads, files, strict=True):
        file.released.set()
        thread.join()
    assert warnings.filters == before


def test_an_open_file_and_a_path_give_the_same(tmp_path):
    make_picture().save(tmp_path / "a.png")
    with (tmp_path / "a.png").open("rb") as file:
        np.testing.assert_array_equal(open_picture(file), open_picture(tmp_path / "a.png"))


@pytest.mark.parametrize(("max_side", "at_least"), [(64, 64), (500, 500), (None, 640), (5000, 640)])
def test_a_hinted_jpeg_is_at_least_as_large_as_the_hint(max_side, at_least):
    picture = open_picture(encode(make_picture(width=640, height=480), "JPEG"), name="x", max_side=max_side)
    assert at_least <= max(picture.size) <= 640
    assert picture.width / picture.height == pytest.approx(4 / 3, rel=0.02)


def test_what_is_none_of_the_listed_pictures_is_warned_of(tmp_path):
    folder = make_pictures(tmp_path / "a", 2)
    (folder / "notes.txt").write_text("x")
    with pytest.warns(UserWarning, match=r"a: left out: no picture, or of an unknown kind: 1 \(notes\.txt\)"):
        assert [path.name for path in list_pictures(folder)] == ["000.jpg", "001.jpg"]


sides = st.integers(MIN_SIDE, 300)


@settings(deadline=None, max_examples=60)
@given(width=sides, height=sides, size=st.integers(16, 200))
def test_resizing_by_the_short_side_keeps_the_aspect(width, height, size):
    picture = resize_short_side(Image.new("RGB", (width, height)), size)
    assert min(picture.size) == size
    assert abs(max(picture.size) - max(width, height) * size / min(width, height)) <= 0.5


@settings(deadline=None, max_examples=60)
@given(width=sides, height=sides, size=st.integers(16, 400))
def test_fitting_the_long_side_only_makes_smaller_and_keeps_the_aspect(width, height, size):
    picture = fit_long_side(Image.new("RGB", (width, height)), size)
    if max(width, height) <= size:
        assert picture.size == (width, height)
    else:
        assert max(picture.size) == size
        expected = max(1, min(width, height) * size / max(width, height))
        assert abs(min(picture.size) - expected) <= 0.5


def test_resizing_to_the_same_size_gives_the_picture_itself():
    picture = make_picture()
    assert resize_short_side(picture, 48) is picture
    assert fit_long_side(picture, 64) is picture
