import keras
import numpy as np
import pytest

from tf_cyclegan.networks.cost import count
from tf_cyclegan.networks.projected import projected_discriminator


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(0)
    return projected_discriminator(8)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (32, 80), (50, 33)])
def test_every_patch_gets_a_verdict_from_each_depth(discriminator, height, width):
    verdicts = discriminator(np.zeros((2, height, width, 3), np.float32))
    assert verdicts.shape == (2, -(-height // 16), -(-width // 16), 4)


def test_only_the_heads_learn(discriminator):
    names = {v.path.split("/")[-2] for v in discriminator.trainable_variables}
    assert names and all(name.startswith("head") and not name.endswith("mix") for name in names)
    assert discriminator.get_layer("features_block10_project").non_trainable_variables


def test_it_can_be_counted_and_is_lighter_than_the_published_one():
    """The PatchGAN of the paper has 3.1 GMAC at 256 px."""
    assert count(projected_discriminator(64), 256, 256).macs < 1.5e9


def test_heads_learn_to_tell_two_textures_apart(discriminator):
    """Stripes from checks, in a few dozen steps."""
    random = np.random.default_rng(0)
    stripes = np.where(np.arange(32) % 8 < 4, 0.5, -0.5)[:, None] * np.ones((32, 32))
    pictures = np.stack([stripes, stripes * stripes.T * 2] * 4)[..., None] + random.normal(0, 0.1, (8, 32, 32, 3))
    target = np.tile(np.array([1.0, 0.0])[None], (4, 1)).reshape(8, 1, 1, 1) * np.ones((8, 2, 2, 4))
    discriminator.compile(keras.optimizers.Adam(0.02), "mse")
    before = discriminator.evaluate(pictures, target, verbose=0)
    discriminator.fit(pictures, target, epochs=20, verbose=0)
    assert discriminator.evaluate(pictures, target, verbose=0) < 0.5 * before
