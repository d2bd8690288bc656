from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import Bundle, open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer, _pad


@pytest.fixture(scope="module")
def stylizer(style):
    return Stylizer(open_bundle(style), threads=1)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


sides = st.integers(1, 70)


@settings(deadline=None, max_examples=15)
@given(height=sides, width=sides)
def test_the_result_is_as_large_as_the_picture(stylizer, height, width):
    painted = stylizer.run(noise(height, width))
    assert painted.shape == (height, width, 3)
    assert painted.dtype == np.uint8


def test_where_nothing_is_padded_it_is_what_keras_computes(stylizer, keras_file):
    from tf_cyclegan.networks.files import load_network

    pixels = np.asarray(make_picture(3, 56, 40))
    expected = np.asarray(load_network(keras_file)(pixels[None] / np.float32(127.5) - 1))[0]
    expected = np.rint(np.clip((expected + 1) * 127.5, 0, 255))
    assert np.mean(np.abs(stylizer.run(pixels) - expected) <= 1) > 0.999


def test_padding_does_not_move_the_picture(stylizer):
    """An odd size gives nearly what the next larger, mirrored picture gives."""
    pixels = np.asarray(make_picture(3, 61, 45))
    np.testing.assert_array_equal(stylizer.run(pixels), stylizer.run(_pad(pixels, 4))[:45, :61])


@settings(deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), multiple=st.sampled_from([1, 4, 8, 32, 256]))
def test_padding_reaches_the_multiple_and_keeps_the_picture(height, width, multiple):
    pixels = noise(height, width)
    padded = _pad(pixels, multiple)
    assert padded.shape == (-(-height // multiple) * multiple, -(-width // multiple) * multiple, 3)
    np.testing.assert_array_equal(padded[:height, :width], pixels)


def test_sizes_may_come_in_any_order(stylizer):
    sizes = [(20, 30), (40, 24), (20, 30)]
    first, _, again = (stylizer.run(noise(*size)) for size in sizes)
    np.testing.assert_array_equal(first, again)


def test_every_picture_stays_as_large_as_it_is(stylizer):
    assert stylizer(make_picture(width=1100, height=60)).size == (1100, 60)


def test_threads_wait_for_each_other(stylizer):
    pictures = [noise(20 + 4 * (i % 3), 24, seed=i) for i in range(12)]
    one_by_one = [stylizer.run(p) for p in pictures]
    with ThreadPoolExecutor(4) as pool:
        for ours, theirs in zip(pool.map(stylizer.run, pictures), one_by_one, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_result_stays_when_the_next_one_is_computed(stylizer):
    first = stylizer.run(noise(20, 20, 1))
    copy = first.copy()
    stylizer.run(noise(20, 20, 2))
    np.testing.assert_array_equal(first, copy)


def bundle_of(tmp_path, data, multiple=4):
    (tmp_path / "model.tflite").write_bytes(data)
    return Bundle(tmp_path, {"size": {"multiple": multiple}})


@pytest.mark.parametrize("data", [b"", b"text", b"\x1c\0\0\0TFL3" + bytes(100)])
def test_a_file_that_is_no_model_is_reported(tmp_path, data):
    with pytest.raises(UserError, match=r"model\.tflite: LiteRT cannot load it"):
        Stylizer(bundle_of(tmp_path, data))


def test_a_missing_model_is_reported(style):
    with pytest.raises(UserError, match=r"none\.tflite"):
        Stylizer(open_bundle(style), model="none.tflite")


def test_a_model_of_floats_is_refused(tmp_path):
    import keras
    import tensorflow as tf

    picture = keras.Input((8, 8, 3))
    model = keras.Model(picture, keras.layers.ReLU()(picture))
    model.export(str(tmp_path / "saved"), format="tf_saved_model", verbose=False)
    data = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved")).convert()
    with pytest.raises(UserError, match="takes other values than uint8; export the style again"):
        Stylizer(bundle_of(tmp_path, data))


def test_a_model_of_one_size_in_place_of_any_is_reported(tmp_path):
    data = (open_bundle("impressionism").folder / "model_256.tflite").read_bytes()
    with pytest.raises(UserError, match="only for 256×256 pixels, not any size; export the style again"):
        Stylizer(bundle_of(tmp_path, data))


def test_a_model_of_one_size_refuses_another():
    fixed = Stylizer(open_bundle("impressionism"), threads=1, model="model_256.tflite")
    assert fixed.run(noise(256, 256)).shape == (256, 256, 3)
    assert fixed.brush == "fine", "others paint at several sizes"
    with pytest.raises(UserError, match="takes pictures of 256×256 pixels only"):
        fixed.run(noise(256, 260))


def test_a_style_without_tiles_says_what_is_too_large(stylizer, monkeypatch):
    monkeypatch.setattr("tf_cyclegan.stylize.stylizer.MAX_UNTILED", 2000)
    with pytest.raises(UserError, match=r"exported without tiles .* export the style again, or use --max-side"):
        stylizer.run(noise(50, 60))


def test_a_bundle_can_be_used_twice_at_once(style):
    bundle = open_bundle(style)
    one, other = Stylizer(bundle), Stylizer(replace(bundle))
    np.testing.assert_array_equal(one.run(noise(24, 24)), other.run(noise(24, 24)))


def test_a_picture_comes_out_as_a_picture(stylizer):
    painted = stylizer(make_picture())
    assert isinstance(painted, Image.Image)
    assert painted.mode == "RGB"
