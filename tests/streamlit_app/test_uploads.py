import io
import time

import numpy as np
import pytest
from hostile_files import hostile, scans
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from texts import explain
from uploads import MAX_MEGABYTES, count_scans, decode

from tests.conftest import make_picture, png_that_claims
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import kinds


def encoded(kind: str, picture: Image.Image | None = None, **settings: object) -> bytes:
    file = io.BytesIO()
    (picture or make_picture()).save(file, kind, **settings)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_takes_every_format_it_names(kind):
    picture = decode("x", encoded(kind, quality=90))
    assert picture.size == (64, 48)
    assert np.abs(np.asarray(picture).astype(int) - np.asarray(make_picture()).astype(int)).mean() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_stands_upright(kind):
    """HEIC is not among them: its rotation is part of the picture, and libheif applies it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode("x", encoded(kind, exif=exif)).size == (48, 64)


def test_longer_side_is_the_asked_one():
    assert decode("x", encoded("PNG", make_picture(0, 600, 300)), 200).size == (200, 100)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "PPM"])
def test_other_formats_get_a_word_of_what_to_do(kind):
    with pytest.raises(UserError, match=r"holiday.jpg: not a JPEG, PNG, WebP, HEIC, AVIF or TIFF; save it as"):
        decode("holiday.jpg", encoded(kind))


def test_limits_are_reported():
    for data, message in (
        (b"", "empty"),
        (png_that_claims(10_000, 6_000), "at most 50 megapixels"),
        (b"\xff\xd8\xff" + bytes(MAX_MEGABYTES * 1_100_000), "larger than 25 MB"),
        (scans(100), "scans"),
    ):
        with pytest.raises(UserError, match=message):
            decode("x", data)


@pytest.mark.parametrize(
    ("data", "german"),
    [
        (b"", "die Datei ist leer"),
        (b"GIF89a", "kein JPEG, PNG, WebP, HEIC, AVIF oder TIFF"),
        (b"\xff\xd8\xff nothing", "kein Bild"),
        (encoded("PNG")[:200], "beschädigt"),
        (encoded("PNG", make_picture(0, 8, 300)), "8×300 Pixel sind zu klein; beide Seiten brauchen mindestens 16"),
        (png_that_claims(10_000, 6_000), "zu groß; höchstens 50 Megapixel"),
        (b"\xff\xd8\xff" + bytes(MAX_MEGABYTES * 1_100_000), "größer als 25 MB"),
        (encoded("TIFF", tiffinfo={254: 1}), "die Rohdatei einer Kamera; speichere sie als JPEG oder TIFF"),
        (scans(100), "mit mehr als 64 Durchgängen"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_fault_is_reported_in_german_too(data, german):
    with pytest.raises(UserError) as caught:
        decode("Foto: 1.jpg", data)
    printed = explain(str(caught.value), "Foto: 1.jpg", "de")
    assert printed.startswith("Foto: 1.jpg: ")
    assert german in printed
    assert explain(str(caught.value), "Foto: 1.jpg", "en") == str(caught.value)


def test_a_usual_progressive_jpeg_is_taken():
    assert decode("x", encoded("JPEG", progressive=True)).size == (64, 48)


@settings(deadline=None, max_examples=100)
@given(progressive=st.booleans(), behind=st.binary(max_size=2000), seed=st.integers(0, 3))
def test_what_a_phone_puts_behind_a_jpeg_is_no_part_of_it(progressive, behind, seed):
    data = encoded("JPEG", make_picture(seed), progressive=progressive)
    film = behind + b"\xff\xda" * 200 + data * 30
    assert count_scans(data) == data.count(b"\xff\xda")
    assert count_scans(data + film) == count_scans(data)
    assert decode("x", data + film) == decode("x", data)


between = st.sampled_from([b"", b"\xff\xe1\0\4ab", b"\xff\x05\xff\xff", b"\xff\xd3", b"\xff", b"\xff\x01"])


@settings(deadline=None, max_examples=100)
@given(count=st.integers(1, 300), between=between)
def test_scans_are_counted_whatever_stands_between_them(count, between):
    """No part may hide those that follow: a reserved code has no length that libjpeg would heed."""
    assert count_scans(scans(count, between)) >= count


def test_without_a_decoder_the_visitor_is_told_the_kind(monkeypatch):
    monkeypatch.setattr(kinds, "has_avif", lambda: False)
    with pytest.raises(UserError, match=r"^x\.avif: AVIF cannot be read on this server; save it as JPEG") as caught:
        decode("x.avif", encoded("AVIF"))
    assert (
        explain(str(caught.value), "x.avif", "de") == "x.avif: AVIF kann dieser Server nicht lesen; nimm ein JPEG davon"
    )


def test_hostile_files_are_pictures_or_one_clear_line():
    """300 of them; benchmarks/hostile_uploads.py takes 5,000."""
    good = 0
    for name, data in hostile(300):
        start = time.process_time()
        try:
            picture = decode(name, data, 768)
        except UserError as error:
            assert str(error).startswith(" ".join(name.split()))
            assert "\n" not in str(error)
        else:
            good += 1
            assert picture.mode == "RGB"
            assert 1 <= max(picture.size) <= 768
        assert time.process_time() - start < 10, name
    assert 60 < good < 240, "neither is every file refused nor every one taken"
