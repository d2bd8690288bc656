import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils

from export.flatbuffer import check_structure, read_structure, strip_names
from export.gpu import check_gpu, gpu_obstacles
from export.metadata import read_metadata, write_metadata
from tf_cyclegan.errors import UserError


def converted(function, *shapes, dtype=tf.float32, flex=False) -> bytes:
    specs = [tf.TensorSpec(shape, dtype) for shape in shapes]
    module = tf.Module()
    concrete = tf.function(function, input_signature=specs).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    if flex:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    return converter.convert()


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    picture = keras.Input((8, 8, 3), batch_size=1)
    return keras.Model(picture, keras.layers.Conv2D(50, 3, activation="relu")(picture))


@pytest.fixture(scope="module")
def model(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    signature = [keras.InputSpec(shape=(1, 8, 8, 3), dtype="float32")]
    network.export(str(folder), format="tf_saved_model", input_signature=signature, verbose=False)
    return tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert()


def test_a_file_is_read_without_running_it(model):
    found = read_structure(model)
    assert found.operators == {"CONV_2D": 1}
    assert found.foreign == ()
    assert found.signatures == {"serving_default": (1, 1)}
    assert found.constant_bytes > 4 * 3 * 3 * 3 * 50


def test_inner_names_go_and_nothing_else_changes(network, model):
    stripped = strip_names(model)
    assert len(stripped) < len(model)
    assert read_structure(stripped) == read_structure(model)
    check_gpu("x", stripped)
    picture = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    results = []
    for data in (model, stripped):
        interpreter = Interpreter(model_content=data)
        (name,) = interpreter.get_signature_list()["serving_default"]["inputs"]
        results.append(interpreter.get_signature_runner("serving_default")(**{name: picture}))
    np.testing.assert_equal(*results)


def test_a_good_file_passes(network, model):
    check_structure("x", model, network, 4)
    check_gpu("x", model)


def changed(data: bytes, change) -> bytes:
    """A file of which `change` has altered the parts."""
    parsed = flatbuffer_utils.read_model_from_bytearray(bytearray(data))
    change(parsed)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


def test_a_file_whose_weights_are_variables_is_refused(network, model):
    """What a `tf.Module` around a Keras model becomes, without a word of warning."""

    def change(parsed):
        parsed.operatorCodes[0].builtinCode = schema.BuiltinOperator.VAR_HANDLE

    with pytest.raises(UserError, match="x was written without its weights"):
        check_structure("x", changed(model, change), network)


def test_a_file_that_is_too_small_for_its_weights_is_refused(network, model):
    with pytest.raises(UserError, match=r"x was written without its weights \(5,\d+ of at least 8,100 bytes\)"):
        check_structure("x", model, network, 6)


def test_tensorflows_own_operations_are_refused_by_name(network):
    data = converted(tf.linalg.det, (1, 8, 8), flex=True)
    with pytest.raises(UserError, match="x needs operations that LiteRT does not bring: FlexMatrixDeterminant"):
        check_structure("x", data, network)


def test_another_number_of_inputs_is_refused(network, model):
    wanted = {"serving_default": (2, 1)}
    with pytest.raises(UserError, match=r"x has other inputs or outputs than .*\(2, 1\).*: .*\(1, 1\)"):
        check_structure("x", model, network, 4, wanted)


def test_a_file_without_signature_is_refused(network, model):
    def change(parsed):
        parsed.signatureDefs = []

    with pytest.raises(UserError, match="x has other inputs or outputs"):
        check_structure("x", changed(model, change), network)


def test_a_tensor_that_the_signature_does_not_name_is_refused(network, model):
    def change(parsed):
        parsed.subgraphs[0].inputs = [*parsed.subgraphs[0].inputs, 1]

    with pytest.raises(UserError, match="x has other inputs or outputs"):
        check_structure("x", changed(model, change), network)


@pytest.mark.parametrize(
    ("function", "shape", "obstacle"),
    [
        (lambda x: tf.unique(tf.reshape(x, [-1]))[0], (1, 8, 8, 3), "UNIQUE"),
        (tf.linalg.diag, (1, 8, 8), "MATRIX_DIAG"),
        (lambda x: tf.nn.relu(x) * 2, (1, None, None, 3), "open size"),
        (lambda x: tf.reshape(x, (1, 2, 4, 8, 3)) * 2, (1, 8, 8, 3), "5 dimensions"),
        (lambda x: tf.cast(tf.cast(x * 2, tf.int32), tf.float32) * 3, (1, 8, 8, 3), "no CAST within a network"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_phone_gpus_do_not_take_is_found(function, shape, obstacle):
    data = converted(function, shape)
    assert any(obstacle in line for line in gpu_obstacles(data))
    with pytest.raises(UserError, match=r"x is not for phone GPUs: .*; nothing was written"):
        check_gpu("x", data)


def test_casts_at_the_border_are_allowed():
    data = converted(lambda x: tf.cast(tf.cast(x, tf.float32) * 2, tf.uint8), (1, 8, 8, 3), dtype=tf.uint8)
    assert read_structure(data).operators["CAST"] == 2
    assert gpu_obstacles(data) == []


def run(data, picture):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=data)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_metadata_is_read_back_and_changes_nothing_else(model):
    printed = write_metadata(model, name="Jugendstil", description="Häuser → Gemälde", author="", license="Apache-2.0")
    assert read_metadata(model) == {}
    assert read_metadata(printed) == {
        "name": "Jugendstil",
        "description": "Häuser → Gemälde",
        "license": "Apache-2.0",
        "min_parser_version": "1.0.0",
    }
    assert read_structure(printed).operators == read_structure(model).operators
    picture = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(run(printed, picture), run(model, picture))


def test_metadata_is_replaced_and_the_converters_own_stays(model):
    twice = write_metadata(write_metadata(model, name="one", version="1"), name="two")
    assert read_metadata(twice) == {"name": "two", "min_parser_version": "1.0.0"}
    entries = [entry.name for entry in schema.ModelT.InitFromPackedBuf(twice, 0).metadata]
    assert entries.count(b"TFLITE_METADATA") == 1
    assert b"min_runtime_version" in entries
