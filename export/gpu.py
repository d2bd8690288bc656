"""Whether phone GPUs take a TFLite file.

TensorFlow's analyzer is asked, but the one of 2.21 finds no fault with anything: it was given UNIQUE, BITCAST and
MATRIX_DIAG, which the GPU delegate lacks, and called them compatible. So the delegate's own table is here too.
"""

import contextlib
import io

import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from export.flatbuffer import operator_name, refuse

_WARNING = "GPU COMPATIBILITY WARNING"
# What `CheckGpuDelegateCompatibility` takes (tensorflow/lite/tools/versioning/gpu_compatibility.cc), as far as networks
# for pictures have use for it.
OPERATORS = frozenset(
    """
    ABS ADD ADD_N AVERAGE_POOL_2D BATCH_MATMUL CONCATENATION CONV_2D COS DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV
    ELU EQUAL EXP FLOOR FULLY_CONNECTED GATHER GELU GREATER HARD_SWISH LEAKY_RELU LESS LOG LOGISTIC MAXIMUM MAX_POOL_2D
    MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 POW PRELU QUANTIZE REDUCE_MAX REDUCE_MIN RELU RELU6
    RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR RSQRT SELECT_V2 SIGN SIN SLICE SOFTMAX SPACE_TO_DEPTH
    SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TILE TRANSPOSE TRANSPOSE_CONV
    """.split()  # noqa: SIM905 - a list of seventy lines would hide them
)


def check_gpu(artefact: str, data: bytes) -> None:
    """Refuses files that the GPU delegate cannot run; a CAST at the border is allowed.

    Raises:
        UserError: with the first obstacle.
    """
    obstacles = gpu_obstacles(data)
    if obstacles:
        refuse(artefact, f"is not for phone GPUs: {obstacles[0]}")


def gpu_obstacles(data: bytes) -> list[str]:
    """The reasons why the GPU delegate would refuse a file: operations, sizes, numbers of dimensions."""
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    found = [line for line in _analyze(data) if "CAST" not in line]
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            shape = tensor.shapeSignature if tensor.shapeSignature is not None else tensor.shape
            if shape is not None and any(side < 0 for side in shape):
                found.append(f"{tensor.name.decode()} has an open size")
            elif shape is not None and len(shape) > 4:
                found.append(f"{tensor.name.decode()} has {len(shape)} dimensions")
        for operator in graph.operators:
            name = operator_name(model.operatorCodes[operator.opcodeIndex])
            border = operator.inputs[0] in graph.inputs or operator.outputs[0] in graph.outputs
            if name not in OPERATORS and not (name == "CAST" and border):
                found.append(f"the delegate has no {name}" + (" within a network" if name == "CAST" else ""))
    return found


def _analyze(data: bytes) -> list[str]:
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        tf.lite.experimental.Analyzer.analyze(model_content=data, gpu_compatibility=True)
    lines = (line.strip() for line in report.getvalue().splitlines())
    return [line.partition(_WARNING)[2].lstrip(": ") for line in lines if _WARNING in line]
