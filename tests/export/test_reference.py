import numpy as np
import pytest

from export.reference import Reference, crops, load_pictures
from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError


def test_pictures_are_spread_over_the_folder(tmp_path):
    folder = make_pictures(tmp_path / "a", 9)
    (first, last) = load_pictures(folder, 1, 2, "--pictures")
    assert np.abs(np.asarray(first, int) - np.asarray(make_picture(0))).mean() < 3
    assert np.abs(np.asarray(last, int) - np.asarray(make_picture(8))).mean() < 3


def test_damaged_pictures_are_replaced_by_others(tmp_path):
    folder = make_pictures(tmp_path / "a", 9)
    for name in ("000.jpg", "008.jpg"):
        make_truncated_jpeg(folder / name)
    assert len(load_pictures(folder, 7, 7, "--pictures")) == 7


@pytest.mark.parametrize("good", [0, 1, 3])
def test_too_few_are_reported_with_both_numbers_and_the_option(tmp_path, good):
    folder = make_pictures(tmp_path / "a", 4)
    for path in sorted(folder.iterdir())[good:]:
        make_truncated_jpeg(path)
    match = f"a: {good} of its 4 pictures can be read, at least 4 are needed; name a folder with more with --what"
    with pytest.raises(UserError, match=match):
        load_pictures(folder, 4, 4, "--what")


@pytest.mark.parametrize(("size", "shape"), [(24, (24, 24, 3)), (None, (48, 64, 3)), (100, (100, 100, 3))])
def test_crops_have_the_size_of_the_model_or_their_own(size, shape):
    (crop,) = crops([make_picture(0, 67, 50)], 4, size)
    assert crop.shape == shape


class Network:
    """A generator that computes what a function does."""

    def __init__(self, compute):
        self.compute, self.inputs, self.shapes = compute, [], []

    def __call__(self, floats, training):
        assert training is False
        self.shapes.append(floats.shape)
        return self.compute(floats)


def test_results_are_rounded_and_cut_off_as_the_artefacts_do():
    generator = Network(lambda floats: floats * 3 + 0.3 / 127.5)
    ((picture, painted, mix),) = Reference(generator, [make_picture()], 4).at(32)
    assert mix is None
    expected = np.clip((picture.astype(float) - 127.5) * 3 + 127.5 + 0.3, 0, 255)
    assert painted.dtype == np.uint8
    assert np.abs(painted - expected).max() <= 0.5 + 1e-3
    assert painted.min() == 0
    assert painted.max() == 255


def test_the_generator_runs_once_for_every_size():
    generator = Network(lambda floats: floats)
    reference = Reference(generator, [make_picture()] * 3, 4)
    for size in (16, 32, 16, 32):
        reference.at(size)
    assert generator.shapes == [(1, 16, 16, 3)] * 3 + [(1, 32, 32, 3)] * 3


def test_a_network_of_nan_is_refused():
    with pytest.raises(UserError, match="not finite; nothing was written"):
        Reference(Network(lambda floats: floats * np.nan), [make_picture()], 4).at(16)
