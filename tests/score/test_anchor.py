import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.score.anchor import Anchor
from tf_cyclegan.score.feature_sets import FeatureCache, central_crop


@pytest.fixture
def photographs(tmp_path):
    """Four photographs, the last one upright."""
    folder = make_pictures(tmp_path / "testA", 3)
    make_picture(3, 300, 400).save(folder / "003.png")
    return sorted(folder.iterdir())


@pytest.fixture
def paint(photographs, tmp_path):
    """Paints the photographs with negative colours, as another program does: PNG, sides in multiples of 8."""
    folder = tmp_path / "magenta"
    folder.mkdir()
    for path in photographs:
        with Image.open(path) as picture:
            size = tuple(side // 8 * 8 for side in picture.size)
            Image.fromarray(255 - np.asarray(picture.resize(size))).save(folder / f"{path.stem}.png")
    return folder


def test_each_painting_is_cut_like_its_photograph(photographs, paint):
    anchor = Anchor(paint, photographs, photographs[0].parent)
    assert anchor.label == "magenta"
    for i, path in enumerate(photographs):
        crop = central_crop(path)
        painted = anchor(i, crop)
        assert painted.shape == crop.shape == (256, 256, 3)
        assert np.abs(255.0 - painted - crop).mean() < 3, path.name


def test_those_of_photographs_that_are_not_scored_may_be_there(photographs, paint):
    anchor = Anchor(paint, photographs[1:3], photographs[0].parent)
    assert [path.name for path in anchor.paintings] == ["001.png", "002.png"]


def test_numbers_are_those_of_the_paintings(photographs, paint, tmp_path, extractor):
    cache = FeatureCache(extractor, [tmp_path / "cache"])
    found = Anchor(paint, photographs, photographs[0].parent).translate(cache)
    own = cache.features(photographs)["colour"].kept
    np.testing.assert_allclose(found.features["colour"].kept, 255 - own, atol=3)
    assert len(found.bands) == len(found.damage) == 4
    assert all(bands.shapes_kept < -0.9 for bands in found.bands), "they are negatives"
    # Other paintings under the same names are other features.
    for path in paint.iterdir():
        Image.open(path).point(lambda level: level // 2).save(path)
    cache = FeatureCache(extractor, [tmp_path / "cache"])
    again = Anchor(paint, photographs, photographs[0].parent).translate(cache)
    assert np.abs(again.features["colour"].kept - found.features["colour"].kept).min() > 0


def test_a_painting_that_is_missing_is_named(photographs, paint):
    for name in ("001.png", "002.png"):
        (paint / name).unlink()
    with pytest.raises(UserError, match=r"magenta: there is no painting of .*001\.jpg \(2 of 4 are missing\)"):
        Anchor(paint, photographs, photographs[0].parent)


def test_a_painting_of_no_photograph_is_named(photographs, paint):
    for name in ("style.png", "zzz.png"):
        make_picture().save(paint / name)
    with pytest.raises(UserError, match=r"style\.png: there is no photograph of this name in .*testA; take it out"):
        Anchor(paint, photographs, photographs[0].parent)


def test_two_paintings_of_one_photograph_are_named(photographs, paint):
    make_picture().save(paint / "001.jpg")
    with pytest.raises(UserError, match=r"001\.jpg and 001\.png have one name up to the ending; keep only"):
        Anchor(paint, photographs, photographs[0].parent)


@pytest.mark.parametrize("size", [(256, 256), (300, 300), (400, 300)])
def test_a_painting_of_a_part_or_squeezed_is_refused(photographs, paint, size):
    """The finest detail can be compared only where it is at the same place."""
    make_picture(3, *size).save(paint / "003.png")
    with pytest.raises(
        UserError, match=rf"003\.png: {size[0]}×{size[1]} pixels, but the photograph has 300×400; paint"
    ):
        Anchor(paint, photographs, photographs[0].parent)


def test_a_damaged_painting_or_no_folder_is_reported(photographs, paint):
    (paint / "002.png").unlink()
    make_truncated_jpeg(paint / "002.jpg")
    with pytest.raises(UserError, match=r"002\.jpg: damaged picture"):
        Anchor(paint, photographs, photographs[0].parent)
    with pytest.raises(UserError, match="none: no such folder"):
        Anchor(paint / "none", photographs, photographs[0].parent)
