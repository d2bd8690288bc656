import numpy as np
import pytest

from export.gate import Verdict, compare
from tf_cyclegan.errors import UserError

PICTURES = [np.random.default_rng(i).integers(0, 256, (40, 50, 3), dtype=np.uint8) for i in range(3)]


def same(floats, training):
    """A generator that leaves pictures as they are."""
    assert training is False
    return floats


def off_by(levels, share=1.0):
    """An artefact whose values are wrong by some levels, in a share of the picture."""

    def run(picture):
        wrong = picture.astype(int)
        count = round(share * wrong.size)
        flat = wrong.reshape(-1)
        flat[:count] += np.where(flat[:count] > 127, -levels, levels)
        return wrong.astype(np.uint8)

    return run


def test_an_equal_artefact_passes_without_any_difference():
    assert compare("x", lambda p: p, same, PICTURES) == Verdict("x", 3, 0, 1.0, 99.0)


def test_rounding_by_one_level_passes():
    verdict = compare("x", off_by(1), same, PICTURES)
    assert (verdict.max_difference, verdict.within_one_level) == (1, 1.0)
    assert verdict.psnr == pytest.approx(20 * np.log10(255), abs=0.01)


def test_a_few_outliers_pass():
    verdict = compare("x", off_by(9, share=0.0005), same, PICTURES)
    assert verdict.max_difference == 9
    assert verdict.within_one_level == pytest.approx(0.9995)


@pytest.mark.parametrize(
    "run", [off_by(2), off_by(2, share=0.002), lambda p: 255 - p, np.zeros_like, lambda p: p[::-1]]
)
def test_another_function_is_refused(run):
    with pytest.raises(
        UserError, match=r"x is not what Keras computes: only .*% of the values .* nothing was exported"
    ):
        compare("x", run, same, PICTURES)


def test_one_wrong_picture_among_good_ones_is_seen():
    with pytest.raises(UserError):
        compare("x", lambda p: p if p is not PICTURES[1] else 255 - p, same, PICTURES)


def test_values_outside_the_range_are_clipped_as_the_artefact_clips_them():
    white = [np.full((8, 8, 3), 255, np.uint8)]
    assert compare("x", lambda p: p, lambda x, training: 3 * x, white).max_difference == 0


def test_a_network_of_nan_is_refused():
    with pytest.raises(UserError, match="not what Keras computes"):
        compare("x", lambda p: p, lambda x, training: x * np.nan, PICTURES)


def test_a_verdict_is_plain_values():
    assert compare("x", lambda p: p, same, PICTURES).as_dict() == {
        "artefact": "x",
        "pictures": 3,
        "max_difference": 0,
        "within_one_level": 1.0,
        "psnr": 99.0,
    }
