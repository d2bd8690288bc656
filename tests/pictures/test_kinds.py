import io
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.picture_trees import FILM, MOTION_PHOTO, PICTURES, encoded
from tf_cyclegan.pictures import kinds
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.kinds import HEAD, KINDS, MissingDecoder, kind_of, missing_kinds, pillow_format


@pytest.mark.parametrize("kind", PICTURES)
def test_a_few_bytes_tell_the_kind_and_pillow_knows_it_by_the_same_name(kind):
    data = PICTURES[kind]
    assert kind_of(data[:HEAD]) == kind
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == pillow_format(kind, "x")


def test_other_ways_to_write_a_kind():
    for kind, data in (
        ("JPEG", encoded("JPEG", progressive=True)),
        ("JPEG", encoded("MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])),
        ("JPEG", MOTION_PHOTO),
        ("TIFF", encoded("TIFF", big_tiff=True)),
        ("JPEG 2000", encoded("JPEG2000", no_jp2=True)),
        ("PSD", b"8BPS\0\1" + bytes(20)),
    ):
        assert kind_of(data[:HEAD]) == kind, kind


@pytest.mark.parametrize("data", [b"", b"\xff", b"text", b"BM, he said, and on", b"Pictures", FILM, b"RIFF....WAVE"])
def test_what_is_none(data):
    assert kind_of(data[:HEAD]) is None


beginnings = st.sampled_from([data[:n] for data in PICTURES.values() for n in (2, 3, 4, 8, 12, 30)])


@settings(deadline=None, max_examples=300)
@given(start=beginnings, rest=st.binary(max_size=HEAD))
def test_pillow_accepts_what_is_taken_for_one_of_its_formats(start, rest):
    """By its own look at the first 16 bytes, so that the table here cannot part from its registry."""
    head = (start + rest)[:HEAD]
    kind = kind_of(head)
    if kind and kind not in ("HEIC", "AVIF"):
        Image.init()
        assert Image.OPEN[pillow_format(kind, "x")][1](head[:16])


brands = st.lists(st.sampled_from([b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"miaf", b"isom", b"qt  "]))


@given(brands=brands.filter(bool))
def test_of_boxes_the_brands_decide_in_any_order(brands):
    box = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    kind = kind_of(((len(box) + 4).to_bytes(4, "big") + box + b"\0\0\0\x08heicavif")[:HEAD])
    seen = {brands[0], *brands[1 : (HEAD - 16) // 4 + 1]}
    if seen & {b"avif", b"avis"}:
        assert kind == "AVIF"
    elif seen & {b"heic", b"heix", b"mif1", b"msf1"}:
        assert kind == "HEIC"
    else:
        assert kind is None


@pytest.fixture
def bare(monkeypatch):
    """A machine without pillow-heif, and a Pillow without AVIF."""
    monkeypatch.setattr(kinds, "has_heic", lambda: False)
    monkeypatch.setattr(kinds, "has_avif", lambda: False)


def test_nothing_is_missing_here():
    assert missing_kinds() == set()


@pytest.mark.parametrize(
    ("kind", "remedy"), [("HEIC", "pip install pillow-heif"), ("AVIF", "pip install --upgrade pillow")]
)
def test_without_its_decoder_a_picture_is_named_with_its_kind_and_what_to_do(bare, kind, remedy):
    assert kind in missing_kinds()
    with pytest.raises(MissingDecoder, match=rf"^beach\.jpg: {kind}, which is read only after: {remedy}$"):
        open_picture(io.BytesIO(PICTURES[kind]), name="beach.jpg")


def test_the_others_want_nothing(bare):
    for kind in set(PICTURES) - {"HEIC", "AVIF"}:
        assert open_picture(io.BytesIO(PICTURES[kind]), name="x").size == (40, 30)


def test_pillow_heif_is_asked_for_only_by_its_name(monkeypatch):
    kinds.has_heic.cache_clear()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert not kinds.has_heic()
    kinds.has_heic.cache_clear()
    monkeypatch.undo()
    assert kinds.has_heic()


def test_every_kind_has_a_name_of_pillow():
    Image.init()
    for kind in KINDS:
        assert pillow_format(kind, "x") in Image.OPEN
