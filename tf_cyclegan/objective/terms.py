"""The terms of an objective, as a run's config says."""

from tf_cyclegan.objective.adversarial import Adversarial, Discrimination
from tf_cyclegan.objective.consistency import Cycle, Identity
from tf_cyclegan.objective.light import Light
from tf_cyclegan.objective.term import Term
from tf_cyclegan.run.config import TrainConfig


def build_terms(config: TrainConfig) -> list[Term]:
    """The terms that have a weight, in the order in which they are added up."""
    terms = [
        Adversarial(config.gan_mode),
        Cycle(config.lambda_cycle_x, config.lambda_cycle_y),
        Identity(config.lambda_identity * config.lambda_cycle_x, config.lambda_identity * config.lambda_cycle_y),
        Light(config.lambda_light),
        Discrimination(config.gan_mode),
    ]
    return [term for term in terms if term.weights]
