import numpy as np
import pytest

from export.reference import paint
from export.tflite import convert
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_generator
from tf_cyclegan.networks.litert_weights import load_painter
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.stylize.style import open_bundle
from tf_cyclegan.stylize.stylizer import Stylizer


@pytest.mark.parametrize("periods", [1, 3])
def test_weights_come_back_from_the_file_that_they_were_exported_to(periods, tmp_path):
    network = painter_generator(4, blocks=2, periods=periods)
    random = np.random.default_rng(0)
    network.set_weights([w + random.normal(0, 0.1, w.shape).astype(np.float32) for w in network.get_weights()])
    (tmp_path / "model.tflite").write_bytes(convert(network, 64, "float32"))
    found = load_painter(tmp_path / "model.tflite").get_weights()
    assert len(found) == len(network.get_weights())
    for ours, theirs in zip(found, network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["impressionism", "rococo"])
def test_a_style_that_ships_paints_the_same_in_keras(name):
    bundle = open_bundle(name)
    photo = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    mix = np.array(bundle.mix, np.float32) if bundle.mix else None
    ours = paint(load_painter(bundle.folder / "model.tflite"), photo, mix)
    assert np.abs(ours.astype(int) - Stylizer(bundle).run(photo)).max() <= 1


@pytest.mark.parametrize("content", [b"", b"no flatbuffer at all", b"\0" * 64])
def test_what_is_no_painter_is_refused_in_one_line(content, tmp_path):
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(UserError, match="not the file of a painter"):
        load_painter(tmp_path / "model.tflite")


def test_another_network_is_refused(tmp_path):
    (tmp_path / "model.tflite").write_bytes(convert(build_generator("resnet_6blocks", 4), 32, "float32"))
    with pytest.raises(UserError, match="not the file of a painter"):
        load_painter(tmp_path / "model.tflite")


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        load_painter(tmp_path / "model.tflite")
