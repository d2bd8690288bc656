"""Names of choices have one owner; here each is held against what is built by it."""

import keras
import numpy as np
import pytest

from export.integer import convert_integer
from tf_cyclegan.evaluate.page import texts
from tf_cyclegan.networks.build import GENERATORS, build_discriminator
from tf_cyclegan.networks.sizes import _GENERATORS
from tf_cyclegan.objective.adversarial import discriminator_loss, generator_loss
from tf_cyclegan.objective.augment import POLICIES
from tf_cyclegan.prepare import report as preparation
from tf_cyclegan.prepare.measure.genre import genre_of
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.folder import DIRECTIONS
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.score import extractors
from tf_cyclegan.settings import choices
from tf_cyclegan.train.schedule import build_schedule


def test_every_generator_has_a_builder_and_a_rule_of_sizes():
    assert tuple(GENERATORS) == choices.GENERATORS
    assert tuple(_GENERATORS) == choices.GENERATORS
    assert set(choices.PUBLISHED_GENERATORS) < set(choices.GENERATORS)


@pytest.mark.parametrize("kind", [kind for kind in choices.DISCRIMINATORS if kind != "projected"])
def test_every_discriminator_is_built(kind):
    assert build_discriminator(kind, 1).output_shape[-1] == 1


def test_a_discriminator_of_another_name_is_not_built():
    with pytest.raises(ValueError, match="must be one of"):
        build_discriminator("other")


@pytest.mark.parametrize("mode", choices.GAN_MODES)
def test_every_mode_has_both_losses(mode):
    verdict = np.zeros((1, 2, 2, 1), np.float32)
    assert np.isfinite(float(generator_loss(verdict, mode)) + float(discriminator_loss(verdict, verdict, mode)))


@pytest.mark.parametrize("name", choices.SCHEDULES)
def test_every_schedule_is_built(name):
    rate = build_schedule(name, 0.5, 100, 0.5)
    assert float(rate(0)) == 0.5


@pytest.mark.parametrize("name", [name for name in choices.PRECISIONS if name != "auto"])
def test_every_precision_is_a_policy_of_keras(name):
    assert keras.DTypePolicy(name).name == name


def test_names_and_tables_agree():
    assert tuple(POLICIES) == choices.AUGMENTATIONS
    assert {"inception_v3_fid", *extractors._APPLICATIONS} == set(choices.FEATURES)
    assert set(texts._WORDS) == set(choices.LANGUAGES)
    assert tuple(DIRECTIONS) == choices.DIRECTIONS
    assert set(preparation._SPLITS) == set(choices.SPLITS)
    assert genre_of("Portrait of a man", "", 3, 4) in choices.GENRES


@pytest.mark.parametrize("kind", ["int4", ""])
def test_integers_of_another_kind_are_not_converted(kind):
    with pytest.raises(ValueError, match="int8_conv"):
        convert_integer(None, 32, kind, [])


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_name_only_settings(preset):
    assert set(PRESETS[preset]) <= set(TrainConfig.__dataclass_fields__)
