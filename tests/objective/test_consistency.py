import numpy as np
import pytest

from tf_cyclegan.objective.consistency import Cycle, Identity, l1_loss
from tf_cyclegan.objective.step import Step


@pytest.fixture
def step():
    random = np.random.default_rng(6)
    names = ("x", "y", "fake_x", "fake_y", "cycled_x", "cycled_y", "same_x", "same_y")
    pictures = {name: np.float32(random.normal(size=(1, 4, 4, 3))) for name in names}
    step = Step(pictures, {}, training=True)
    step.update(pictures)
    return step


def test_l1_is_the_mean_absolute_difference():
    assert float(l1_loss(np.float32([[1, 2]]), np.float32([[0, 5]]))) == 2.0


@pytest.mark.parametrize(("term", "made"), [(Cycle, "cycled"), (Identity, "same")])
def test_each_domain_has_its_own_weight(term, made, step):
    found = term(10.0, 7.0)(step)
    name = "cycle" if term is Cycle else "identity"
    for domain, weight in (("x", 10), ("y", 7)):
        expected = weight * np.mean(abs(step[f"{made}_{domain}"] - step[domain]))
        assert float(found[f"{name}_{domain}"]) == pytest.approx(expected, rel=1e-5)
    assert term(0.0, 7.0)(step).keys() == {f"{name}_y"}
    assert term(0.0, 0.0)(step) == {}


def test_a_coarse_cycle_compares_means(step):
    """Fine detail that the means do not have is free; a difference of the means is not."""
    detail = np.tile(np.float32([[0.3, -0.3], [-0.3, 0.3]]), (2, 2))[None, :, :, None]
    step["cycled_x"] = step["x"] + detail
    assert float(Cycle(1.0, 0.0, pixels=2)(step)["cycle_x"]) == pytest.approx(0, abs=1e-6)
    assert float(Cycle(1.0, 0.0)(step)["cycle_x"]) == pytest.approx(0.3, rel=1e-5)
    step["cycled_x"] = step["x"] + 0.25
    assert float(Cycle(1.0, 0.0, pixels=2)(step)["cycle_x"]) == pytest.approx(0.25, rel=1e-5)
