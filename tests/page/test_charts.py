import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.page.charts import Line, Spot, _ticks, draw_curves, draw_map, draw_scale


def parse(svg):
    ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def shape(value):
    return f"{value:g}"


def points(svg, style):
    (found,) = re.findall(rf'<polyline class="{style}" points="([^"]+)"', svg)
    return np.array([pair.split(",") for pair in found.split()], float)


def test_a_curve_goes_through_its_points():
    svg = draw_curves([Line("a", [0, 100, 200], [0.0, 1.0, 0.5], marked=True)], shape)
    x, y = points(svg, "a").T
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)
    assert (y[2] - y[0]) == pytest.approx((y[1] - y[0]) / 2, abs=0.2)
    assert y[1] < y[2] < y[0]
    assert svg.count("<circle") == 3
    parse(svg)


def test_what_is_above_the_top_is_cut_off_there():
    svg = draw_curves([Line("a", [0, 1, 2], [100.0, 1.0, 1.0])], shape, top=1.0)
    y = points(svg, "a")[:, 1]
    assert y[0] == y[1] == y.min()


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_round_and_enclose_the_values(low, width):
    ticks = _ticks(low, low + width)
    assert 2 <= len(ticks) <= 6
    assert ticks[0] <= low + 1e-6 * width
    assert ticks[-1] >= low + width - 1e-6 * width


def test_a_single_value_has_an_axis_too():
    parse(draw_curves([Line("a", [5], [0.0], marked=True)], shape))


def test_numbers_on_a_scale_have_their_deviation_to_both_sides():
    svg = draw_scale([Spot("one & <two>", "a", 0.2, 0.1), Spot("three", "b", 0.0, 0.0)], shape)
    x = points(svg, "a")[:, 0]
    (middle,) = re.findall(r'<circle class="a" cx="([\d.]+)"', svg)
    assert float(middle) == pytest.approx(x.mean(), abs=0.1)
    assert "one &amp; &lt;two&gt;" in svg
    parse(svg)


def test_a_map_shows_every_point_with_a_shape_of_its_set_and_within_the_frame():
    random = np.random.default_rng(0)
    svg = draw_map([("a", random.normal(size=(5, 2))), ("b", random.normal(size=(7, 2))), ("c", np.full((2, 2), 9.0))])
    assert [svg.count(f'<{tag} class="{s}"') for tag, s in (("circle", "a"), ("rect", "b"), ("path", "c"))] == [5, 7, 2]
    places = [float(v) for v in re.findall(r'c[xy]="([-\d.]+)"', svg)]
    assert min(places) >= 0
    assert max(places) <= 360
    parse(svg)
    parse(draw_map([("a", np.zeros((1, 2)))]))
