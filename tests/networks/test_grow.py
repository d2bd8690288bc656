import numpy as np
import pytest

from tf_cyclegan.networks.build import build_generator
from tf_cyclegan.networks.grow import can_grow, grow
from tf_cyclegan.settings.choices import NORMS

PICTURES = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)


def architecture(kind, filters, **changed):
    return {"kind": kind, "filters": filters, "norm": "instance", "dropout": False, **changed}


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    ("small", "large"),
    [(("mobile", 3), ("mobile", 5)), (("mobile", 3), ("mobile_dense", 8)), (("mobile_dense", 3), ("mobile_dense", 4))],
    ids=lambda network: f"{network[0]}-{network[1]}",
)
def test_what_has_grown_paints_as_before(small, large, norm):
    ours, grown = build_generator(*small, norm=norm), build_generator(*large, norm=norm)
    ours.set_weights([4 * w if w.ndim == 4 else w for w in ours.get_weights()])  # As after some training.
    before = np.asarray(grown(PICTURES))
    expected = np.asarray(ours(PICTURES))
    grow(ours, grown)
    np.testing.assert_allclose(grown(PICTURES), expected, atol=1e-5)
    assert np.abs(before - expected).max() > 1e-3, "not by chance"


def test_new_channels_learn_from_the_first_step():
    """They are not heard at first, but a gradient reaches the zeros that keep them silent."""
    import tensorflow as tf

    grown = build_generator("mobile_dense", 4)
    grow(build_generator("mobile", 3), grown)
    kernels = {v.path: v for v in grown.trainable_variables}
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(grown(PICTURES) - PICTURES))
    gradients = dict(zip(kernels, tape.gradient(loss, [v.value for v in kernels.values()]), strict=True))
    for layer, old in (("block4_conv2", 12), ("up1_conv", 12), ("head_conv", 3)):
        path = f"{layer}/kernel"
        new = (..., slice(old, None), slice(0, 3))
        assert not np.any(np.asarray(kernels[path])[new])
        assert np.all(np.abs(np.asarray(gradients[path])[new]).sum((0, 1, 3)) > 0)


def test_the_weights_that_only_new_channels_have_stay_random():
    grown = build_generator("mobile_dense", 4)
    before = {layer.name: layer.get_weights() for layer in grown.layers}
    grow(build_generator("mobile", 2), grown)
    np.testing.assert_array_equal(grown.get_layer("up2_conv").get_weights()[0][..., 2:], before["up2_conv"][0][..., 2:])


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        (architecture("mobile", 16), architecture("mobile_dense", 64), True),
        (architecture("mobile", 16), architecture("mobile", 17), True),
        (architecture("mobile_dense", 16), architecture("mobile_dense", 32), True),
        (architecture("mobile_dense", 16), architecture("mobile", 64), False),
        (architecture("mobile", 16), architecture("mobile_dense", 15), False),
        (architecture("mobile", 16), architecture("resnet_9blocks", 64), False),
        (architecture("resnet_9blocks", 16), architecture("mobile_dense", 64), False),
        (architecture("mobile", 16), architecture("mobile_dense", 64, norm="none"), False),
        (architecture("mobile", 16), architecture("mobile_dense", 64, dropout=True), False),
        (architecture("basic", 16, n_layers=3), architecture("basic", 64, n_layers=3), False),
    ],
)
def test_what_can_grow_into_what(small, large, expected):
    assert can_grow(small, large) is expected
