import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, negative
from tf_cyclegan.settings.choices import BRUSH, BRUSHES
from tf_cyclegan.settings.limits import MIN_SIDE
from tf_cyclegan.stylize.brush import paint_with, painted_sizes

sides = st.integers(MIN_SIDE, 12_000)


@given(width=sides, height=sides, brush=st.sampled_from(BRUSHES))
def test_sizes_grow_to_the_pictures_own_and_keep_its_shape(width, height, brush):
    sizes = painted_sizes((width, height), brush)
    assert sizes == painted_sizes((width, height), brush)
    assert sizes[-1] == (width, height)
    assert len(set(sizes)) == len(sizes)
    for small, large in itertools.pairwise(sizes):
        assert max(small[0] / large[0], small[1] / large[1]) <= 1
        assert max(large) <= 2 * max(small) + 2, "steps that are too long would give dots instead of strokes"
    for w, h in sizes:
        assert min(w, h) >= MIN_SIDE
        scale = min(w, h) / min(width, height)
        assert max(abs(w - width * scale), abs(h - height * scale)) <= 1


@given(width=sides, height=sides)
def test_a_finer_brush_paints_in_no_smaller_picture(width, height):
    fine, medium, broad = (painted_sizes((width, height), brush)[0] for brush in BRUSHES)
    assert fine == (width, height)
    assert fine[0] >= medium[0] >= broad[0]
    assert fine[1] >= medium[1] >= broad[1]


@given(short=st.integers(512, 3000), shape=st.floats(1, 3), times=st.integers(2, 6), brush=st.sampled_from(BRUSHES[1:]))
def test_strokes_have_one_size_in_relation_to_the_picture(short, shape, times, brush):
    """A print of six times the pixels hangs on the wall with the same strokes."""
    size = (round(short * shape), short)
    small, large = (painted_sizes((size[0] * k, size[1] * k), brush) for k in (1, times))
    assert small[:-1] == large[: len(small) - 1]


@pytest.mark.parametrize("brush", BRUSHES)
def test_a_small_picture_is_painted_once_as_it_is(brush):
    seen = []
    picture = make_picture(1, 256, 200)
    painted = paint_with(brush, lambda p: seen.append(p.size) or negative(p), picture)
    assert seen == [(256, 200)]
    np.testing.assert_array_equal(painted, negative(picture))


@settings(deadline=None, max_examples=15)
@given(width=st.integers(16, 900), height=st.integers(16, 900), brush=st.sampled_from(BRUSHES))
def test_the_result_is_as_large_as_the_picture(width, height, brush):
    assert paint_with(brush, negative, Image.new("RGB", (width, height))).size == (width, height)


def test_no_detail_of_the_photograph_comes_back():
    """Two photographs that are the same at the size of the brush give the same painting."""
    small = make_picture(2, 384, 384)
    photo = small.resize((1536, 1536), Image.Resampling.NEAREST)
    # Detail that averages out in every four by four pixels.
    checks = np.indices((1536, 1536)).sum(0)[..., None] % 2 * 40 - 20
    other = Image.fromarray(np.clip(np.asarray(photo, int) // 2 + 60 + checks, 0, 255).astype(np.uint8))
    photo = Image.fromarray(np.asarray(photo) // 2 + 60)
    first, second = (np.asarray(paint_with(BRUSH, negative, p), int) for p in (photo, other))
    assert np.abs(np.asarray(photo, int) - np.asarray(other, int)).mean() > 19
    assert np.abs(first - second).max() <= 4


def test_a_painting_that_is_painted_over_keeps_its_light_and_colour():
    """A network that makes all darker and redder does so once, not once for each step."""

    def redden(picture):
        return Image.fromarray((np.asarray(picture) * [0.9, 0.6, 0.6]).astype(np.uint8))

    photo = make_picture(3, 1600, 1600)
    painted = np.asarray(paint_with("broad", redden, photo), float).mean((0, 1))
    once = np.asarray(redden(photo), float).mean((0, 1))
    np.testing.assert_allclose(painted, once, atol=2)


def test_what_the_network_adds_at_the_full_size_is_kept():
    """The finest detail is the network's, also where the enlarged painting has none."""

    def checks(size):
        return np.indices(size[::-1]).sum(0)[..., None] % 2 * 2 - 1

    def grain(picture):
        return Image.fromarray(np.clip(np.asarray(picture, int) + 10 * checks(picture.size), 0, 255).astype(np.uint8))

    painted = np.asarray(paint_with("broad", grain, Image.new("RGB", (700, 600), "grey")), float)
    assert 9 < (painted * checks((700, 600))).mean() < 11
