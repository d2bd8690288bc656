import keras
import numpy as np
import pytest

from tf_cyclegan.networks.efficientnet_lite import feature_network
from tf_cyclegan.networks.projected import JUDGED_FEATURES, projected_discriminator


@pytest.fixture(scope="module")
def features():
    return feature_network(list(JUDGED_FEATURES))


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(0)
    return projected_discriminator(8)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (32, 80), (50, 33)])
def test_every_patch_gets_a_verdict_from_each_depth(features, discriminator, height, width):
    verdicts = discriminator(features(np.zeros((2, height, width, 3), np.float32)))
    assert verdicts.shape == (2, -(-height // 16), -(-width // 16), 4)


def test_only_the_heads_learn(discriminator):
    names = {v.path.split("/")[-2] for v in discriminator.trainable_variables}
    assert names and all(name.startswith("head") and not name.endswith("mix") for name in names)


def test_features_have_about_the_scale_that_the_heads_expect(features):
    """On noise they are larger than on photographs."""
    found = features(np.random.default_rng(0).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32))
    for name, (channels, _, magnitude) in JUDGED_FEATURES.items():
        assert found[name].shape[-1] == channels
        assert 0.4 < float(np.sqrt(np.mean(np.square(found[name])))) / magnitude < 4


def test_heads_learn_to_tell_two_textures_apart(features, discriminator):
    """Stripes from checks, in a few dozen steps."""
    random = np.random.default_rng(0)
    stripes = np.where(np.arange(32) % 8 < 4, 0.5, -0.5)[:, None] * np.ones((32, 32))
    pictures = np.stack([stripes, stripes * stripes.T * 2] * 4)[..., None] + random.normal(0, 0.1, (8, 32, 32, 3))
    seen = {name: np.asarray(x) for name, x in features(pictures.astype(np.float32)).items()}
    target = np.tile(np.array([1.0, 0.0])[None], (4, 1)).reshape(8, 1, 1, 1) * np.ones((8, 2, 2, 4))
    discriminator.compile(keras.optimizers.Adam(0.02), "mse")
    before = discriminator.evaluate(seen, target, verbose=0)
    discriminator.fit(seen, target, epochs=20, verbose=0)
    assert discriminator.evaluate(seen, target, verbose=0) < 0.5 * before
