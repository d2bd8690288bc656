import math

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from tf_cyclegan.cli.main import main
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.build import build_discriminator, build_generator
from tf_cyclegan.networks.cost import Cost, count, summarize, table, total
from tf_cyclegan.networks.generators import resnet_generator, unet_generator
from tf_cyclegan.networks.painter import painter_generator
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.presets import PRESETS
from tf_cyclegan.train.opened import build_cyclegan


def network(*stack, channels=3):
    picture = x = keras.Input((None, None, channels))
    for layer in stack:
        x = layer(x)
    return keras.Model(picture, x)


# One layer on a picture of 10 × 12 pixels and 3 channels: output's places × kernel; weights with biases.
BY_HAND = {
    "conv": (layers.Conv2D(8, 3, padding="same"), 10 * 12 * 3 * 3 * 3 * 8, 3 * 3 * 3 * 8 + 8),
    "conv without padding": (layers.Conv2D(8, 3), 8 * 10 * 3 * 3 * 3 * 8, 3 * 3 * 3 * 8 + 8),
    "conv with stride": (layers.Conv2D(8, 3, 2, padding="same"), 5 * 6 * 3 * 3 * 3 * 8, 3 * 3 * 3 * 8 + 8),
    "conv in groups": (layers.Conv2D(6, 3, groups=3, padding="same"), 10 * 12 * 3 * 3 * 1 * 6, 3 * 3 * 1 * 6 + 6),
    # Every one of the 10 × 12 values of the input is multiplied with the whole kernel.
    "transposed": (layers.Conv2DTranspose(8, 4, 2, padding="same"), 10 * 12 * 4 * 4 * 3 * 8, 4 * 4 * 3 * 8 + 8),
    "transposed, whole": (layers.Conv2DTranspose(8, 3, 2), 10 * 12 * 3 * 3 * 3 * 8, 3 * 3 * 3 * 8 + 8),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2), 8 * 10 * 3 * 3 * 3 * 2, 3 * 3 * 3 * 2 + 6),
    "separable": (
        layers.SeparableConv2D(8, 3, padding="same"),
        10 * 12 * (3 * 3 * 3 + 3 * 8),
        3 * 3 * 3 + 3 * 8 + 8,
    ),
    "separable with stride": (
        layers.SeparableConv2D(8, 3, 2, padding="same", use_bias=False),
        5 * 6 * (3 * 3 * 3 + 3 * 8),
        3 * 3 * 3 + 3 * 8,
    ),
    "dense": (layers.Dense(5), 10 * 12 * 3 * 5, 3 * 5 + 5),
    "batch norm": (layers.BatchNormalization(), 0, 4 * 3),
    "padding": (layers.ZeroPadding2D(2), 0, 0),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_one_layer_costs_what_was_counted_by_hand(name):
    layer, macs, parameters = BY_HAND[name]
    model = network(layer.__class__.from_config(layer.get_config()))
    cost = count(model, 10, 12)
    assert (cost.macs, cost.parameters) == (macs, parameters)
    # Nothing else is alive than the picture and the one output.
    values = 10 * 12 * 3 + math.prod(model.compute_output_shape((1, 10, 12, 3)))
    assert cost.training_bytes == cost.inference_bytes == 4 * values


def test_memory_of_a_stack():
    """10×10×2 → 10×10×8 → 10×10×1 → 10×10×1: all is kept for training; 2 + 8 or 8 + 1 channels are alive."""
    model = network(layers.Conv2D(8, 1), layers.Conv2D(1, 1), layers.ReLU(), channels=2)
    cost = count(model, 10, 10)
    assert cost.training_bytes == 4 * 100 * (2 + 8 + 1 + 1)
    assert cost.inference_bytes == 4 * 100 * (2 + 8)


def test_what_a_skip_still_needs_is_alive():
    """The picture waits for the addition while 8 channels are made into 3: 3 + 8 + 3 channels at once."""
    picture = keras.Input((None, None, 3))
    inner = layers.Conv2D(3, 1)(layers.Conv2D(8, 1)(picture))
    cost = count(keras.Model(picture, layers.Add()([picture, inner])), 10, 10)
    assert cost.inference_bytes == 4 * 100 * (3 + 8 + 3)
    assert cost.training_bytes == 4 * 100 * (3 + 8 + 3 + 3)


def test_a_kernel_of_an_unknown_kind_is_not_counted_as_nothing():
    with pytest.raises(NotImplementedError, match="no rule for the multiply-adds of EinsumDense"):
        count(network(layers.EinsumDense("bhwc,cd->bhwd", (None, None, 4))), 8, 8)


