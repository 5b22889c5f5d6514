"""Trains a deep sigmoid network in PyTorch, and writes the profile of its gradients.

    pip install torch
    python examples/torch/train.py
    go run ./cmd/demo report profiles.json
"""

import argparse
import math
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bridge/torch"))
import gradflow  # noqa: E402: it is beside this example, or installed by pip install ./bridge/torch


def network(depth, width, activation):
    layers = []
    for i in range(depth):
        layers += [nn.Linear(64 if i == 0 else width, width), activation()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def samples(n, generator):
    """Noisy copies of ten patterns, which a network of one layer tells apart."""
    patterns = torch.randn(10, 64, generator=torch.Generator().manual_seed(0))
    y = torch.randint(10, (n,), generator=generator)
    return patterns[y] + torch.randn(n, 64, generator=generator), y


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depth", type=int, default=15, help="hidden layers")
    parser.add_argument("--activation", default="Sigmoid", help="a module of torch.nn, such as ReLU or Tanh")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--out", default="profiles.json")
    options = parser.parse_args()

    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    model = network(options.depth, 32, getattr(nn, options.activation))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    name = f"PyTorch {options.activation.lower()}, {options.depth} layers"
    with gradflow.watch(model, options.out, optimizer=optimizer, name=name, baseline=math.log(10)) as w:
        for step in range(options.steps):
            x, y = samples(64, generator)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            w.step(loss)
    print(f"{options.out}: {options.steps} steps, loss {float(loss):.3f}")


main()
