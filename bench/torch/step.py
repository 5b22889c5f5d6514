"""Training steps in PyTorch, on command.

    python3 step.py FOLDER WORKLOAD.json BATCH OPTIMIZER

reads the initial weights and the batches from the folder, and answers commands on stdin:

    run VARIANT STEPS    median nanoseconds of a step, last loss, busy cores; a variant is threads/form, such as 2/eager
    mm                   billions of operations per second of the step's matrix products alone, with two threads

    python3 step.py products

answers "product M N K TRANSA TRANSB" with the billions of operations per second of one matrix product on two threads.
"""
import json
import sys
import time

import numpy as np
import torch
from torch import nn


def matrix(rows, cols, transposed):
    return torch.randn(cols, rows).t() if transposed else torch.randn(rows, cols)


def product(m, n, k, trans_a, trans_b):
    """Billions of operations per second in the fastest of seven repetitions of about 2 ms."""
    a, b, c = matrix(m, k, trans_a), matrix(k, n, trans_b), torch.empty(m, n)
    repeat = max(1, int(2e8 / (2 * m * n * k)))
    times = []
    for _ in range(7):
        start = time.perf_counter_ns()
        for _ in range(repeat):
            torch.mm(a, b, out=c)
        times.append(time.perf_counter_ns() - start)
    return 2 * m * n * k * repeat / min(times)


if sys.argv[1] == "products":
    torch.set_num_threads(2)
    for line in sys.stdin:
        print(product(*map(int, line.split()[1:])), flush=True)
    sys.exit()

folder, config, batch, optimizer = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


class Net(nn.Module):
    """The workload's network, with the given weights."""

    def __init__(self, arrays):
        super().__init__()
        self.linears, self.norms = nn.ModuleList(), nn.ModuleList()
        self.act = torch.tanh if config["Act"] == "tanh" else torch.relu
        self.blocks, self.scale = config["Blocks"], config["Scale"]
        for _ in config["Widths"]:
            self.linears.append(self.linear(arrays, not config["Norm"]))
            if config["Norm"]:
                self.norms.append(self.norm(arrays))
        self.out = self.linear(arrays, True)

    @staticmethod
    def linear(arrays, bias):
        w = arrays.pop(0)
        layer = nn.Linear(w.shape[0], w.shape[1], bias=bias)
        layer.weight.data = torch.from_numpy(w.T.copy())
        if bias:
            layer.bias.data = torch.from_numpy(arrays.pop(0))
        return layer

    @staticmethod
    def norm(arrays):
        gain, shift = arrays.pop(0), arrays.pop(0)
        layer = nn.BatchNorm1d(len(gain))
        layer.weight.data, layer.bias.data = torch.from_numpy(gain), torch.from_numpy(shift)
        return layer

    def layer(self, i, x):
        x = self.linears[i](x)
        return self.norms[i](x) if len(self.norms) else x

    def forward(self, x):
        if not self.blocks:
            for i in range(len(self.linears)):
                x = self.act(self.layer(i, x))
            return self.out(x)
        x = self.act(self.layer(0, x))
        for i in range(1, len(self.linears), 2):
            h = self.layer(i + 1, self.act(self.layer(i, x)))
            x = self.act(x + self.scale * h)
        return self.out(x)


def load():
    flat = np.fromfile(f"{folder}/weights.f32", "<f4")
    arrays = []
    for p in json.load(open(f"{folder}/params.json")):
        n = int(np.prod(p["shape"]))
        arrays.append(flat[:n].reshape(p["shape"]).copy())
        flat = flat[n:]
    net = Net(arrays)
    assert not arrays, "weights are left over"
    images = torch.from_numpy(np.fromfile(f"{folder}/images.f32", "<f4").reshape(-1, batch, 784))
    labels = torch.from_numpy(np.fromfile(f"{folder}/labels.i64", "<i8").reshape(-1, batch))
    return net, images, labels


class Trainer:
    """One network in one form: eager, foreach (one call updates all parameters) or traced."""

    def __init__(self, form):
        self.net, self.images, self.labels = load()
        make = {"sgd": lambda p, f: torch.optim.SGD(p, lr=config["Rate"], foreach=f),
                "adam": lambda p, f: torch.optim.Adam(p, lr=config["Rate"], foreach=f)}[optimizer]
        self.optimizer = make(self.net.parameters(), form == "foreach")
        self.forward = torch.jit.trace(self.net, self.images[0], check_trace=False) if form == "traced" else self.net
        self.criterion = nn.CrossEntropyLoss()
        self.steps = 0

    def run(self, steps):
        """The median time of a step in nanoseconds, and the last loss."""
        times = []
        for _ in range(steps):
            start = time.perf_counter_ns()
            i = self.steps % len(self.images)
            self.steps += 1
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.criterion(self.forward(self.images[i]), self.labels[i])
            loss.backward()
            self.optimizer.step()
            times.append(time.perf_counter_ns() - start)
        return sorted(times)[len(times) // 2], loss.item()


def products():
    """Billions of operations per second of the step's matrix products alone."""
    torch.set_num_threads(2)
    shapes = config["Products"]
    pairs, flops = [], 0
    for p in shapes:
        a, b = matrix(p["M"], p["K"], p["TransA"]), matrix(p["K"], p["N"], p["TransB"])
        pairs.append((a, b, torch.empty(p["M"], p["N"])))
        flops += 2 * p["M"] * p["N"] * p["K"]
    times = []
    for _ in range(9):
        start = time.perf_counter()
        for a, b, c in pairs:
            torch.mm(a, b, out=c)
        times.append(time.perf_counter() - start)
    return flops / sorted(times)[4] / 1e9


trainers = {}
for line in sys.stdin:
    command = line.split()
    if command[0] == "mm":
        print(products(), 0, flush=True)
        continue
    threads, form = command[1].split("/")
    torch.set_num_threads(int(threads))
    if command[1] not in trainers:
        trainers[command[1]] = Trainer(form)
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    step, loss = trainers[command[1]].run(int(command[2]))
    print(step, loss, (time.process_time_ns() - cpu) / (time.perf_counter_ns() - start), flush=True)
