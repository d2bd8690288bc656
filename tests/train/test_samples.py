import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.train.data import Domain, Sample, normalize
from tf_cyclegan.train.samples import SampleGrid, to_uint8


class Stub:
    """In place of a generator of one period."""

    inputs = (keras.KerasTensor((None, None, None, 3), name="picture"),)

    def __init__(self, sign):
        self.sign = sign

    def __call__(self, pictures, training):
        assert training is False
        return self.sign * pictures


same, negative = Stub(1), Stub(-1)


def tile(grid, row, column, strip=0, rows=4):
    """The 32-pixel picture of a row and column: strip 0 are photographs, strip 1 paintings."""
    left, top = column * 36, strip * (16 + rows * 36) + 16 + row * 36
    return np.asarray(grid.crop((left, top, left + 32, top + 32)))


def centre(folder, index):
    return Domain(folder, 36).crop(Sample(index, 0.5, 0.5, False), 32)


def test_the_first_column_shows_held_out_pictures_of_both_domains(prepared):
    grid = SampleGrid([prepared], load=36, crop=32).draw(same, same)
    for strip, name in enumerate(("testA", "testB")):
        for row in range(4):
            np.testing.assert_array_equal(tile(grid, row, 0, strip), centre(prepared / name, row))


def test_columns_are_picture_translation_back_again_and_identity(prepared):
    grid = SampleGrid([prepared], load=36, crop=32).draw(negative, same)
    picture = tile(grid, 1, 0)
    np.testing.assert_array_equal(tile(grid, 1, 1), 255 - picture)
    np.testing.assert_array_equal(tile(grid, 1, 2), 255 - picture)
    np.testing.assert_array_equal(tile(grid, 1, 3), picture)
    painting = tile(grid, 1, 0, strip=1)
    np.testing.assert_array_equal(tile(grid, 1, 1, strip=1), painting)
    np.testing.assert_array_equal(tile(grid, 1, 3, strip=1), 255 - painting)


def test_the_pictures_are_the_same_every_time(prepared):
    one, other = (SampleGrid([prepared], load=36, crop=32).draw(same, same) for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_without_held_out_pictures_training_pictures_are_shown(tmp_path):
    for name in ("trainA", "trainB"):
        make_pictures(tmp_path / name, 9)
    grid = SampleGrid([tmp_path], load=36, crop=32, count=3).draw(same, same)
    for row, index in enumerate((0, 4, 8)):
        np.testing.assert_array_equal(tile(grid, row, 0, rows=3), centre(tmp_path / "trainA", index))


def test_one_held_out_picture_is_enough(tmp_path):
    for name in ("testA", "testB"):
        make_pictures(tmp_path / name, 1)
    assert SampleGrid([tmp_path], load=36, crop=32).draw(same, same).size == (4 * 36 - 4, 2 * (16 + 36))


def test_domains_may_have_different_numbers_of_pictures(tmp_path):
    make_pictures(tmp_path / "testA", 3)
    make_pictures(tmp_path / "testB", 1)
    assert SampleGrid([tmp_path], load=36, crop=32).draw(same, same).height == 2 * 16 + 4 * 36


def test_a_damaged_picture_is_replaced(tmp_path):
    for name in ("testA", "testB"):
        make_pictures(tmp_path / name, 4)
    make_truncated_jpeg(tmp_path / "testA" / "001.jpg")
    with pytest.warns(UserWarning, match=r"001\.jpg"):
        SampleGrid([tmp_path], load=36, crop=32)


def test_missing_data_is_reported(tmp_path):
    with pytest.raises(UserError, match="trainA: no such folder"):
        SampleGrid([tmp_path], load=36, crop=32)


@settings(deadline=None)
@given(st.integers(0, 255))
def test_every_level_survives_the_way_to_floats_and_back(level):
    assert to_uint8(normalize(np.array([level], np.uint8)))[0] == level


def test_values_outside_the_range_are_clipped():
    assert to_uint8(np.array([-7.0, 7.0])).tolist() == [0, 255]


def test_an_empty_folder_of_held_out_pictures_is_reported_and_training_pictures_are_shown(tmp_path):
    for name in ("trainA", "trainB", "testB"):
        make_pictures(tmp_path / name, 4, seed=len(name))
    (tmp_path / "testA").mkdir()
    with pytest.warns(UserWarning, match="testA: no pictures in this folder; samples are made of training pictures"):
        grid = SampleGrid([tmp_path], load=36, crop=32).draw(same, same)
    np.testing.assert_array_equal(tile(grid, 0, 0), centre(tmp_path / "trainA", 0))


def test_of_several_periods_each_has_a_row_and_its_own_mix(prepared, tmp_path):
    for name in ("testA", "testB"):
        make_pictures(tmp_path / name, 2)

    class Several:
        inputs = (*Stub.inputs, keras.KerasTensor((None, 2), name="mix"))

        def __call__(self, given, training):
            pictures, mix = given
            return pictures * (1 - 2 * mix[:, 1, None, None, None])  # The second period is the negative.

    grid = SampleGrid([prepared, tmp_path], load=36, crop=32).draw(Several(), same)
    for row in range(4):
        picture = tile(grid, row, 0)
        np.testing.assert_array_equal(tile(grid, row, 1), picture if row < 2 else 255 - picture)
