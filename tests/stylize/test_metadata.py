import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.conftest import make_picture
from tf_cyclegan.stylize.metadata import Metadata, read_metadata

EXIF_IFD, GPS_IFD, INTEROP = 0x8769, 0x8825, 0xA005


def camera_exif():
    exif = Image.Exif()
    exif[0x010F], exif[0x8298], exif[0x0112] = "Maker", "somebody", 6
    exif.get_ifd(EXIF_IFD).update({0x9003: "2024:05:01 12:00:00", 0xA002: 64, 0x927C: b"note"})
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 8.0, 12.0)})
    return exif


def read(kind, **facts):
    data = io.BytesIO()
    make_picture().save(data, kind, **facts)
    data.seek(0)
    return read_metadata(data, "a picture")


def written(metadata, kind):
    data = io.BytesIO()
    picture, facts = metadata.attached(make_picture())
    picture.save(data, kind, **facts)
    return Image.open(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("result", ["JPEG", "PNG", "WEBP"])
def test_date_camera_place_and_author_are_kept(kind, result):
    exif = written(read(kind, exif=camera_exif()), result).getexif()
    assert (exif[0x010F], exif[0x8298]) == ("Maker", "somebody")
    assert exif.get_ifd(EXIF_IFD) == {0x9003: "2024:05:01 12:00:00"}
    assert exif.get_ifd(GPS_IFD) == {1: "N", 2: (48.0, 8.0, 12.0)}


def test_what_describes_the_photographs_pixels_is_not_kept():
    exif = written(read("JPEG", exif=camera_exif()), "JPEG").getexif()
    assert 0x0112 not in exif
    assert not {0xA002, 0x927C, INTEROP} & {*exif.get_ifd(EXIF_IFD)}
    # A TIFF's first directory is the layout of its file.
    exif = written(read("TIFF", dpi=(300, 300), compression="tiff_lzw", description="a meadow"), "JPEG").getexif()
    assert exif[0x010E] == "a meadow"
    assert not {0x0103, 0x0111, 0x0117} & {*exif}


@pytest.mark.parametrize("result", ["JPEG", "PNG", "WEBP"])
def test_dots_per_inch_are_kept(result):
    found = written(read("JPEG", dpi=(240, 240)), result)
    assert found.getexif()[0x011A] == 240
    if result != "WEBP":
        assert found.info["dpi"] == pytest.approx((240, 240), abs=0.01)


def wide_profile():
    """A profile whose red is not that of sRGB: channels of sRGB's own, in another order."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ"), data.index(b"bXYZ")
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def test_a_colour_profile_is_kept_and_the_colours_look_the_same():
    metadata = read("PNG", icc_profile=wide_profile())
    found = written(metadata, "PNG")
    assert found.info["icc_profile"] == wide_profile()
    plain = np.asarray(make_picture(), int)
    assert np.abs(np.asarray(found, int)[..., ::-1] - plain).max() <= 2
    found.info = {**found.info}
    from tf_cyclegan.pictures.files import as_photo

    assert np.abs(np.asarray(as_photo(found), int) - plain).max() <= 3


@pytest.mark.parametrize("profile", [b"no profile", b""])
def test_a_profile_that_is_damaged_is_left_out(profile):
    found = written(Metadata(profile=profile), "PNG")
    assert "icc_profile" not in found.info
    np.testing.assert_array_equal(np.asarray(found), np.asarray(make_picture()))


def test_a_profile_of_another_colour_model_is_left_out():
    grey = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert "icc_profile" not in written(Metadata(profile=grey), "PNG").info


def test_damaged_exif_is_left_out_with_a_warning(monkeypatch):
    def fail(*_):
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", fail)
    with pytest.warns(UserWarning, match="a picture: its EXIF data is damaged, or too long, and is left out"):
        assert read("PNG").exif == b""


def test_exif_that_no_jpeg_can_hold_is_left_out():
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    with pytest.warns(UserWarning, match="too long"):
        assert read("PNG", exif=exif).exif == b""


@pytest.mark.parametrize("dpi", [(0, 0), (float("nan"), 72), (1e9, 1e9), "many", None])
def test_dots_per_inch_that_make_no_sense_are_left_out(dpi, monkeypatch):
    opened = Image.open

    def changed(*words, **more):
        image = opened(*words, **more)
        image.info["dpi"] = dpi
        return image

    monkeypatch.setattr(Image, "open", changed)
    assert read("PNG").dpi is None


def test_a_picture_without_any_keeps_nothing():
    assert read("PNG") == Metadata()
    picture = make_picture()
    assert Metadata().attached(picture) == (picture, {})
