"""Reads a TFLite file without running it: its operations, weights and signatures."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import keras
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from tf_cyclegan.errors import UserError

_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


@dataclass(frozen=True)
class Structure:
    """The parts of a TFLite file.

    Attributes:
        operators: name → how often it occurs, in all subgraphs.
        foreign: custom operations and TensorFlow's own (Flex), which LiteRT does not bring.
        constant_bytes: of all constants, the weights among them.
        signatures: key → numbers of inputs and of outputs.
        open_inputs: keys of signatures whose subgraph takes or gives another number of tensors than they name.
    """

    operators: Mapping[str, int]
    foreign: tuple[str, ...]
    constant_bytes: int
    signatures: Mapping[str, tuple[int, int]]
    open_inputs: tuple[str, ...]


def read_structure(data: bytes) -> Structure:
    """Reads a flatbuffer without running it."""
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    codes = [operator_name(code) for code in model.operatorCodes]
    operators = Counter(codes[op.opcodeIndex] for graph in model.subgraphs for op in graph.operators)
    foreign = {name for name, code in zip(codes, model.operatorCodes, strict=True) if code.customCode is not None}
    signatures, wrong = {}, []
    for signature in model.signatureDefs or []:
        key, graph = signature.signatureKey.decode(), model.subgraphs[signature.subgraphIndex]
        signatures[key] = (len(signature.inputs), len(signature.outputs))
        if signatures[key] != (len(graph.inputs), len(graph.outputs)):
            wrong.append(key)
    constants = sum(len(buffer.data) for buffer in model.buffers if buffer.data is not None)
    return Structure(operators, tuple(sorted(foreign)), constants, signatures, tuple(wrong))


def strip_names(data: bytes) -> bytes:
    """The same file without the names of inner tensors, which only tools show: a twelfth of a small network's bytes."""
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    for graph in model.subgraphs:
        borders = {*graph.inputs, *graph.outputs}
        for place, tensor in enumerate(graph.tensors):
            tensor.name = tensor.name if place in borders else None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def operator_name(code: schema.OperatorCodeT) -> str:
    """The operation's name in LiteRT's schema; of a custom one, its own."""
    if code.customCode is not None:
        return code.customCode.decode()
    # Codes up to 127 are in the field of older files, later ones in the new field.
    return _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]


def check_structure(
    artefact: str,
    data: bytes,
    generator: keras.Model,
    weight_bytes: int = 1,
    signatures: Mapping[str, tuple[int, int]] = {"serving_default": (1, 1)},
) -> Structure:
    """Refuses a file that LiteRT alone cannot run, or that lost its weights in the conversion.

    Args:
        artefact: name for the message.
        data: the flatbuffer.
        generator: the network that was converted.
        weight_bytes: bytes that one weight of a kernel takes.
        signatures: key → numbers of inputs and of outputs that are wanted.

    Raises:
        UserError: one of these holds.
    """
    found = read_structure(data)
    if found.foreign:
        refuse(artefact, f"needs operations that LiteRT does not bring: {', '.join(found.foreign)}")
    if "VAR_HANDLE" in found.operators:
        refuse(artefact, "was written without its weights (they are variables)")
    weights = weight_bytes * sum(math.prod(w.shape) for w in generator.weights if len(w.shape) > 1)
    if found.constant_bytes < weights:
        refuse(artefact, f"was written without its weights ({found.constant_bytes:,} of at least {weights:,} bytes)")
    if dict(found.signatures) != dict(signatures) or found.open_inputs:
        refuse(artefact, f"has other inputs or outputs than {dict(signatures)}: {dict(found.signatures)}")
    return found


def refuse(artefact: str, reason: str) -> NoReturn:
    """Raises the UserError for an artefact that must not be exported."""
    raise UserError(f"{artefact} {reason}; nothing was written")
