import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from tests.conftest import make_picture
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.prepare.measure.measures import measure


def grained(seed=0, size=(400, 300), amount=25):
    pixels = np.asarray(make_picture(seed, *size)).astype(float)
    pixels += np.random.default_rng(seed).normal(0, amount, (size[1], size[0], 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def test_sharpness_is_the_variance_of_the_laplacian():
    pixels = np.random.default_rng(0).integers(0, 256, (256, 300), dtype=np.uint8)
    luma = pixels.astype(int)
    middle = luma[1:-1, 1:-1]
    expected = (4 * middle - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]).var()
    found = measure(Image.fromarray(pixels).convert("RGB"))
    assert found.sharpness == found.strokes == pytest.approx(expected, abs=0.1)


def test_a_blurred_picture_is_less_sharp_whatever_its_size():
    sharp = measure(grained())
    blurred = measure(grained().filter(ImageFilter.GaussianBlur(3)))
    large = grained().filter(ImageFilter.GaussianBlur(3)).resize((1600, 1200), Image.Resampling.BICUBIC)
    assert sharp.sharpness > 100
    assert blurred.sharpness < 6
    assert measure(large).sharpness == pytest.approx(blurred.sharpness, abs=2)


def test_the_sharpness_of_a_small_picture_cannot_be_judged():
    assert measure(make_picture(0, 255, 300)).sharpness is None
    assert measure(make_picture(0, 256, 300)).sharpness is not None


def test_grey_and_sepia_have_no_colour_beside_their_luma():
    grey = ImageOps.grayscale(grained())
    sepia = ImageOps.colorize(grey, black=(20, 10, 0), white=(255, 240, 200))
    assert measure(grey.convert("RGB")).colour < 0.01
    assert measure(sepia).colour < 0.03
    assert measure(grained()).colour > 0.2


def test_colour_is_what_a_fit_over_all_pixels_leaves_over():
    picture = grained(3, (300, 256))
    pixels = np.asarray(picture).astype(int)
    luma = (pixels @ np.array([299, 587, 114]) // 1000).ravel()
    basis = np.stack([np.ones(luma.size), luma / 255, (luma / 255) ** 2], axis=1)
    left = 0.0
    for chroma in (pixels[..., 0] - pixels[..., 1], (pixels[..., 0] + pixels[..., 1]) / 2 - pixels[..., 2]):
        fit = np.linalg.lstsq(basis, chroma.ravel().astype(float), rcond=None)[0]
        left += np.mean((chroma.ravel() - basis @ fit) ** 2)
    assert measure(picture).colour == pytest.approx(np.sqrt(left) / luma.std(), abs=2e-4)


def test_paper_is_one_large_tone():
    paper = Image.new("RGB", (300, 300), (235, 228, 215))
    paper.paste(grained(1, (100, 100)), (20, 20))
    found = measure(paper)
    assert abs(found.tone - 228) <= 13
    assert found.tone_share > 0.8


def test_the_hash_is_of_differences_across_and_down():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    assert measure(Image.fromarray(ramp).convert("RGB")).dhash == "ff" * 8 + "00" * 8
    assert measure(Image.fromarray(ramp.T.copy()).convert("RGB")).dhash == "00" * 8 + "ff" * 8


def test_a_flat_picture_can_be_measured():
    found = measure(Image.new("RGB", (300, 300), "red"))
    assert (found.sharpness, found.dhash) == (0, "00" * 16)
    assert found.colour == pytest.approx(0, abs=1e-3)


def test_measures_do_not_change(test_data):
    """Measured numbers that limits rest on; another Pillow may move them a little."""
    found = measure(open_picture(test_data / "data/historic-art/complete/artwork/1678.jpg"))
    assert found.colour == pytest.approx(0.0436, abs=0.002)
    assert found.sharpness == pytest.approx(727, rel=0.03)
