import io
import zipfile

import pytest
from downloads import encode, file_name, make_zip
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_files_carry_nothing_of_the_photo(kind):
    photo = make_picture()
    photo.info |= {"exif": b"Exif\0\0secret", "icc_profile": b"secret", "comment": b"secret", "dpi": (7, 7)}
    data = encode(photo, kind)
    assert b"secret" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == (kind, photo.size)


@pytest.mark.parametrize(
    ("photo", "name"),
    [
        ("IMG 1234.HEIC", "IMG-1234-baroque.jpg"),
        ("Ünïcode.jpeg", "Ünïcode-baroque.jpg"),
        ("../../etc/passwd", "passwd-baroque.jpg"),
        ("C:\\pictures\\cat.png", "cat-baroque.jpg"),
        ("...", "photo-baroque.jpg"),
    ],
)
def test_names_are_sensible(photo, name):
    assert file_name(photo, "baroque", "JPEG") == name


@given(st.text(max_size=300))
def test_a_name_is_always_a_plain_file(photo):
    name = file_name(photo, "baroque", "PNG")
    assert name.endswith("-baroque.png")
    assert len(name) < 90
    assert not set(name) & set('/\\:*?"<>|\0\n\r')
    assert not name.startswith(".")


def test_a_zip_keeps_every_file():
    data = make_zip([("a.jpg", b"1"), ("A.jpg", b"2"), ("a.jpg", b"3")])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["a.jpg", "A_2.jpg", "a_3.jpg"]
        assert [archive.read(name) for name in archive.namelist()] == [b"1", b"2", b"3"]
