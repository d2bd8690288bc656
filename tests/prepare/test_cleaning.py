import dataclasses

import pytest

from tests.prepare.measure.test_measures import grained
from tf_cyclegan.prepare.cleaning import BLURRED, MONOCHROME, NOT_A_PAINTING, TOO_SMALL, Cleaning, fault, is_no_painting
from tf_cyclegan.prepare.measure.measures import measure

GOOD = measure(grained(0, (400, 300)))
DRAWING = dataclasses.replace(GOOD, tone=210, tone_share=0.5, colour=0.1, strokes=2000.0, sharpness=2000.0)


def fault_of(measures=GOOD, medium="oil on canvas", is_painting=True, short_side=300, size=288, **rules):
    return fault(medium, is_painting, short_side, measures, rules=Cleaning(**rules), size=size)


def changed(**values):
    return dataclasses.replace(GOOD, **values)


def test_a_good_picture_stays():
    assert fault_of() is None


def test_too_small_is_below_two_thirds_of_what_is_written_or_as_asked():
    assert fault_of(short_side=191) == TOO_SMALL
    assert fault_of(short_side=192) is None
    assert fault_of(short_side=299, min_side=300) == TOO_SMALL
    assert fault_of(short_side=20, min_side=0) is None


def test_small_pictures_stay_next_to_large_ones():
    """Since none is enlarged, a larger size leaves out no more than the usual one."""
    for size in (288, 576, 8192):
        assert fault_of(short_side=192, size=size) is None
        assert fault_of(short_side=191, size=size) == TOO_SMALL
    assert fault_of(short_side=40, size=60) is None
    assert fault_of(short_side=39, size=60) == TOO_SMALL


def test_grey_is_left_out_and_dark_painting_stays():
    assert fault_of(changed(colour=0.05)) == MONOCHROME
    assert fault_of(changed(colour=0.1)) is None
    assert fault_of(changed(colour=0.05), monochrome=False) is None


def test_blur_is_left_out_and_what_cannot_be_judged_stays():
    assert fault_of(changed(sharpness=5.9)) == BLURRED
    assert fault_of(changed(sharpness=6.1)) is None
    assert fault_of(changed(sharpness=None)) is None
    assert fault_of(changed(sharpness=0.1), min_sharpness=0) is None
    assert fault_of(changed(sharpness=50.0), min_sharpness=60) == BLURRED


def test_a_drawing_is_known_by_its_looks():
    assert fault_of(DRAWING) == NOT_A_PAINTING
    assert fault_of(DRAWING, drawings=False) is None
    assert fault_of(DRAWING, is_painting=False) is None
    for value in ({"tone": 120}, {"tone_share": 0.2}, {"colour": 0.3}, {"strokes": 500.0}):
        assert fault_of(dataclasses.replace(DRAWING, **value)) is None


@pytest.mark.parametrize(
    "medium",
    [
        *("Black chalk on paper, 30 x 20 cm", "pen and brown ink", "etching, 1640", "Woodcut", "charcoal on paper"),
        *("marble, height 180 cm", "Bronze", "gilded silver", "Photo", "tapestry, wool and silk"),
    ],
)
def test_drawings_prints_and_objects_are_known_by_their_medium(medium):
    assert is_no_painting(medium)
    assert fault_of(medium=medium) == NOT_A_PAINTING


@pytest.mark.parametrize(
    "medium",
    [
        *("", "oil on canvas, 65 x 92 cm", "Oil on marble", "tempera on panel, gilded", "fresco", "1886"),
        *("pastel on paper", "oil over black chalk on canvas", "watercolour and black ink on paper"),
        *("17th century, musée du louvre, paris", "bronzino workshop"),
    ],
)
def test_paintings_are_no_drawings(medium):
    assert not is_no_painting(medium)


def test_small_is_asked_before_all_else():
    assert fault_of(changed(colour=0, sharpness=0.0), medium="etching", short_side=10) == TOO_SMALL
