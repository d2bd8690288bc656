import functools
import lzma

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export import quantize
from export.quantize import round_weights
from tests.conftest import make_picture
from tf_cyclegan.disk.archive import PRESET
from tf_cyclegan.networks.build import build_generator

PICTURES = [np.asarray(make_picture(seed, 32, 32)) for seed in range(2)]


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return build_generator("resnet_6blocks", 4)


@pytest.fixture(scope="module")
def rounded_to(generator):
    """Rounds it to this many bytes, once each."""
    return functools.cache(lambda size: round_weights(generator, PICTURES, size))


def kernels(network):
    return [w for w in network.get_weights() if w.size >= 1000]


def compressed(network):
    """Bytes that xz makes of the large kernels as float16."""
    data = b"".join(w.astype(np.float16).tobytes() for w in kernels(network))
    return len(lzma.compress(data, preset=PRESET))


def test_the_weights_are_few_multiples_of_a_power_of_two_and_float16_holds_them(generator, rounded_to):
    for before, after in zip(generator.get_weights(), rounded_to(12_000).get_weights(), strict=True):
        if before.size < 1000:
            np.testing.assert_array_equal(after, before)
        else:
            step = np.abs(after[after != 0]).min()
            assert np.log2(step) % 1 == 0
            assert not np.any(np.fmod(after, step))
            assert len(np.unique(after)) < 64
            np.testing.assert_array_equal(after.astype(np.float16).astype(np.float32), after)
            assert not np.any(np.signbit(after[after == 0])), "a sign of nothing costs a bit"


@settings(max_examples=3, deadline=None)
@given(max_bytes=st.integers(12_000, 60_000))
def test_it_takes_no_more_than_was_asked(generator, max_bytes):
    rounded = compressed(round_weights(generator, PICTURES[:1], max_bytes))
    assert 0.7 * max_bytes < rounded <= max_bytes


def test_more_bytes_change_less(generator, rounded_to):
    picture = PICTURES[0][None] / 127.5 - 1
    networks = [rounded_to(size) for size in (12_000, 25_000, 50_000)]
    errors = [np.mean(np.square(network(picture) - generator(picture))) for network in networks]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 4 * errors[2]


def test_errors_carried_over_show_less_at_the_same_bytes(generator, rounded_to):
    nearest = round_weights(generator, PICTURES, 50_000, carry_over=False)
    inputs = np.stack(PICTURES) / 127.5 - 1
    errors = [np.mean(np.square(network(inputs) - generator(inputs))) for network in (rounded_to(50_000), nearest)]
    assert errors[0] < errors[1] / 2
    assert compressed(nearest) <= 50_000


def test_kernels_that_show_are_rounded_more_finely():
    silent, loud = (quantize._Kernel(None, np.ones((3, 3)), cost=cost) for cost in (1e-4, 1.0))
    steps = quantize._steps([silent, loud], -4.0)
    assert steps[0] > steps[1]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), step=st.sampled_from([0.25, 0.5, 1.0]))
def test_errors_carried_over_cancel_where_inputs_are_alike(seed, step):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(500, 3)) @ random.normal(size=(3, 40)) + 0.1 * random.normal(size=(500, 40))
    kernel = quantize._Kernel(None, random.normal(size=(40, 8)), quantize._factor(inputs.T @ inputs))
    carried, nearest = kernel.rounded(step), quantize._nearest(kernel.values, step)
    errors = [np.mean((inputs @ (values - kernel.values)) ** 2) for values in (carried, nearest)]
    assert errors[0] < errors[1] / 2
    assert not np.any(np.fmod(carried, step))


def test_inputs_that_are_all_zero_are_no_fault():
    kernel = quantize._Kernel(None, np.full((4, 2), 0.3), quantize._factor(np.zeros((4, 4))))
    np.testing.assert_array_equal(kernel.rounded(0.25), 0.25)


def test_the_network_as_trained_stays_as_it_is(generator):
    before = generator.get_weights()
    round_weights(generator, PICTURES[:1], 20_000)
    for old, new in zip(before, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_too_few_bytes_are_told(generator):
    with pytest.raises(ValueError, match="max_bytes=100"):
        round_weights(generator, PICTURES[:1], 100)
