import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.stylize.style import open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer
from tf_cyclegan.stylize.tiled import TiledPainter, choose_sample
from tf_cyclegan.stylize.tiles import plan_tiles

SIDE = 256
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shipped():
    return open_bundle("impressionism")


@pytest.fixture(scope="module")
def painted():
    """A photograph in one piece, and a painter of it."""
    bundle = open_bundle("impressionism")
    photo = open_picture(ROOT / "streamlit_app" / "examples" / "fig.jpg")
    # Dark to the left and smooth below: tiles that are painted alone differ.
    pixels = np.asarray(photo.resize((600, 400), Image.Resampling.LANCZOS)).astype(np.float32)
    pixels *= np.linspace(0.2, 1.0, 600, dtype=np.float32)[None, :, None]
    pixels = pixels.astype(np.uint8)
    return pixels, Stylizer(bundle, threads=1).run(pixels)


def painter(bundle, side=SIDE, **settings):
    tiling = bundle.about["tiling"]
    path = bundle.folder / tiling["file"]
    return TiledPainter(path, side, tiling["overlap"], bundle.multiple, threads=1, **settings)


def steps_across(pixels, lines):
    """Mean of the largest steps of the three channels across vertical lines."""
    levels = pixels.astype(np.float32)
    return np.mean([np.abs(levels[:, x] - levels[:, x - 1]).max(-1) for x in lines])


def test_with_the_pictures_own_statistics_tiles_give_what_one_piece_gives(shipped, painted):
    """The sample is the whole picture here, so what differs would be overlap or geometry."""
    pixels, whole = painted
    tiles = painter(shipped).run(pixels)
    difference = np.abs(tiles.astype(int) - whole)
    assert difference.max() <= 1
    assert difference.mean() < 0.02


def test_less_overlap_than_the_network_sees_is_noticed(shipped, painted):
    pixels, whole = painted
    tiling = shipped.about["tiling"]
    narrow = TiledPainter(shipped.folder / tiling["file"], 128, 8, shipped.multiple, threads=1).run(pixels)
    assert np.abs(narrow.astype(int) - whole).max() > 1


@pytest.fixture(scope="module")
def estimated(shipped, painted):
    """The photograph in tiles, its statistics estimated from a small sample, after 0 and 2 looks at the whole."""
    pixels, _ = painted
    return {passes: painter(shipped, passes=passes, sample=128 * 128).run(pixels) for passes in (0, 2)}


def test_looking_at_the_whole_picture_corrects_the_sample(painted, estimated):
    _, whole = painted
    errors = {passes: np.abs(tiles.astype(int) - whole).mean() for passes, tiles in estimated.items()}
    assert errors[2] < 0.5 * errors[0]
    assert errors[2] < 1


def test_no_seam_shows(shipped, painted, estimated):
    pixels, whole = painted
    overlap = shipped.about["tiling"]["overlap"]
    lines = sorted({tile.kept[2] for tile in plan_tiles(*pixels.shape[:2], SIDE, overlap)} - {0})
    assert len(lines) > 3
    assert steps_across(estimated[2], lines) <= steps_across(whole, lines) + 1
    alone = np.concatenate([Stylizer(shipped).run(part) for part in np.split(pixels, [200, 400], axis=1)], 1)
    assert steps_across(alone, [200, 400]) > steps_across(whole, [200, 400]) + 1, "such a seam would be noticed"


def test_the_moments_of_tiles_add_up_to_those_of_the_picture(shipped, painted):
    pixels, _ = painted
    tiles = painter(shipped)
    statistics, own = tiles._sample(pixels, None, None)
    mean, variance = tiles._measure(pixels, statistics, None)
    deviation = np.sqrt(own[1] + 1e-8)
    np.testing.assert_allclose((mean - own[0]) / deviation, 0, atol=2e-3)
    np.testing.assert_allclose(variance / own[1], 1, atol=5e-3)


@pytest.mark.parametrize("size", [(17, 1500), (1500, 17), (16, 16)])
def test_long_and_small_pictures(shipped, size):
    bundle = shipped
    stylizer = Stylizer(bundle, threads=1)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    whole = stylizer.run(pixels)
    stylizer._whole_pixels = 0
    stylizer._tiled._side, stylizer._tiled._most = 2 * bundle.about["tiling"]["overlap"] + 64, 4096
    tiles = stylizer.run(pixels)
    assert tiles.shape == whole.shape
    assert np.abs(tiles.astype(int) - whole).mean() < 2


@settings(deadline=None)
@given(height=st.integers(1, 200), width=st.integers(1, 200), most=st.integers(1024, 9000))
def test_a_sample_is_made_of_the_picture_and_not_too_large(height, width, most):
    pixels = np.arange(height * width * 3, dtype=np.int32).reshape(height, width, 3)
    sample = choose_sample(pixels, 32, most)
    assert sample.shape[0] * sample.shape[1] <= max(most, 0)
    assert np.isin(sample, pixels).all()
    if height * width <= most:
        assert sample is pixels


def test_another_model_is_reported(shipped):
    with pytest.raises(UserError, match=r"model_256\.tflite: lacks the signatures that tiles need"):
        TiledPainter(shipped.folder / "model_256.tflite", 256, 88, 4)


PEAK = """
import pathlib, sys
from tf_cyclegan.cli.main import main
assert main(sys.argv[1:]) == 0
fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print("peak", int(fields["VmHWM"].split()[0]) / 1024)
"""


def peak_megabytes(photo, style):
    words = ["stylize", photo, "--style", style, "--out", photo.with_name("out.jpg"), "--full-size"]
    command = [sys.executable, "-c", PEAK, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout.split()[-1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from Linux' /proc")
def test_a_large_picture_is_painted_in_bounded_memory(shipped, tmp_path):
    make_picture(0, 1500, 1000).save(tmp_path / "photo.jpg")
    assert peak_megabytes(tmp_path / "photo.jpg", shipped.folder) < 600
    # In one piece it would have taken more.
    plain = shutil.copytree(shipped.folder, tmp_path / "plain")
    about = {key: value for key, value in shipped.about.items() if key != "tiling"}
    (plain / "style.json").write_text(json.dumps(about))
    assert peak_megabytes(tmp_path / "photo.jpg", plain) > 600


def test_a_tile_that_litert_cannot_run_is_one_line(shipped, painted, monkeypatch):
    from ai_edge_litert.interpreter import SignatureRunner

    def fail(*_, **__):
        raise RuntimeError("Failed to allocate tensors")

    monkeypatch.setattr(SignatureRunner, "__call__", fail)
    with pytest.raises(UserError, match=r"model\.tflite: LiteRT cannot run it \(Failed to allocate tensors\)"):
        painter(shipped).run(painted[0])
