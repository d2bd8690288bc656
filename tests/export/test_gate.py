import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.gate import MAX_SIZE, MIN_PSNR_INTEGER, MIN_SPEED, Verdict, compare, judge, measure, measure_speed
from export.reference import Pair
from tf_cyclegan.errors import UserError

PICTURES = [np.random.default_rng(i).integers(0, 256, (40, 50, 3), dtype=np.uint8) for i in range(3)]
SAME = [Pair(picture, picture) for picture in PICTURES]


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
    assert compare("x", "float32", lambda p: p, SAME) == Verdict("x", "float32", 3, 0, 1.0, 99.0, 1.0)


def test_rounding_by_one_level_passes():
    verdict = compare("x", "float32", off_by(1), SAME)
    assert (verdict.max_difference, verdict.within_one_level) == (1, 1.0)
    assert verdict.psnr == pytest.approx(20 * np.log10(255), abs=0.01)
    assert 0.99 < verdict.ssim < 1


def test_a_few_outliers_pass():
    verdict = compare("x", "float32", off_by(9, share=0.0005), SAME)
    assert verdict.max_difference == 9
    assert verdict.within_one_level == pytest.approx(0.9995)


@pytest.mark.parametrize(
    "run", [off_by(2), off_by(2, share=0.002), lambda p: 255 - p, np.zeros_like, lambda p: p[::-1]]
)
def test_another_function_is_refused(run):
    with pytest.raises(UserError, match=r"x is not what Keras computes: only .*% of the values .* nothing was written"):
        compare("x", "float32", run, SAME)


def test_float16_may_differ_by_more_levels_but_not_by_more_decibels():
    assert compare("x", "float16", off_by(2, share=0.3), SAME).psnr > 45
    with pytest.raises(UserError, match=r"x is not what Keras computes: PSNR 42\.1 dB, at least 45"):
        compare("x", "float16", off_by(2), SAME)


def test_one_wrong_picture_among_good_ones_is_seen():
    with pytest.raises(UserError):
        compare("x", "float32", lambda p: p if p is not PICTURES[1] else 255 - p, SAME)


def test_differences_in_both_directions_count():
    black, white = np.zeros((12, 12, 3), np.uint8), np.full((12, 12, 3), 255, np.uint8)
    assert measure("x", "int8", lambda _: black, [Pair(white, white)]).max_difference == 255
    assert measure("x", "int8", lambda _: white, [Pair(black, black)]).max_difference == 255


def test_a_verdict_is_plain_values():
    assert compare("x", "float32", lambda p: p, SAME).as_dict() == {
        "artefact": "x",
        "precision": "float32",
        "pictures": 3,
        "max_difference": 0,
        "within_one_level": 1.0,
        "psnr": 99.0,
        "ssim": 1.0,
        "bytes": 0,
        "speed": None,
        "size": None,
        "refused": "",
    }


@settings(deadline=None)
@given(psnr=st.floats(10, 60), size=st.floats(0.1, 1.5), speed=st.floats(0.1, 4))
def test_integers_are_good_and_a_gain_or_left_out(psnr, size, speed):
    judged = judge(Verdict("x", "int8", 16, psnr=psnr), round(size * 10**9), 10**9, speed)
    good, gain = psnr >= MIN_PSNR_INTEGER, speed >= MIN_SPEED or size <= MAX_SIZE
    assert bool(judged.refused) == (not (good and gain)) or abs(size - MAX_SIZE) < 1e-8
    assert ("dB" in judged.refused) == (not good)
    assert judged.speed == pytest.approx(speed, abs=1e-3)
    assert judged.size == pytest.approx(size, abs=1e-3)


def test_a_line_says_what_was_measured_and_why_something_was_left_out():
    verdict = judge(measure("m.tflite", "int8", off_by(20), SAME), 90, 100, 2.0)
    text = str(verdict)
    assert text.startswith(
        "m.tflite (int8): 0.0000% within one level on 3 pictures, largest difference 20, PSNR 22.1 dB"
    )
    assert text.endswith("(2.00 times as fast, 0.90 times the size) - left out: PSNR 22.1 dB, at least 35 are wanted")
    assert str(Verdict("x", "int8", refused="no such operation")) == "x (int8): - left out: no such operation"


def test_speed_is_the_ratio_of_paired_runs(monkeypatch):
    clock = iter(np.cumsum([0, *([5, 0, 50, 0] + [2, 0, 6, 0] * 7)]).tolist())
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert measure_speed(lambda p: p, lambda p: p, PICTURES[0]) == 3
