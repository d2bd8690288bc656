from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.objective.step import Step
from tf_cyclegan.objective.term import Term


class Brightness(Term):
    def loss(self, step, domain):
        return step[domain]


@given(st.dictionaries(st.sampled_from(["bright_x", "bright_y"]), st.floats(-10, 10)))
def test_a_term_gives_the_losses_that_have_a_weight_times_their_weight(weights):
    step = Step({"x": 3.0, "y": 5.0}, {}, training=True)
    expected = {name: weight * step[name[-1]] for name, weight in weights.items() if weight}
    assert Brightness(weights)(step) == expected
