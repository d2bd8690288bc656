import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from export.flatbuffer import read_structure
from export.rewrite import BlockConv2D, ReflectionBySlices2D, for_litert
from export.source import open_source
from export.tflite import convert
from tf_cyclegan.networks.build import build_generator
from tf_cyclegan.networks.files import save_model
from tf_cyclegan.networks.layers import ReflectionPadding2D

KINDS = ("resnet_6blocks", "unet_128", "painter")


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def stirred(generator):
    """With weights of which none is 0, so that no term of the sums is missing unseen."""
    random = np.random.default_rng(1)
    generator.set_weights([w + 0.05 * random.normal(size=w.shape).astype("float32") for w in generator.get_weights()])
    return generator


@pytest.mark.parametrize("kind", KINDS)
def test_the_values_stay(kind):
    keras.utils.set_random_seed(0)
    generator = stirred(build_generator(kind, 8))
    rewritten = for_litert(generator)
    for shape in ((1, 128, 128, 3), (1, 128, 256, 3)):
        expected = np.asarray(generator(pictures(*shape)))
        np.testing.assert_allclose(np.asarray(rewritten(pictures(*shape))), expected, atol=2e-5)
        assert expected.std() > 0.01


@pytest.mark.parametrize(("kind", "changed"), [("resnet_6blocks", 15), ("painter", 25), ("unet_128", 0)])
def test_what_is_slow_is_replaced(kind, changed):
    rewritten = for_litert(build_generator(kind, 8))
    kinds = [type(layer) for layer in rewritten.layers]
    assert ReflectionPadding2D not in kinds
    assert sum(k in (ReflectionBySlices2D, BlockConv2D) for k in kinds) == changed


def test_other_convolutions_to_few_channels_stay():
    """They may lie where sides are odd, or have an activation of their own."""
    picture = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2)(layers.ZeroPadding2D(1)(picture))
    x = layers.Conv2D(4, 3)(layers.ZeroPadding2D(1)(x))
    x = layers.UpSampling2D()(x)
    generator = keras.Model(picture, layers.Conv2D(3, 3, activation="tanh")(layers.ZeroPadding2D(1)(x)))
    rewritten = for_litert(generator)
    assert BlockConv2D not in [type(layer) for layer in rewritten.layers]
    odd = pictures(1, 10, 14, 3)
    np.testing.assert_array_equal(np.asarray(rewritten(odd)), np.asarray(generator(odd)))


def test_where_sides_may_be_odd_the_last_convolution_stays():
    """Two by two places at a time want an even number of them."""
    picture = keras.Input((None, None, 3))
    generator = keras.Model(picture, layers.Conv2D(3, 3)(layers.ZeroPadding2D(1)(picture)))
    assert [type(layer) for layer in for_litert(generator).layers][-1] is layers.Conv2D
    odd = pictures(1, 7, 9, 3)
    np.testing.assert_array_equal(np.asarray(for_litert(generator)(odd)), np.asarray(generator(odd)))


@given(st.integers(1, 3), st.integers(4, 9), st.integers(4, 9), st.booleans())
@settings(deadline=None, max_examples=25)
def test_margins_are_mirrored_as_by_tensorflow(padding, height, width, known):
    picture = pictures(2, height, width, 3)
    layer = ReflectionBySlices2D(padding)
    shape = picture.shape if known else (None, None, None, 3)
    run = tf.function(layer, input_signature=[tf.TensorSpec(shape, tf.float32)], autograph=False)
    side = (padding, padding)
    np.testing.assert_array_equal(run(picture), np.pad(picture, ((0, 0), side, side, (0, 0)), mode="reflect"))
    assert layer.compute_output_shape(picture.shape) == run(picture).shape


@given(st.integers(1, 4), st.integers(2, 5), st.integers(1, 4), st.tuples(*[st.integers(1, 5)] * 2), st.booleans())
@settings(deadline=None, max_examples=25)
def test_a_block_is_the_convolution(filters, kernel, channels, blocks, bias):
    rows, columns = blocks
    picture = pictures(1, 2 * rows + kernel - 1, 2 * columns + kernel - 1, channels)
    plain = layers.Conv2D(filters, kernel, use_bias=bias)
    plain.build(picture.shape)
    weights = [pictures(*w.shape, seed=i) for i, w in enumerate(plain.get_weights())]
    plain.set_weights(weights)
    block = BlockConv2D(filters, kernel, use_bias=bias)
    block.build(picture.shape)
    block.set_weights(BlockConv2D.blocked(weights))
    found = np.asarray(block(picture))
    np.testing.assert_allclose(found, np.asarray(plain(picture)), atol=1e-4)
    assert block.compute_output_shape(picture.shape) == found.shape == (1, 2 * rows, 2 * columns, filters)


def test_what_was_trained_in_half_precision_becomes_tflite(tmp_path):
    """As on a GPU with --precision auto; TensorFlow has no way to write half-precision convolutions."""
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_float16")
        save_model(build_generator("painter", 4), tmp_path / "generator.keras")
    finally:
        keras.config.set_dtype_policy(before)
    generator = open_source(tmp_path / "generator.keras", "photo-to-painting").generator
    assert read_structure(convert(generator, 32)).foreign == ()
