"""The cost of the four networks of a config: parameters, multiply-adds and activation memory, counted from their
graphs.

Every network is built once more for one picture of a fixed size, and its layers are walked in the order in which
they run. Nothing is computed, so the counts are exact, the same on every machine and every backend.

- *Parameters*: all weights, with the statistics of a batch norm.
- *Multiply-adds* (MAC, 10⁹ of them a GMAC; two floating-point operations each): those of convolutions of all kinds and
  of dense layers, one for every product of a kernel's weight with a value of its input, biases left out. A transposed
  convolution multiplies every value of its input with the whole kernel, including values that are cropped later. Norms,
  activations, additions, padding and bilinear doubling have no kernel and are not counted, as usual in the field.
- *Activations for training*: the outputs of all layers and the picture, as float32; backpropagation reads them. One
  forward pass of one picture; a step of CycleGAN makes three passes through each network (generators: translation,
  cycle, identity; discriminators: real, pooled, and fake for the generator).
- *Activations for inference*: the most values that are in memory at a time, as float32, when the layers run one after
  the other, an output is dropped after its last reader, and nothing is written in place.
"""

import math
from collections import Counter
from dataclasses import dataclass

import keras
from keras import layers

from tf_cyclegan.networks.build import build_networks
from tf_cyclegan.networks.efficientnet_lite import feature_network
from tf_cyclegan.networks.layers import PeriodColour, PeriodNormalization
from tf_cyclegan.networks.projected import JUDGED_FEATURES
from tf_cyclegan.networks.sizes import check_size
from tf_cyclegan.run.config import TrainConfig

_BYTES = 4  # of a float32


@dataclass(frozen=True)
class Cost:
    """The cost of one network for one picture: weights, multiply-adds, and bytes of activations."""

    parameters: int
    macs: int
    training_bytes: int
    inference_bytes: int


def summarize(config: TrainConfig, size: int | None = None) -> dict[str, Cost]:
    """Counts the networks of a config, by name: `generator_g`, `generator_f`, `discriminator_x`, `discriminator_y`, and
    `features`, through which projected discriminators see the pictures.

    Args:
        config: of a run or a preset.
        size: side of the picture in pixels; default: the crop that the config trains on.

    Raises:
        UserError: the networks do not take pictures of this size.
    """
    size = config.crop if size is None else size
    check_size(config, size)
    networks = build_networks(config)
    if config.discriminator == "projected":
        networks["features"] = feature_network(list(JUDGED_FEATURES))
    return {name: count(network, size, size) for name, network in networks.items()}


def count(network: keras.Model, height: int, width: int) -> Cost:
    """Counts one functional network for one picture `(height, width, channels)`; the module's docstring says what
    counts.

    Raises:
        ValueError: the network does not take this size.
        NotImplementedError: it has a layer with a kernel of a kind that is unknown here.
    """
    laid_out = lay_out(network, height, width)
    return Cost(
        parameters=network.count_params(),
        macs=sum(multiply_adds(layer) for layer in laid_out.layers),
        training_bytes=_BYTES * sum(_values(layer.output) for layer in laid_out.layers),
        inference_bytes=_BYTES * _most_alive(laid_out),
    )


def lay_out(network: keras.Model, height: int, width: int) -> keras.Model:
    """A copy of a network whose shapes are all known: for one picture, or the features of it that are judged."""

    def input_of_size(given: keras.KerasTensor):
        stride = JUDGED_FEATURES[given.name].stride if given.name in JUDGED_FEATURES else 1
        sides = (-(-height // stride), -(-width // stride)) if len(given.shape) > 2 else ()
        return keras.Input((*sides, given.shape[-1]), batch_size=1, name=given.name)

    return keras.models.clone_model(network, input_tensors=keras.tree.map_structure(input_of_size, network.input))


def multiply_adds(layer: keras.Layer) -> int:
    """Multiply-adds of one layer of a graph whose shapes are all known.

    Raises:
        NotImplementedError: it has a kernel, and how often that is multiplied is unknown here.
    """
    if isinstance(layer, layers.SeparableConv2D):
        return _positions(layer.output) * (_size(layer.depthwise_kernel) + _size(layer.pointwise_kernel))
    if isinstance(layer, layers.Conv2DTranspose):
        return _positions(layer.input) * _size(layer.kernel)
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return _positions(layer.output) * _size(layer.kernel)
    if isinstance(layer, PeriodNormalization | PeriodColour):
        applied = _positions(layer.output) * layer.output.shape[-1] ** 2 if isinstance(layer, PeriodColour) else 0
        return sum(map(_size, layer.weights)) + applied
    if any(len(weight.shape) > 1 for weight in layer.weights):
        raise NotImplementedError(f"no rule for the multiply-adds of {type(layer).__name__} {layer.name}")
    return 0


def _size(weight: keras.Variable) -> int:
    return math.prod(weight.shape)


def _values(tensor: keras.KerasTensor) -> int:
    return math.prod(tensor.shape)


def _positions(tensor: keras.KerasTensor) -> int:
    """In how many places of a tensor there is a vector of channels."""
    return math.prod(tensor.shape[:-1])


def _inputs(layer: keras.Layer) -> list[keras.KerasTensor]:
    """Tensors that a layer reads; the input layer reads none."""
    return [] if isinstance(layer, layers.InputLayer) else keras.tree.flatten(layer.input)


def _most_alive(network: keras.Model) -> int:
    """The largest number of values alive at a time: a layer's inputs, its output, and what later layers still read."""
    readers = Counter(id(tensor) for layer in network.layers for tensor in _inputs(layer))
    alive, most = 0, 0
    for layer in network.layers:
        alive += _values(layer.output)
        most = max(most, alive)
        for tensor in _inputs(layer):
            readers[id(tensor)] -= 1
            if readers[id(tensor)] == 0:
                alive -= _values(tensor)
    return most


def total(costs: dict[str, Cost]) -> Cost:
    """The sum over several networks; of the memory for inference the largest, as they run one after the other."""
    every = costs.values()
    return Cost(
        parameters=sum(cost.parameters for cost in every),
        macs=sum(cost.macs for cost in every),
        training_bytes=sum(cost.training_bytes for cost in every),
        inference_bytes=max(cost.inference_bytes for cost in every),
    )


def table(costs: dict[str, Cost]) -> str:
    """The costs as lines of text, one line per network, with their total and what the columns mean."""
    rows = [_row(name, cost) for name, cost in costs.items()]
    head = f"{'':15}  {'':>12}  {'':>9}  {'activations, MB':>19}\n"
    head += f"{'network':15}  {'parameters':>12}  {'GMAC':>9}  {'training':>9} {'inference':>9}"
    rule = "-" * len(head.splitlines()[-1])
    return "\n".join([head, rule, *rows, rule, _row("in total", total(costs)), "", *_LEGEND])


def _row(name: str, cost: Cost) -> str:
    memory = f"{cost.training_bytes / 1e6:9.2f} {cost.inference_bytes / 1e6:9.2f}"
    return f"{name:15}  {cost.parameters:12,}  {cost.macs / 1e9:9.4f}  {memory}"


_LEGEND = (
    "One pass of one picture through each network; 4 bytes a value, 1 MB = 1,000,000 bytes.",
    "GMAC: 10⁹ multiply-adds of convolutions and dense layers; norms, activations, padding, resizing are not counted.",
    "training: the outputs of all layers, which backpropagation reads; a step passes three times through each network",
    "(without the identity term twice through the generators).",
    "inference: the most alive at a time, layer after layer, each output dropped after its last reader; in total the",
    "largest, as the networks run one after the other.",
)
