"""The terms of an objective, as a run's config says."""

import keras

from tf_cyclegan.networks.efficientnet_lite import feature_network, feature_spread
from tf_cyclegan.networks.projected import JUDGED_FEATURES
from tf_cyclegan.objective.adversarial import Adversarial, Discrimination
from tf_cyclegan.objective.consistency import Cycle, Identity
from tf_cyclegan.objective.content import CONTENT_FEATURES, Content
from tf_cyclegan.objective.light import Light
from tf_cyclegan.objective.paint import PAINT_FEATURES, Paint
from tf_cyclegan.objective.term import Term
from tf_cyclegan.run.config import TrainConfig


def build_terms(config: TrainConfig) -> list[Term]:
    """The terms that have a weight, in the order in which they are added up."""
    terms = [
        Adversarial(config.lambda_adversarial, config.gan_mode),
        Cycle(config.lambda_cycle_x, config.lambda_cycle_y, config.cycle_pixels),
        Identity(config.lambda_identity * config.lambda_cycle_x, config.lambda_identity * config.lambda_cycle_y),
        Paint(config.lambda_paint, feature_spread(PAINT_FEATURES) if config.lambda_paint else {}),
        Content(config.lambda_content),
        Light(config.lambda_light),
        Discrimination(config.gan_mode),
    ]
    return [term for term in terms if term.weights]


def build_features(config: TrainConfig) -> keras.Model | None:
    """The network through whose features the terms and discriminators of a config see the pictures, if any does.

    Raises:
        UserError: its weights are missing or damaged.
    """
    names = {
        *(JUDGED_FEATURES if config.discriminator == "projected" else ()),
        *(PAINT_FEATURES if config.lambda_paint else ()),
        *(CONTENT_FEATURES if config.lambda_content else ()),
    }
    return feature_network(sorted(names)) if names else None
