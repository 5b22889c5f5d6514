"""Trains twins of networks of gradflow under gradflow.watch: each from a folder with its layers, weights and batches."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

import gradflow
from tensors import read

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU, "elu": nn.ELU,
               "leaky_relu": nn.LeakyReLU, "softplus": nn.Softplus}


class Stack(nn.Module):
    """Layers with the names that gradflow gives them; activations alternate between modules and functions."""

    def __init__(self, layers):
        super().__init__()
        self.layers, counts = [], {}
        for i, l in enumerate(layers):
            kind = l["op"]
            if kind == "dense":
                made = nn.Linear(l["in"], l["out"], bias=not l.get("no_bias"))
            elif kind == "conv":
                made = nn.Conv2d(l["in"], l["out"], 3, padding=1, bias=not l.get("no_bias"))
            elif kind == "batchnorm":
                made = (nn.BatchNorm2d if l.get("images") else nn.BatchNorm1d)(l["out"])
            elif kind == "layernorm":
                made = nn.LayerNorm(l["out"])
            elif kind == "block":
                made = Block(l)
            else:
                self.layers.append(nn.Flatten() if kind == "flatten" else ACTIVATIONS[kind]() if i % 2 else lambda x, k=kind: getattr(F, k)(x))
                continue
            counts[kind] = counts.get(kind, 0) + 1
            self.add_module(f"{kind}{counts[kind]}", made)
            self.layers.append(made)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x


class Block(Stack):
    def __init__(self, l):
        super().__init__(l["body"])
        self.after = ACTIVATIONS[l["after"]](inplace=True) if l.get("after") == "relu" else ACTIVATIONS[l["after"]]() if l.get("after") else None
        if l.get("project"):
            self.projection = nn.Linear(l["in"], l["out"], bias=False)

    def forward(self, x):
        y = (self.projection(x) if hasattr(self, "projection") else x) + super().forward(x)
        return y if self.after is None else self.after(y)


def train(folder):
    with open(f"{folder}/spec.json") as f:
        spec = json.load(f)
    values = read(f"{folder}/twin.safetensors")
    model = Stack(spec["layers"]).to(values["x"].dtype)
    names = {"gain": "weight", "shift": "bias"}
    state = {}
    for name, v in values.items():
        scope, _, own = name.rpartition("/")
        if own in ("weight", "bias", "gain", "shift"):
            state[scope.replace("/", ".") + "." + names.get(own, own)] = v.T if own == "weight" and v.dim() == 2 else v
    model.load_state_dict(state, strict=False)
    assert not set(dict(model.named_parameters())) - set(state), "a parameter has no value"
    optimizer = torch.optim.SGD(model.parameters(), spec["rate"], momentum=0.9)
    with gradflow.watch(model, f"{folder}/profiles.json", optimizer=optimizer, name=spec["name"], details=1, histograms=1) as w:
        for x, y in zip(values["x"].split(spec["batch"]), values["y"].split(spec["batch"])):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            w.step(loss)


torch.set_num_threads(1)
torch.backends.mkldnn.set_flags(False)  # with oneDNN, PyTorch 2.6.0 of Debian 13 computes wrong gradients of convolutions on some processors
for argument in sys.argv[1:]:
    train(argument)
