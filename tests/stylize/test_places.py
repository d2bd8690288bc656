import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.disk.names import folded
from tf_cyclegan.stylize.places import label_of, places_beside
from tf_cyclegan.stylize.style import open_bundle


@pytest.mark.parametrize(
    ("style", "mix", "label"),
    [
        ("post-impressionism", None, "post-impressionism"),
        ("periods", {"baroque": 0.6, "rococo": 0.4, "realism": 0.0}, "baroque-rococo"),
        ("periods", {"rococo": 1.0}, "rococo"),
        ("periods", None, "six-periods"),
    ],
)
def test_paintings_are_called_after_their_style(style, mix, label):
    bundle = open_bundle(style)
    assert label_of(bundle.of(mix) if mix else bundle) == label


def test_a_folder_keeps_its_whole_name_and_a_file_loses_its_ending(tmp_path):
    (tmp_path / "my.photos").mkdir()
    assert places_beside([tmp_path / "my.photos"], "rococo", "") == [tmp_path / "my.photos-rococo"]
    assert places_beside([tmp_path / "my.photos.jpg"], "rococo") == [tmp_path / "my.photos-rococo.jpg"]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(["a.jpg", "a.png", "a-x.jpg", "é.jpg", "x" * 250, "CON.jpg", "\udcff.jpg"]), max_size=6)
)
def test_no_painting_takes_the_place_of_anything(names):
    with tempfile.TemporaryDirectory() as place:
        for taken in ("a-x.jpg", "a-x_2.jpg"):
            Path(place, taken).write_text("taken")
        found = places_beside([Path(place, name) for name in names], "x")
        assert len({folded(path.name) for path in found}) == len(names)
        for path in found:
            assert path.parent == Path(place)
            path.touch(exist_ok=False)
