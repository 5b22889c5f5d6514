"""Reads an event file with Google's protocol buffers and its own CRC-32C, and prints its events as JSON, one a line.

The messages are declared here after TensorBoard's .proto files, so that this script shares no code with the writer."""

import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto
TYPES = {"double": F.TYPE_DOUBLE, "float": F.TYPE_FLOAT, "int64": F.TYPE_INT64, "int32": F.TYPE_INT32,
         "string": F.TYPE_STRING, "bytes": F.TYPE_BYTES, "bool": F.TYPE_BOOL}

MESSAGES = {
    "Event": [("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string"), ("summary", 5, "Summary")],
    "Summary": [("value", 1, "*Value")],
    "Value": [("tag", 1, "string"), ("simple_value", 2, "float"), ("histo", 5, "Histogram"), ("tensor", 8, "Tensor"), ("metadata", 9, "Metadata")],
    "Histogram": [("min", 1, "double"), ("max", 2, "double"), ("num", 3, "double"), ("sum", 4, "double"), ("sum_squares", 5, "double"),
                  ("bucket_limit", 6, "*double"), ("bucket", 7, "*double")],
    "Tensor": [("dtype", 1, "int32"), ("tensor_shape", 2, "Shape"), ("string_val", 8, "*bytes")],
    "Shape": [],
    "Metadata": [("plugin_data", 1, "PluginData")],
    "PluginData": [("plugin_name", 1, "string"), ("content", 2, "bytes")],
    "Layout": [("version", 1, "int32"), ("category", 2, "*Category")],
    "Category": [("title", 1, "string"), ("chart", 2, "*Chart"), ("closed", 3, "bool")],
    "Chart": [("title", 1, "string"), ("multiline", 2, "Multiline")],
    "Multiline": [("tag", 1, "*string")],
}


def declare():
    """The classes of the messages."""
    file = descriptor_pb2.FileDescriptorProto(name="events.proto", package="tb", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            f = message.field.add(name=field, number=number, label=F.LABEL_REPEATED if kind[0] == "*" else F.LABEL_OPTIONAL)
            kind = kind.lstrip("*")
            if kind in TYPES:
                f.type = TYPES[kind]
            else:
                f.type, f.type_name = F.TYPE_MESSAGE, ".tb." + kind
            if name == "Value" and 2 <= number <= 8:
                f.oneof_index = 0
        if name == "Value":
            message.oneof_decl.add(name="value")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    get = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: get(pool.FindMessageTypeByName("tb." + name)) for name in MESSAGES}


def crc32c(data):
    """Bit by bit, from the reversed polynomial."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def check(data, masked):
    rotated = (masked - 0xA282EAD8) & 0xFFFFFFFF
    if (rotated << 15 | rotated >> 17) & 0xFFFFFFFF != crc32c(data):
        sys.exit("a checksum is wrong")


def records(file):
    while head := file.read(12):
        length, crc = struct.unpack("<QI", head)
        check(head[:8], crc)
        data = file.read(length)
        check(data, *struct.unpack("<I", file.read(4)))
        yield data


def content(classes, value):
    """The content of a value, as plain data."""
    out = {"tag": value.tag, "kind": value.WhichOneof("value"), "plugin": value.metadata.plugin_data.plugin_name}
    if out["kind"] == "simple_value":
        out["scalar"] = repr(value.simple_value)
    elif out["kind"] == "histo":
        h = value.histo
        out["histogram"] = {"min": h.min, "max": h.max, "num": h.num, "limits": list(h.bucket_limit), "counts": list(h.bucket)}
    elif out["plugin"] == "custom_scalars":
        layout = classes["Layout"].FromString(value.tensor.string_val[0])
        out["charts"] = {chart.title: list(chart.multiline.tag) for category in layout.category for chart in category.chart}
    else:
        out["text"] = value.tensor.string_val[0].decode()
    return out


def main():
    classes = declare()
    with open(sys.argv[1], "rb") as file:
        for data in records(file):
            event = classes["Event"].FromString(data)
            event.DiscardUnknownFields()
            if event.SerializeToString(deterministic=True) != data:
                sys.exit("an event is written differently by Google's library")
            print(json.dumps({"wall_time": event.wall_time, "step": event.step, "file_version": event.file_version,
                              "values": [content(classes, v) for v in event.summary.value]}))


main()
