"""Recurrent networks in PyTorch, on command.

    python3 sequences.py FOLDER

reads the network, its weights and the batches from the folder, and answers on stdin

    run VARIANT STEPS    median nanoseconds of a step, last loss, busy cores

A variant is threads/layout/form, such as 2/steps_first/eager. Layouts are steps_first and batch_first; forms are eager and traced.
"""
import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
config = json.load(open(f"{folder}/network.json"))
cells = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}


class Net(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.rnn = cells[config["Cell"]](config["Input"][2], config["Units"], batch_first=batch_first)
        self.out = nn.Linear(config["Units"], config["Classes"])

    def forward(self, x):
        y, last = self.rnn(x)
        if config["Last"]:
            y = last[0]
        return self.out(y.reshape(-1, config["Units"]))


def load(batch_first):
    flat, net = np.fromfile(f"{folder}/weights.f32", "<f4"), Net(batch_first)
    state = net.state_dict()
    for p in config["Params"]:
        n = int(np.prod(p["shape"]))
        v = torch.from_numpy(flat[:n].reshape(p["shape"]).copy())
        flat = flat[n:]
        state[p["name"]] = v.t().contiguous() if p["name"] == "out.weight" else v
    net.load_state_dict(state)
    batch, steps = config["Input"][:2]
    x = torch.from_numpy(np.fromfile(f"{folder}/images.f32", "<f4").reshape(-1, *config["Input"]))
    labels = torch.from_numpy(np.fromfile(f"{folder}/labels.i64", "<i8").reshape(len(x), -1))
    if not batch_first:
        x = x.transpose(1, 2).contiguous()
        if not config["Last"]:
            labels = labels.reshape(-1, batch, steps).transpose(1, 2).reshape(len(x), -1)
    return net, x, labels


class Runner:
    def __init__(self, layout, form):
        self.net, self.x, self.labels = load(layout == "batch_first")
        self.forward, self.steps = self.net, 0
        if form == "traced":
            self.forward = torch.jit.trace(self.net, self.x[0], check_trace=False)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=config["Rate"])

    def step(self):
        i = self.steps % len(self.x)
        self.steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.forward(self.x[i]), self.labels[i])
        loss.backward()
        self.optimizer.step()
        return loss

    def run(self, steps):
        """The median time of a step in nanoseconds, and the last loss."""
        times = []
        for _ in range(steps):
            start = time.perf_counter_ns()
            loss = self.step()
            times.append(time.perf_counter_ns() - start)
        return sorted(times)[len(times) // 2], loss.item()


runners = {}
for line in sys.stdin:
    _, variant, steps = line.split()
    threads, layout, form = variant.split("/")
    torch.set_num_threads(int(threads))
    if variant not in runners:
        runners.clear()  # one network at a time, so that the peak of memory is that of one
        runners[variant] = Runner(layout, form)
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    step, loss = runners[variant].run(int(steps))
    print(step, loss, (time.process_time_ns() - cpu) / (time.perf_counter_ns() - start), flush=True)
