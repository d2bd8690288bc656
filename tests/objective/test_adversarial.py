import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.objective.adversarial import (
    Adversarial,
    Discrimination,
    discriminator_loss,
    generator_loss,
)
from tf_cyclegan.objective.step import Step
from tf_cyclegan.settings.choices import GAN_MODES

LOGITS = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=12).map(lambda v: np.asarray(v, np.float32))
MODES = pytest.mark.parametrize("mode", GAN_MODES)


def cross_entropy(logits, label):
    """Binary cross-entropy from probabilities, the textbook formula."""
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    return -np.mean(np.log(p if label else 1 - p))


def published_generator(fake, mode):
    return {
        "lsgan": lambda: np.mean((fake - 1) ** 2),
        "vanilla": lambda: cross_entropy(fake, 1),
        "wgangp": lambda: -np.mean(fake),
        "hinge": lambda: -np.mean(fake),
    }[mode]()


def published_discriminator(real, fake, mode):
    return {
        "lsgan": lambda: (np.mean((real - 1) ** 2) + np.mean(fake**2)) / 2,
        "vanilla": lambda: (cross_entropy(real, 1) + cross_entropy(fake, 0)) / 2,
        "wgangp": lambda: (-np.mean(real) + np.mean(fake)) / 2,
        "hinge": lambda: (np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))) / 2,
    }[mode]()


@MODES
@given(fake=LOGITS)
@settings(deadline=None, max_examples=30)
def test_generator_loss_is_the_published_one(mode, fake):
    assert float(generator_loss(fake, mode)) == pytest.approx(published_generator(fake, mode), rel=1e-5, abs=1e-6)


@MODES
@given(real=LOGITS, fake=LOGITS)
@settings(deadline=None, max_examples=30)
def test_discriminator_loss_is_the_published_one(mode, real, fake):
    expected = published_discriminator(real, fake, mode)
    assert float(discriminator_loss(real, fake, mode)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_lsgan_by_hand():
    assert float(generator_loss(np.float32([1, 3]))) == 2.0
    assert float(discriminator_loss(np.float32([1, 0]), np.float32([2, 0]))) == 1.25


def test_vanilla_stays_finite_where_probabilities_underflow():
    far = np.float32([-500, 500])
    assert float(generator_loss(far, "vanilla")) == pytest.approx(250)
    assert float(discriminator_loss(far, far, "vanilla")) == pytest.approx(250)


def test_hinge_is_flat_beyond_the_margin():
    assert float(discriminator_loss(np.float32([1, 7]), np.float32([-1, -7]), "hinge")) == 0


@MODES
def test_each_player_pays_for_its_own_verdicts(mode):
    random = np.random.default_rng(5)
    verdicts = {f"verdict_{k}_{d}": np.float32(random.normal(size=9)) for k in ("fake", "pooled", "real") for d in "xy"}
    step = Step({"x": None, "y": None}, {}, training=True)
    step.update(verdicts, pooled_x=None, pooled_y=None)
    found = {**Adversarial(1.0, mode)(step), **Discrimination(mode)(step)}
    assert found.keys() == {"adversarial_g", "adversarial_f", "discriminator_x", "discriminator_y"}
    for name, domain in (("adversarial_g", "y"), ("adversarial_f", "x")):
        assert float(found[name]) == pytest.approx(published_generator(step[f"verdict_fake_{domain}"], mode), rel=1e-4)
    for domain in "xy":
        pair = step[f"verdict_real_{domain}"], step[f"verdict_pooled_{domain}"]
        expected = published_discriminator(*pair, mode)
        assert float(found[f"discriminator_{domain}"]) == pytest.approx(expected, rel=1e-4)


def test_deceiving_has_a_weight():
    step = Step({"x": None, "y": None}, {}, training=True)
    step.update({f"verdict_fake_{domain}": np.float32([1, 3]) for domain in "xy"})
    assert {n: float(v) for n, v in Adversarial(0.5, "lsgan")(step).items()} == {"adversarial_g": 1, "adversarial_f": 1}
    assert Adversarial(0.0, "lsgan")(step) == {}


@pytest.mark.parametrize(
    "make",
    [
        lambda: generator_loss(np.zeros(1), "gan"),
        lambda: discriminator_loss(np.zeros(1), np.zeros(1), "gan"),
        lambda: Adversarial(1.0, "gan"),
        lambda: Discrimination("gan"),
    ],
)
def test_unknown_modes_are_refused_with_the_known_ones(make):
    with pytest.raises(ValueError, match=r"`gan_mode` must be one of .*lsgan.* Received: gan_mode='gan'"):
        make()
