"""Reads a painter's weights out of its TFLite file, so that training can begin with a style that ships."""

import struct
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from keras import layers

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.layers import InstanceNormalization, PeriodColour
from tf_cyclegan.networks.painter import painter_generator

# Of a block of the residual kind, two separable convolutions; before them three convolutions, after them two separable
# ones.
_DEPTHWISE_OUTSIDE_BLOCKS = 2


def load_painter(path: Path) -> keras.Model:
    """The generator `painter`, of one period or of several, that a TFLite file was converted from, with the weights
    that are there.

    Args:
        path: of a file of an exported bundle, with float weights.

    Raises:
        UserError: it cannot be read, or is another network's.
    """
    try:
        constants = _Constants(path.read_bytes())
        kernels, depthwise = [*constants.of("CONV_2D")], [*constants.of("DEPTHWISE_CONV_2D")]
        blocks = (len(depthwise) - _DEPTHWISE_OUTSIDE_BLOCKS) // 2
        colours = constants.colours()
        periods = 1 if colours is None else len(colours)
        generator = painter_generator(filters=_stem_filters(kernels), blocks=blocks, periods=periods)
        _fill(generator, kernels, depthwise, [*constants.scales_and_offsets()], colours)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    # A file that is no flatbuffer, or of another network, fails wherever it differs.
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, StopIteration, struct.error) as error:
        raise UserError(f"{path}: not the file of a painter with float weights ({error})") from error
    return generator


class _Constants:
    """The constants of a TFLite file's default signature, in the order in which its operations use them."""

    def __init__(self, data: bytes):
        from ai_edge_litert import schema_py_generated as schema

        self._model = schema.ModelT.InitFromPackedBuf(data, 0)
        self._names = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
        (first,) = {s.subgraphIndex for s in self._model.signatureDefs if s.signatureKey == b"serving_default"}
        self._graph = self._model.subgraphs[first]
        self._half = schema.TensorType.FLOAT16
        self._widened = {op.outputs[0]: op.inputs[0] for op in self._graph.operators if self._kind(op) == "DEQUANTIZE"}
        self._made_by = {output: op for op in self._graph.operators for output in op.outputs}

    def of(self, kind: str) -> Iterator[list[np.ndarray]]:
        """Kernel and bias of each convolution of a kind."""
        for op in self._graph.operators:
            if self._kind(op) == kind:
                found = [self._value(place) for place in op.inputs[1:] if place >= 0]
                yield [value for value in found if value is not None]

    def scales_and_offsets(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Those of each instance norm: factors of a RSQRT, then what is added to the map; of several periods rows."""
        scale = None
        for op in self._graph.operators:
            values = [value for value in map(self._channels, op.inputs) if value is not None]
            if self._kind(op) == "MUL" and values and self._follows_rsqrt(op):
                (scale,) = values
            elif self._kind(op) == "ADD" and values and scale is not None:
                yield scale, values[0]
                scale = None

    def colours(self) -> np.ndarray | None:
        """The colour matrices of several periods, `(periods, 3, 3)`; None in the file of one period."""
        for op in self._graph.operators:
            shape = self._graph.tensors[op.outputs[0]].shape
            if self._kind(op) == "RESHAPE" and shape is not None and [*shape] == [1, 3, 3]:
                rows = self._mixed(op.inputs[0])
                if rows is not None:
                    return rows.reshape(-1, 3, 3)
        return None

    def _channels(self, place: int) -> np.ndarray | None:
        """A value for each channel, `(channels,)`, or what a mixture of periods is made of, `(periods, channels)`."""
        value = self._value(place)
        return value if value is not None and value.ndim == 1 else self._mixed(place)

    def _mixed(self, place: int) -> np.ndarray | None:
        """The rows that a tensor is a mixture of, `(periods, values)`; None for one that is no mixture."""
        op = self._made_by.get(place)
        while op is not None and self._kind(op) in ("RESHAPE", "STRIDED_SLICE"):
            op = self._made_by.get(op.inputs[0])
        rows = self._value(op.inputs[1]) if op is not None and self._kind(op) == "FULLY_CONNECTED" else None
        return None if rows is None else rows.T

    def _kind(self, op) -> str:
        code = self._model.operatorCodes[op.opcodeIndex]
        return self._names[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def _follows_rsqrt(self, op) -> bool:
        return any(place in self._made_by and self._kind(self._made_by[place]) == "RSQRT" for place in op.inputs)

    def _value(self, place: int) -> np.ndarray | None:
        """A constant as float32; None for a tensor that is computed."""
        tensor = self._graph.tensors[self._widened.get(place, place)]
        data = self._model.buffers[tensor.buffer].data
        if data is None:
            return None
        values = np.frombuffer(bytes(data), np.float16 if tensor.type == self._half else np.float32)
        return values.reshape(tensor.shape).astype(np.float32)


def _stem_filters(kernels: list[list[np.ndarray]]) -> int:
    return next(len(kernel) for kernel, *_ in kernels if kernel.shape[-1] == 3 and kernel.shape[1] == 5)


def _fill(generator: keras.Model, kernels, depthwise, norms, colours) -> None:
    """Gives each layer its constants, which come in the order of the layers; light's own has a shape of its own."""
    light = [kernel for kernel, *_ in kernels if kernel.shape == (3, 1, 1, 3)]
    others = iter([found for found in kernels if found[0].shape != (3, 1, 1, 3)])
    depthwise, norms = iter(depthwise), iter(norms)
    for layer in generator.layers:
        if isinstance(layer, PeriodColour):
            layer.set_weights([colours])
        elif layer.name == "light_colour":
            layer.set_weights([_turned(light[0])])
        elif layer.name == "head_conv":
            kernel, bias = next(others)
            side, colours = layer.kernel_size[0], layer.filters
            # Exported in blocks of 2 × 2 places: the first of them is the kernel itself.
            layer.set_weights([_turned(kernel)[:side, :side, :, :colours], bias[:colours]])
        elif isinstance(layer, layers.SeparableConv2D):
            layer.set_weights([next(depthwise)[0].transpose(1, 2, 3, 0), _turned(next(others)[0])])
        elif isinstance(layer, layers.Conv2D):
            layer.set_weights([_turned(next(others)[0])])
        elif isinstance(layer, InstanceNormalization):
            layer.set_weights([*next(norms)])


def _turned(kernel: np.ndarray) -> np.ndarray:
    """LiteRT's (out, height, width, in) → (height, width, in, out)."""
    return kernel.transpose(1, 2, 3, 0)
