import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.networks.layers import (
    FromUint8,
    InstanceNormalization,
    ReflectionPadding2D,
    ReplicationPadding2D,
    ToUint8,
    UpsampleBilinear2D,
)

ALL_LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_instance_norm_is_the_formula(random):
    x = random.normal(3, 5, (2, 7, 5, 4)).astype(np.float32)
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    np.testing.assert_allclose(InstanceNormalization()(x), (x - mean) / np.sqrt(variance + 1e-5), atol=1e-5)


def test_instance_norm_keeps_precision_far_from_zero(random):
    """E[x²] - E[x]² would lose everything here."""
    noise = random.normal(0, 1, (1, 16, 16, 2)).astype(np.float32)
    exact = InstanceNormalization()(np.round(noise * 64) / 64)
    shifted = InstanceNormalization()(np.round(noise * 64) / 64 + 4096)
    np.testing.assert_allclose(shifted, exact, atol=1e-3)


def test_instance_norm_of_a_flat_picture_is_zero():
    np.testing.assert_allclose(InstanceNormalization()(np.full((1, 4, 4, 3), 0.7, np.float32)), 0, atol=1e-4)


def test_instance_norm_in_half_precision_takes_its_statistics_in_float32(random):
    x = random.normal(0, 1, (1, 32, 32, 2)) * 300  # Squares beyond float16's 65504.
    half = InstanceNormalization(dtype="mixed_float16")(x.astype(np.float16))
    assert half.dtype == "float16"
    np.testing.assert_allclose(half, InstanceNormalization()(x.astype(np.float32)), atol=0.01)


def test_affine_instance_norm_learns_a_scale_and_an_offset(random):
    x = random.normal(0, 1, (2, 6, 6, 3)).astype(np.float32)
    layer, scale, offset = InstanceNormalization(affine=True), np.array([1, 2, 3.0]), np.array([0, -1, 5.0])
    layer.build(x.shape)
    layer.set_weights([scale, offset])
    np.testing.assert_allclose(layer(x), InstanceNormalization()(x) * scale + offset, atol=1e-5)
    assert len(layer.trainable_weights) == 2


@given(st.integers(1, 3), st.integers(4, 9), st.integers(4, 9))
@settings(deadline=None, max_examples=15)
def test_reflection_mirrors_without_the_edge_and_replication_repeats_it(padding, height, width):
    x = np.random.default_rng(0).normal(size=(2, height, width, 3)).astype(np.float32)
    side = (padding, padding)
    for layer, mode in ((ReflectionPadding2D(padding), "reflect"), (ReplicationPadding2D(padding), "edge")):
        np.testing.assert_array_equal(layer(x), np.pad(x, ((0, 0), side, side, (0, 0)), mode=mode))
        assert layer.compute_output_shape(x.shape) == layer(x).shape


@pytest.mark.parametrize("static", [True, False], ids=["static size", "size at run time"])
def test_bilinear_doubling_puts_new_pixels_a_quarter_apart(static):
    ramp = np.arange(6, dtype=np.float32).reshape(1, 1, 6, 1) * np.ones((1, 4, 1, 1), np.float32)
    inputs = keras.Input(ramp.shape[1:] if static else (None, None, 1))
    model = keras.Model(inputs, UpsampleBilinear2D()(inputs))
    expected = np.clip(np.arange(12) / 2 - 0.25, 0, 5)
    np.testing.assert_allclose(model(ramp), np.broadcast_to(expected[None, None, :, None], (1, 8, 12, 1)), atol=1e-6)


def test_unknown_sizes_stay_unknown():
    shape = (None, None, None, 3)
    assert ReflectionPadding2D(3).compute_output_shape(shape) == shape
    assert UpsampleBilinear2D().compute_output_shape(shape) == shape


def test_every_level_comes_back_from_floats():
    floats = FromUint8()(ALL_LEVELS)
    assert np.min(floats) == pytest.approx(-1)
    assert np.max(floats) == pytest.approx(1)
    np.testing.assert_array_equal(ToUint8()(floats), ALL_LEVELS)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=40))
@settings(deadline=None, max_examples=40)
def test_to_uint8_gives_the_nearest_level(values):
    x = np.asarray(values, np.float32)
    levels = np.clip((x.astype(np.float64) + 1) * 127.5, 0, 255)
    assert np.all(np.abs(np.asarray(ToUint8()(x), np.float64) - levels) <= 0.5 + 1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        InstanceNormalization(epsilon=1e-3, affine=True),
        ReflectionPadding2D(2),
        ReplicationPadding2D(2),
        UpsampleBilinear2D(),
        FromUint8(),
        ToUint8(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_come_back_from_their_configuration(layer):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
