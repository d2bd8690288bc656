import dataclasses
import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_discriminator, build_generator
from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.networks.projected import projected_discriminator
from tf_cyclegan.networks.sizes import _GENERATORS, check_size, check_sizes
from tf_cyclegan.objective.cyclegan import CycleGAN
from tf_cyclegan.objective.terms import build_features, build_terms
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.settings.choices import GENERATORS

# Of the generators with the same layers the smaller one: what is asked for is the same.
SMALL = {"resnet_9blocks": "resnet_6blocks"}


def is_accepted(config):
    try:
        check_sizes(config)
    except UserError:
        return False
    return True


def runs(config):
    """Whether the objective of a config can be computed: pictures of the right size, every term a number."""
    networks = {name: _build(name, facts) for name, facts in config.architectures().items()}
    terms, features = build_terms(config), build_features(config)
    model = CycleGAN(**networks, terms=terms, features=features, pool_size=1, seed=0)
    shape = (1, config.crop, config.crop, 3)
    pictures = {domain: np.random.default_rng(seed).uniform(-1, 1, shape) for seed, domain in enumerate("xy")}
    try:
        model.build({"x": shape, "y": shape})
        outputs = model({name: value.astype(np.float32) for name, value in pictures.items()}, training=True)
    except Exception:  # noqa: BLE001 (each backend has its own for a size that is impossible)
        return False
    return outputs["fake_y"].shape == shape and all(np.isfinite(float(value)) for value in outputs["losses"].values())


def _build(name, facts):
    keras.utils.set_random_seed(0)
    if name.startswith("generator"):
        return build_generator(SMALL.get(facts["kind"], facts["kind"]), 1)
    if facts["kind"] == "projected":
        return projected_discriminator(1)  # Random weights will do, and need no download.
    return build_discriminator(facts["kind"], 1, facts["n_layers"])


CASES = [
    *itertools.product(["painter"], ["pixel"], [{}], (1, 4, 7, 8, 12, 16)),
    *itertools.product(["painter"], ["pixel"], [{"lambda_light": 1.0}], (8, 16)),
    *itertools.product(["painter"], ["basic"], [{}], (16, 24, 25)),
    *itertools.product(["painter"], ["n_layers"], [{"n_layers": 1}], (4, 8)),
    *itertools.product(["painter"], ["n_layers"], [{"n_layers": 4}], (40, 48)),
    *itertools.product(["painter"], ["projected"], [{}], (4, 8)),
    *itertools.product(["painter"], ["pixel"], [{"lambda_paint": 1.0, "lambda_content": 1.0}], (4, 8)),
    *itertools.product(["painter"], ["pixel"], [{"cycle_pixels": 16}], (8, 16)),
    *itertools.product(["resnet_9blocks"], ["pixel"], [{}], (4, 6, 8, 30, 32)),
    *itertools.product(["painter"], ["pixel"], [{"generator_f": "resnet_6blocks"}], (4, 8)),
]


@pytest.mark.parametrize(("generator", "discriminator", "more", "crop"), CASES, ids=str)
def test_what_is_accepted_can_be_computed_and_what_is_refused_cannot(generator, discriminator, more, crop):
    config = TrainConfig(generator=generator, discriminator=discriminator, crop=crop, load=300, **more)
    assert is_accepted(config) == runs(config)


@pytest.mark.slow
@pytest.mark.parametrize("crop", [64, 128, 132])
def test_the_same_of_a_unet(crop):
    config = TrainConfig(generator="unet_128", discriminator="pixel", crop=crop, load=300)
    assert is_accepted(config) == runs(config)


@pytest.mark.parametrize("kind", GENERATORS)
def test_multiples_are_those_of_the_networks(kind):
    assert _GENERATORS[kind][0] == size_multiple(build_generator(kind, 1))


configs = st.builds(
    lambda **facts: TrainConfig(load=8192, **facts),
    generator=st.sampled_from(GENERATORS),
    generator_f=st.sampled_from(("", *GENERATORS)),
    discriminator=st.sampled_from(("basic", "n_layers", "pixel", "projected")),
    n_layers=st.integers(1, 8),
    lambda_light=st.sampled_from((0.0, 1.0)),
    crop=st.integers(1, 2000),
)


@settings(deadline=None)
@given(config=configs)
def test_a_refusal_names_an_option_and_a_crop_that_is_accepted(config):
    try:
        check_sizes(config)
    except UserError as error:
        words = str(error)
        assert words.startswith(f"crop {config.crop}: --")
        nearest = int(words.rpartition(" ")[2])
        assert is_accepted(dataclasses.replace(config, crop=nearest))
        # No other is nearer, as far as one can look.
        nearer = range(max(1, config.crop - min(64, abs(nearest - config.crop) - 1)), config.crop + 64)
        nearer = [c for c in nearer if abs(c - config.crop) < abs(nearest - config.crop)]
        assert not any(is_accepted(dataclasses.replace(config, crop=c)) for c in nearer)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_accepted(preset):
    check_sizes(TrainConfig(**PRESETS[preset]))


def test_terms_have_no_part_in_the_size_of_a_single_network():
    config = TrainConfig(generator="painter", discriminator="pixel", lambda_light=1.0)
    check_size(config, 8)
    with pytest.raises(UserError, match=r"size 9: --generator painter takes sides in multiples of 8, .* is 8$"):
        check_size(config, 9)


def test_pictures_that_would_be_blurred_are_a_warning(tmp_path):
    for name in ("trainA", "trainB"):
        make_pictures(tmp_path / name, 4)
    (tmp_path / "trainA" / "text.jpg").write_text("no picture")
    check_sizes(TrainConfig(data=str(tmp_path), load=96, crop=32))
    with pytest.warns(UserWarning, match="trainA: the short side of most pictures is 48 pixels or less; --load 97"):
        check_sizes(TrainConfig(data=str(tmp_path), load=97, crop=32))