def test_the_published_resnet():
    """11.378 M parameters are printed by the published program, 49.6 GMAC are known of it."""
    cost = summarize(TrainConfig(**PRESETS["paper"]), 256)["generator_g"]
    assert cost.parameters == pytest.approx(11.378e6, abs=500)
    assert cost.macs == pytest.approx(49.6e9, rel=2e-3)


def test_the_style_preset_is_as_small_as_promised():
    cost = summarize(TrainConfig(**PRESETS["style"]), 256)["generator_g"]
    assert cost.macs <= 0.8e9
    assert cost.parameters <= 0.12e6


@pytest.mark.parametrize("settings", [PRESETS["style"], {**PRESETS["smoke"], "generator_f": "resnet_6blocks"}])
def test_the_networks_are_those_that_are_trained(settings):
    config = TrainConfig(**{**settings, "norm": "batch", "n_layers": 2, "discriminator": "n_layers"})
    model, costs = build_cyclegan(config), summarize(config)
    assert {name: getattr(model, name).count_params() for name in costs} == {n: c.parameters for n, c in costs.items()}


def build_basic():
    return build_discriminator("basic", 2)


SMALL = {
    "resnet": (resnet_generator(2, 1), 4),
    "painter": (painter_generator(2, 1), 8),
    "unet": (unet_generator(2, 3), 8),
}


@given(st.sampled_from(sorted(SMALL)), st.integers(2, 40), st.integers(2, 40))
@settings(max_examples=12, deadline=None)
def test_multiply_adds_of_generators_grow_with_the_pixels(kind, rows, columns):
    model, multiple = SMALL[kind]
    per_block = count(model, 2 * multiple, 2 * multiple).macs / 4
    assert count(model, rows * multiple, columns * multiple).macs == rows * columns * per_block


@pytest.mark.parametrize("build", [lambda: build_generator("painter", 4), lambda: unet_generator(2, 5), build_basic])
def test_tensorflow_counts_the_same_multiply_adds(build):
    """TensorFlow's profiler looks at the operations of the traced graph: another program, another level.

    Not the resnets: it takes the input of their transposed convolutions for a row and a column larger than it is.
    """
    import tensorflow as tf

    model = build()
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((1, 64, 64, 3))).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options = {**options, "output": "none", "account_type_regexes": [".*Conv.*"]}
    profile = tf.compat.v1.profiler.profile(graph, options=options)
    assert 2 * count(model, 64, 64).macs == profile.total_float_ops


def test_the_size_is_the_crop_unless_another_is_asked_for():
    config = TrainConfig(**PRESETS["smoke"])
    assert summarize(config) == summarize(config, 32)
    assert summarize(config, 64)["generator_f"].macs == 4 * summarize(config)["generator_f"].macs


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (30, "multiples of 8"),
        (0, "multiples of 8"),
        (-8, "multiples of 8"),
        (8, "discriminator basic takes sides of at least 24"),
    ],
)
def test_a_size_that_the_networks_do_not_take_is_reported(size, message):
    with pytest.raises(UserError, match=message):
        summarize(TrainConfig(**{**PRESETS["style"], "discriminator": "basic"}), size)


COSTS = {"generator_g": Cost(1_234_567, 2_500_000_000, 3_000_000, 1_500_000), "d": Cost(1, 0, 500_000, 2_000_000)}


def test_the_total_is_the_sum_and_of_what_is_alive_the_largest():
    assert total(COSTS) == Cost(1_234_568, 2_500_000_000, 3_500_000, 2_000_000)


def test_the_table_has_a_line_a_network_and_says_what_it_counts():
    lines = table(COSTS).splitlines()
    assert lines[3].split() == ["generator_g", "1,234,567", "2.5000", "3.00", "1.50"]
    assert lines[6].split() == ["in", "total", "1,234,568", "2.5000", "3.50", "2.00"]
    assert len({len(line) for line in lines[1:7]}) == 1
    assert any(line.startswith("inference: the most alive") for line in lines)


def test_the_command_counts_a_run_like_its_preset(tmp_path, capsys):
    config = TrainConfig(**PRESETS["smoke"], run=str(tmp_path))
    (tmp_path / "config.json").write_text(config.to_json(), encoding="utf-8")
    assert main(["summary", "--run", str(tmp_path), "--size", "64"]) == 0
    of_run = capsys.readouterr().out
    assert main(["summary", "--preset", "smoke", "--size", "64"]) == 0
    of_preset = capsys.readouterr().out
    assert of_preset.startswith("smoke: one picture of 64×64 pixels\n")
    assert of_run.splitlines()[1:] == of_preset.splitlines()[1:]
    assert table(summarize(config, 64)) in of_preset
