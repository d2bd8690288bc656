from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from tf_cyclegan.pictures.edges import new_edges
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.pixels import normalize, to_uint8
from tf_cyclegan.score import damage
from tf_cyclegan.score.damage import Damage, find_damage, summarize

ASTRONAUT = Path(__file__).parents[2] / "streamlit_app" / "examples" / "astronaut.jpg"


@pytest.fixture(scope="module")
def portrait():
    picture = open_picture(ASTRONAUT)
    picture.thumbnail((256, 256))
    return np.asarray(picture)


def even(level, height=40, width=48):
    return np.full((height, width, 3), level, np.uint8)


def new_edges_by_loops(result, picture):
    """As the docstring has it, place by place."""

    def coarse(pixels, row, column):
        return pixels[4 * row : 4 * row + 8, 4 * column : 4 * column + 8].reshape(-1, 3).mean(axis=0)

    rows, columns = ((side - 8) // 4 + 1 for side in picture.shape[:2])
    shares = []
    for down, right in ((1, 0), (0, 1)):
        counts = []
        for row in range(rows - down):
            for column in range(columns - right):
                steps = [
                    np.abs(coarse(p, row + down, column + right) - coarse(p, row, column)) for p in (result, picture)
                ]
                counts.append(np.any(steps[0] - 1.5 * steps[1] > 8))
        shares.append(np.mean(counts))
    return np.mean(shares)


@given(st.integers(0, 2**32 - 1), st.integers(12, 40), st.integers(12, 40))
def test_new_edges_are_as_defined(seed, height, width):
    random = np.random.default_rng(seed)
    pair = ndimage.gaussian_filter(random.uniform(0, 255, (2, height, width, 3)), (0, 3, 3, 0))
    result, picture = (np.clip((p - 127.5) * 4 + 127.5, 0, 255).astype(np.uint8) for p in pair)
    assert new_edges(result, picture) == pytest.approx(new_edges_by_loops(result, picture))


def test_a_patch_is_new_and_texture_is_not():
    patch, texture = even(120), even(120)
    patch[12:28, 12:28] += 60
    texture[::2] += 60
    assert new_edges(patch, even(120)) > 0.1
    assert new_edges(patch, patch) == 0
    assert new_edges(even(120), patch) == 0
    assert new_edges(texture, even(120)) == 0
    # One colour is enough.
    patch[..., 1:] = 120
    assert new_edges(patch, even(120)) > 0.1


def test_other_light_and_other_contrast_are_no_new_edges(portrait):
    weak = portrait // 2 + 60
    assert new_edges(weak, portrait) == 0
    stronger = np.rint((weak.astype(float) - 128) * 1.4 + 150).astype(np.uint8)
    assert stronger.max() < 255  # Where pixels are cut off, edges are lost or made.
    assert new_edges(stronger, weak) == 0


def test_a_blot_is_found(portrait):
    blot = portrait.copy()
    blot[100:140, 60:100] = 250
    assert new_edges(blot, portrait) > 0


def test_a_face_is_found_again_or_not(portrait):
    assert find_damage(portrait, to_uint8(normalize(portrait) * 0.8)).face == 1
    assert find_damage(portrait, ndimage.gaussian_filter(portrait, (25, 25, 0))).face == 0
    assert find_damage(even(90), portrait[:40, :48]).face is None


def test_without_scikit_image_faces_are_not_looked_for(portrait, monkeypatch):
    monkeypatch.setattr(damage, "can_find_faces", lambda: False)
    found = find_damage(portrait, portrait)
    assert found == Damage(0.0, None)


def test_means_are_of_the_pictures_with_a_face():
    found = summarize([Damage(0.1, 1.0), Damage(0.2, None), Damage(0.3, 0.0), Damage(0.2, 1.0)])
    assert found == {"new_edges": pytest.approx(0.2), "faces": pytest.approx(2 / 3), "pictures": 3}
    assert summarize([Damage(0.1, None)]) == {"new_edges": 0.1, "faces": None, "pictures": 0}
