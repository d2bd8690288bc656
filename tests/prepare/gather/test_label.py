from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.label import label_sources


def label(*places, taken=()):
    return [(name, place.as_posix()) for name, place in label_sources([Path(place) for place in places], taken)]


def test_a_source_is_called_like_its_folder_or_zip(tmp_path):
    (tmp_path / "photos.zip").touch()
    (tmp_path / "v1.2").mkdir()
    assert [name for name, _ in label_sources([tmp_path / "v1.2", tmp_path / "photos.zip"])] == ["photos", "v1.2"]
    assert label() == []


def test_where_two_names_are_the_same_the_folders_above_tell_them_apart():
    assert label("/a/photos", "/b/photos") == [("a/photos", "/a/photos"), ("b/photos", "/b/photos")]
    assert label("/a/x/art", "/b/x/art", "/c/y/z") == [
        ("a/x/art", "/a/x/art"),
        ("b/x/art", "/b/x/art"),
        ("c/y/z", "/c/y/z"),
    ]


def test_a_zip_and_the_folder_next_to_it_have_two_names(tmp_path):
    (tmp_path / "art.zip").touch()
    (tmp_path / "art").mkdir()
    assert [name for name, _ in label_sources([tmp_path / "art.zip", tmp_path / "art"])] == ["art", "art.zip"]


def test_a_label_that_is_taken_is_not_given():
    assert label("/mine/historic-art", taken={"historic-art"}) == [("mine/historic-art", "/mine/historic-art")]


def test_a_place_is_not_given_twice_however_it_is_spelled(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    for other in ("photos", "x/../photos", "link"):
        with pytest.raises(UserError, match="is given twice"):
            label_sources([tmp_path / "photos", tmp_path / "art", tmp_path / other])


paths = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join), max_size=5, unique=True)


@given(paths=paths, order=st.randoms(use_true_random=False))
def test_labels_are_unique_and_no_order_changes_them(paths, order):
    places = [Path("/nowhere", path) for path in paths]
    labelled = label_sources(places)
    assert len({name for name, _ in labelled}) == len(places)
    order.shuffle(places)
    assert label_sources(places) == labelled
