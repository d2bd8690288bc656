import keras
import numpy as np
import pytest

from tf_cyclegan.networks.painter import painter_generator


@pytest.fixture(scope="module")
def painter():
    keras.utils.set_random_seed(0)
    return painter_generator(4, blocks=2)


def picture(height, width, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3)).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), [(16, 24), (64, 40)])
def test_a_painting_is_as_large_as_its_picture(painter, height, width):
    painting = np.asarray(painter(picture(height, width)))
    assert painting.shape == (1, height, width, 3)
    assert np.abs(painting).max() <= 1


def test_what_passes_by_the_network_has_no_detail_finer_than_eight_pixels(painter):
    """With a head of zeros the painting is the skip alone: two pictures with the same means give the same one."""
    network = keras.models.clone_model(painter)
    network.set_weights(painter.get_weights())
    head = network.get_layer("head_conv")
    head.set_weights([np.zeros_like(w) for w in head.get_weights()])
    coarse = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 4, 6, 3)).repeat(8, 1).repeat(8, 2)
    fine = np.random.default_rng(2).uniform(-0.4, 0.4, (1, 32, 48, 3))
    squares = fine.reshape(1, 4, 8, 6, 8, 3)
    fine = (squares - squares.mean((2, 4), keepdims=True)).reshape(fine.shape)
    with_detail, without = (np.asarray(network(x.astype(np.float32))) for x in (coarse + fine, coarse))
    np.testing.assert_allclose(with_detail, without, atol=1e-5)
    assert np.corrcoef(without.ravel(), coarse.ravel())[0, 1] > 0.8


def test_an_even_picture_keeps_its_light_and_colour_before_training(painter):
    """Instance norm alone could not tell a dark picture from a bright one."""
    for colour in ([-0.6, -0.5, -0.7], [0.5, 0.2, -0.3]):
        painting = np.asarray(painter(np.broadcast_to(np.float32(colour), (1, 32, 32, 3))))
        np.testing.assert_allclose(painting.mean((0, 1, 2)), np.tanh(1.2 * np.float32(colour)), atol=0.15)


def test_an_even_picture_has_no_line_along_its_border(painter):
    """Margins of zeros would leave one."""
    painting = np.asarray(painter(np.full((1, 32, 32, 3), 0.4, np.float32)))
    np.testing.assert_allclose(painting, np.broadcast_to(painting[:, 16:17, 16:17], painting.shape), atol=1e-4)


def test_it_is_small_enough_for_a_phone():
    assert painter_generator().count_params() < 120_000
