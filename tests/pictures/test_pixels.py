import numpy as np
import pytest
from PIL import Image

from tf_cyclegan.pictures.pixels import central_square, resize_short_side


@pytest.mark.parametrize(("size", "scaled"), [((100, 60), (160, 96)), ((61, 100), (96, 157)), ((96, 96), (96, 96))])
def test_the_short_side_gets_its_size_and_the_aspect_stays(size, scaled):
    assert resize_short_side(Image.new("RGB", size), 96).size == scaled


@pytest.mark.parametrize("shape", [(5, 8, 3), (8, 5, 3), (6, 6), (7, 4)])
def test_the_central_square_is_in_the_middle(shape):
    pixels = np.arange(np.prod(shape)).reshape(shape)
    found = central_square(pixels)
    assert found.shape[0] == found.shape[1] == min(shape[:2])
    top, left = ((side - min(shape[:2])) // 2 for side in shape[:2])
    np.testing.assert_array_equal(found[0, 0], pixels[top, left])
    np.testing.assert_array_equal(found[-1, -1], pixels[top + len(found) - 1, left + len(found) - 1])
