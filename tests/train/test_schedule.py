import keras
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tf_cyclegan.settings.choices import SCHEDULES
from tf_cyclegan.train.schedule import ConstantThenLinear, build_schedule


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 2e-4), (49, 2e-4), (50, 2e-4), (75, 1e-4), (90, 4e-5), (100, 0.0), (130, 0.0)]
)
def test_half_a_run_constant_then_down_to_zero(step, expected):
    assert float(ConstantThenLinear(2e-4, steps=100)(step)) == pytest.approx(expected, abs=1e-10)


def test_the_fall_begins_where_it_is_reported():
    rate = ConstantThenLinear(1.0, steps=100, decay_from=0.8)
    assert [float(rate(s)) for s in (79, 80, 90, 100)] == pytest.approx([1, 1, 0.5, 0], abs=1e-6)


def test_falling_from_the_start_is_a_line():
    rate = ConstantThenLinear(1.0, steps=4, decay_from=0.0)
    assert [float(rate(s)) for s in range(5)] == pytest.approx([1, 0.75, 0.5, 0.25, 0])


@given(st.integers(1, 10**6), st.floats(0, 0.99), st.integers(0, 10**6))
@hypothesis_settings(deadline=None, max_examples=50)
def test_the_rate_never_rises_and_stays_in_bounds(steps, decay_from, step):
    rate = ConstantThenLinear(1.0, steps, decay_from)
    assert 1.0 >= float(rate(step)) >= float(rate(step + 1)) >= 0.0


def test_a_schedule_comes_back_from_its_configuration():
    schedule = ConstantThenLinear(1e-3, 500, 0.25)
    saved = keras.optimizers.schedules.serialize(schedule)
    assert keras.optimizers.schedules.deserialize(saved).get_config() == schedule.get_config()


def test_cosine_is_constant_and_then_half_a_cosine():
    rate = build_schedule("cosine", 1.0, 100, 0.5)
    assert [float(rate(s)) for s in (0, 50, 75, 100, 120)] == pytest.approx([1, 1, 0.5, 0, 0], abs=1e-6)


def test_step_is_a_tenth_after_each_share():
    rate = build_schedule("step", 1.0, 100, 0.4)
    assert [float(rate(s)) for s in (0, 40, 41, 80, 81, 100)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_linear_is_the_one_of_the_paper():
    assert isinstance(build_schedule("linear", 1.0, 100, 0.5), ConstantThenLinear)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="Received: name='square'"):
        build_schedule("square", 1.0, 100, 0.5)


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(SCHEDULES),
    rate=st.floats(0, 1, exclude_min=True),
    steps=st.integers(1, 10**9),
    decay_from=st.one_of(st.just(0.0), st.floats(0.01, 1, exclude_max=True)),
    warm_up=st.integers(0, 10**6),
    share=st.floats(0, 1),
)
def test_a_rate_is_a_number_wherever_a_run_is(*, name, rate, steps, decay_from, warm_up, share):
    schedule = build_schedule(name, rate, steps, decay_from, warm_up)
    found = float(schedule(int(share * steps))) if callable(schedule) else schedule
    assert 0 <= found <= rate * (1 + 1e-6) + 1e-38


@pytest.mark.parametrize(("name", "decay_from"), [("linear", 0.5), ("step", 0.0)])
def test_a_rate_warms_up_to_its_value(name, decay_from):
    rate = build_schedule(name, 0.8, 100, decay_from, warm_up=4)
    assert [float(rate(s)) for s in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.8])
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(rate))
    assert float(again(1)) == pytest.approx(0.4)
