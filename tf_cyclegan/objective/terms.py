"""The terms of an objective, as a run's config says."""

import keras

from tf_cyclegan.networks.generators import encoder_of
from tf_cyclegan.objective.adversarial import Adversarial, Discrimination
from tf_cyclegan.objective.consistency import Cycle, Identity
from tf_cyclegan.objective.light import Light
from tf_cyclegan.objective.new_edges import NewEdges
from tf_cyclegan.objective.patch_nce import PatchNCE
from tf_cyclegan.objective.term import Term
from tf_cyclegan.run.config import TrainConfig


def build_terms(config: TrainConfig, networks: dict[str, keras.Model]) -> list[Term]:
    """The terms that have a weight, in the order in which they are added up.

    Args:
        config: of the run.
        networks: the generators `generator_g` and `generator_f`, whose features PatchNCE compares.
    """
    encoders = {"y": networks["generator_g"], "x": networks["generator_f"]}
    terms = [
        Adversarial(config.gan_mode),
        Cycle(config.lambda_cycle_x, config.lambda_cycle_y),
        Identity(config.lambda_identity * config.lambda_cycle_x, config.lambda_identity * config.lambda_cycle_y),
        NewEdges(config.lambda_edges),
        Light(config.lambda_light),
        PatchNCE(config.lambda_nce, {d: encoder_of(net) for d, net in encoders.items()} if config.lambda_nce else {}),
        Discrimination(config.gan_mode),
    ]
    return [term for term in terms if term.weights]
