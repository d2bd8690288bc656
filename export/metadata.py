"""Writes the description of a style into its TFLite files, where Android Studio, MediaPipe and Netron look for it.

TensorFlow's converter and ai-edge-litert write no such entry; the format is the one that MediaPipe's metadata writer
has taken over from tflite-support: a flatbuffer "M001" in a metadata entry TFLITE_METADATA.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

ENTRY = b"TFLITE_METADATA"
# Fields of the table ModelMetadata by their place in metadata_schema.fbs.
_FIELDS = {"name": 0, "description": 1, "version": 2, "author": 4, "license": 5, "min_parser_version": 7}
_SLOTS = 8


def write_metadata(model: bytes, **texts: str) -> bytes:
    """A TFLite file with metadata, instead of any that it has.

    Args:
        model: the flatbuffer.
        texts: `name`, `description`, `version`, `author`, `license`; empty ones are left out.
    """
    parsed = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_pack({**texts, "min_parser_version": "1.0.0"}), np.uint8)
    parsed.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = ENTRY, len(parsed.buffers) - 1
    parsed.metadata = [kept for kept in parsed.metadata or [] if kept.name != ENTRY] + [entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


def _pack(texts: dict[str, str]) -> bytes:
    builder = flatbuffers.Builder(256)
    places = {_FIELDS[name]: builder.CreateString(text) for name, text in texts.items() if text}
    builder.StartObject(_SLOTS)
    for slot, place in places.items():
        builder.PrependUOffsetTRelativeSlot(slot, place, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"M001")
    return bytes(builder.Output())


def read_metadata(model: bytes) -> dict[str, str]:
    """The texts that `write_metadata` wrote; empty where there are none."""
    parsed = schema.ModelT.InitFromPackedBuf(model, 0)
    entries = [entry for entry in parsed.metadata or [] if entry.name == ENTRY]
    if not entries:
        return {}
    data = bytes(parsed.buffers[entries[0].buffer].data)
    table = flatbuffers.table.Table(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0))
    places = {name: table.Offset(4 + 2 * slot) for name, slot in _FIELDS.items()}
    return {name: table.String(table.Pos + place).decode() for name, place in places.items() if place}
