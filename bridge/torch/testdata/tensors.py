"""Reads files of safetensors."""

import json
import struct

import torch

TYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}


def read(path):
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        body = bytearray(f.read())
    header.pop("__metadata__", None)
    return {n: torch.frombuffer(body, dtype=TYPES[h["dtype"]], offset=h["data_offsets"][0], count=max(1, torch.Size(h["shape"]).numel())).reshape(h["shape"]).clone()
            for n, h in header.items()}
