import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import faces
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.prepare.measure.scene import genre_of_picture, landscape_score

EXAMPLES = Path(__file__).parents[3] / "streamlit_app" / "examples"


def meadow_under_the_sky(width=300, height=200):
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = np.linspace((120, 170, 235), (200, 220, 245), height // 2)[:, None]
    pixels[height // 2 :] = np.random.default_rng(0).integers((60, 100, 30), (110, 150, 70), (height // 2, width, 3))
    return Image.fromarray(pixels)


@pytest.mark.parametrize("painted", [False, True])
def test_a_face_makes_a_portrait(painted):
    assert genre_of_picture(open_picture(EXAMPLES / "astronaut.jpg"), painted=painted) == "portrait"


@pytest.mark.parametrize("name", ["cat.jpg", "fig.jpg"])
def test_a_cat_and_a_fruit_are_neither_portrait_nor_landscape(name):
    assert genre_of_picture(open_picture(EXAMPLES / name), painted=False) == "other"


def test_a_meadow_under_the_sky_is_a_landscape():
    assert genre_of_picture(meadow_under_the_sky(), painted=False) == "landscape"


def test_the_sky_belongs_above_and_the_picture_is_wide():
    upright = landscape_score(meadow_under_the_sky())
    assert landscape_score(meadow_under_the_sky().rotate(180)) < upright
    assert landscape_score(meadow_under_the_sky(200, 300)) < upright


@pytest.mark.parametrize("size", [(16, 16), (16, 900), (900, 16)])
def test_any_size_has_a_genre(size):
    assert genre_of_picture(Image.new("RGB", size, "green"), painted=True) in ("portrait", "landscape", "other")


def test_without_scikit_image_one_line_says_what_to_install(monkeypatch):
    faces._detector.cache_clear()
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    try:
        assert not faces.can_find_faces()
        with pytest.raises(UserError, match="pip install scikit-image"):
            faces.has_face(Image.new("RGB", (64, 64)), painted=False)
    finally:
        faces._detector.cache_clear()
