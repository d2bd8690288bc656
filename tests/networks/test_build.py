import json
import zipfile
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import GENERATORS, build_discriminator, build_generator
from tf_cyclegan.networks.files import as_float32, load_network, save_model
from tf_cyclegan.networks.generators import size_multiple
from tf_cyclegan.networks.published.reading import build_from_state_dict
from tf_cyclegan.networks.published.state_dict import load_state_dict

REFERENCE = Path(__file__).parents[1] / "reference" / "networks"
PUBLISHED = sorted(file.stem for file in REFERENCE.glob("*.npz"))


def pictures(size=32, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (1, size, size, 3)).astype(np.float32)


@pytest.mark.parametrize("name", [*PUBLISHED, "resnet_9blocks_legacy"])
def test_networks_compute_what_the_published_ones_compute(name):
    """The stored outputs come from the authors' PyTorch program, NCHW."""
    numbers = np.load(REFERENCE / f"{name.removesuffix('_legacy')}.npz")
    model = build_from_state_dict(load_state_dict(REFERENCE / f"{name}.pth"))
    y = np.asarray(model(numbers["x"].transpose(0, 2, 3, 1), training=False)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(y, numbers["y"], atol=1e-4, rtol=0)


def conv(kernel, inputs, outputs):
    return kernel * kernel * inputs * outputs + outputs


def resnet_parameters(blocks):
    """Layout of the paper's appendix: c7s1-64, d128, d256, R256 × blocks, u128, u64, c7s1-3, all with biases."""
    ends = conv(7, 3, 64) + conv(7, 64, 3)
    halvings = conv(3, 64, 128) + conv(3, 128, 256)
    doublings = conv(3, 256, 128) + conv(3, 128, 64)
    return ends + halvings + 2 * blocks * conv(3, 256, 256) + doublings


def unet_256_parameters():
    """C64-C128-C256-C512 × 5 down, then up with the skips beside: every input but the innermost is doubled."""
    widths = [3, 64, 128, 256, *[512] * 5]
    down = sum(conv(4, a, b) for a, b in pairwise(widths))
    up = conv(4, 512, 512) + sum(conv(4, 2 * b, a) for a, b in pairwise(widths[:-1]))
    return down + up


def basic_parameters():
    return conv(4, 3, 64) + conv(4, 64, 128) + conv(4, 128, 256) + conv(4, 256, 512) + conv(4, 512, 1)


@pytest.mark.parametrize(
    ("kind", "by_hand", "millions"),
    [("resnet_9blocks", resnet_parameters(9), 11.378), ("resnet_6blocks", resnet_parameters(6), 7.838)],
)
def test_resnets_have_the_published_number_of_parameters(kind, by_hand, millions):
    assert build_generator(kind).count_params() == by_hand == pytest.approx(millions * 1e6, abs=500)


def test_the_unet_has_the_published_number_of_parameters():
    """54.414 M is printed for batch norm: scale and offset for 7 + 7 layers, biases at the last layer alone."""
    model = build_generator("unet_256")
    assert model.count_params() == unet_256_parameters()
    weights = sum(np.prod(layer.kernel.shape) for layer in model.layers if hasattr(layer, "kernel"))
    del model
    normed = 128 + 256 + 4 * 512 + 4 * 512 + 256 + 128 + 64
    assert weights + 2 * normed + 3 == pytest.approx(54.414e6, abs=500)
    small = build_generator("unet_256", 1, "batch")
    assert sum(np.prod(v.shape) for v in small.trainable_variables if v.name in ("gamma", "beta")) == 2 * normed / 64


def test_the_basic_discriminator_has_the_published_number_of_parameters():
    assert build_discriminator("basic").count_params() == basic_parameters() == pytest.approx(2.7647e6, abs=50)


@pytest.mark.parametrize(
    ("kind", "multiple"),
    [
        ("resnet_9blocks", 4),
        ("resnet_6blocks", 4),
        ("unet_128", 128),
        ("unet_256", 256),
        ("painter", 8),
    ],
)
def test_generators_keep_sizes_of_their_multiple(kind, multiple):
    model = build_generator(kind, 2)
    assert size_multiple(model) == multiple
    size = max(multiple, 8)
    assert model(np.zeros((1, size, 2 * size, 3), np.float32)).shape == (1, size, 2 * size, 3)


def test_other_sizes_come_back_as_the_next_multiple():
    assert build_generator("resnet_6blocks", 2)(pictures(30)).shape == (1, 32, 32, 3)


@pytest.mark.parametrize(
    ("kind", "n_layers", "side"), [("basic", 3, 30), ("basic", 5, 30), ("n_layers", 2, 62), ("pixel", 3, 256)]
)
def test_verdicts_have_the_published_size(kind, n_layers, side):
    shape = build_discriminator(kind, 2, n_layers)(np.zeros((1, 256, 256, 3), np.float32)).shape
    assert shape == (1, side, side, 1)


def test_the_basic_discriminator_sees_patches_of_70_pixels():
    """The verdict in the middle depends on 70 × 70 pixels; without a norm, which would join all of them."""
    model, x = build_discriminator("basic", 2, norm="none"), keras.Variable(pictures(128))
    import tensorflow as tf

    with tf.GradientTape() as tape:
        verdict = model(x.value)[0, 6, 6, 0]
    seen = np.abs(tape.gradient(verdict, x.value)).sum((0, 3)) > 0
    assert (np.ptp(np.flatnonzero(seen.any(1))) + 1, np.ptp(np.flatnonzero(seen.any(0))) + 1) == (70, 70)


def test_with_instance_norm_a_resnet_cannot_know_how_bright_a_picture_is():
    """Why the painter has a skip: a darker picture of less contrast is the same to a ResNet's first norm."""
    x = pictures(32)
    dark = 0.5 * x - 0.3
    resnet, painter = build_generator("resnet_9blocks", 4), build_generator("painter", 4)
    np.testing.assert_allclose(resnet(dark), resnet(x), atol=1e-3)
    assert np.mean(painter(x) - painter(dark)) > 0.2


@pytest.mark.parametrize("kind", ["resnet_6blocks", "unet_256"])
def test_dropout_acts_in_training_only(kind):
    model, x = build_generator(kind, 1, dropout=True), pictures(256 if kind == "unet_256" else 16)
    assert np.array_equal(model(x, training=False), model(x, training=False))
    assert not np.array_equal(model(x, training=True), model(x, training=True))


def test_convolutions_start_at_the_published_spread():
    kernel = build_generator("resnet_6blocks", 16).get_layer("block3_conv1").kernel
    assert np.std(kernel) == pytest.approx(0.02, rel=0.05)
    assert np.mean(kernel) == pytest.approx(0, abs=1e-3)


def test_half_precision_networks_end_in_float32():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        built = [build_generator("painter", 2), build_discriminator("pixel", 2)]
    finally:
        keras.config.set_dtype_policy(before)
    assert [model(pictures()).dtype for model in built] == ["float32", "float32"]


@pytest.mark.parametrize("build", [build_generator, build_discriminator])
def test_unknown_names_are_refused_with_the_known_ones(build):
    with pytest.raises(ValueError, match=r"must be one of \(.*Received: kind='resnet'"):
        build("resnet")


@pytest.mark.parametrize("kind", [*GENERATORS, "basic", "n_layers", "pixel"])
def test_unknown_norms_are_refused(kind):
    build = build_generator if kind in GENERATORS else build_discriminator
    with pytest.raises(ValueError, match="Received: norm='layer'"):
        build(kind, 2, norm="layer")


@pytest.mark.parametrize("kind", ["resnet_6blocks", "unet_128", "painter", "basic", "pixel"])
@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_a_saved_network_comes_back_the_same(kind, norm, tmp_path):
    model = (build_generator if kind in GENERATORS else build_discriminator)(kind, 2, norm=norm)
    save_model(model, tmp_path / "new folder" / "network.keras")
    loaded, x = load_network(tmp_path / "new folder" / "network.keras"), pictures(128)
    np.testing.assert_array_equal(loaded(x, training=False), model(x, training=False))
    assert [f.name for f in (tmp_path / "new folder").iterdir()] == ["network.keras"]


def test_a_save_that_fails_leaves_the_earlier_file(tmp_path, monkeypatch):
    file = tmp_path / "network.keras"
    file.write_bytes(b"earlier")

    def full(self, path):
        Path(path).write_bytes(b"half a fi")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(UserError, match=r"network\.keras: cannot be written \(No space left on device\)"):
        save_model(build_discriminator("pixel", 1), file)
    assert file.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [file]


def test_saving_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        save_model(build_discriminator("pixel", 1), tmp_path / "file" / "network.keras")


def zipped(**members):
    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_json", ".json"), content)

    return write


def truncated(path):
    save_model(build_discriminator("pixel", 1), path)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x00junk" * 99),
        lambda path: path.write_text("a text\nof two lines\n"),
        zipped(readme="no model"),
        zipped(config_json="{\n", metadata_json="{}"),
        zipped(config_json=json.dumps({"module": "os", "class_name": "system", "config": {}}), metadata_json="{}"),
        truncated,
    ],
    ids=["empty", "bytes", "text", "zip", "broken configuration", "os.system", "truncated"],
)
def test_junk_is_refused_in_one_line(write, tmp_path):
    file = tmp_path / "network.keras"
    write(file)
    with pytest.raises(UserError, match="not a Keras model") as caught:
        load_network(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_called_missing(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_network(tmp_path / "network.keras")


def test_code_in_a_file_is_refused(tmp_path):
    picture, marker = keras.Input((None, None, 3)), str(tmp_path / "ran")
    touch = keras.layers.Lambda(lambda x: (open(marker, "w").close(), x)[1])  # noqa: PTH123 (serialized alone)
    model = keras.Model(picture, touch(picture))
    Path(marker).unlink()
    model.save(tmp_path / "network.keras")
    with pytest.raises(UserError, match="not a Keras model") as caught:
        load_network(tmp_path / "network.keras")
    assert "\n" not in str(caught.value)
    assert not Path(marker).exists()


def test_a_network_of_half_precision_computes_in_float32():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_float16")
        half = build_generator("painter", 4)
    finally:
        keras.config.set_dtype_policy(before)
    whole = as_float32(half)
    assert {layer.compute_dtype for layer in half.layers} == {"float16", "float32"}
    assert {layer.compute_dtype for layer in whole.layers} == {"float32"}
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(whole(picture)), np.asarray(half(picture)), atol=0.02)
    assert as_float32(whole) is whole
