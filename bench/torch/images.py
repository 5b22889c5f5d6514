"""Convolutional residual networks in PyTorch, on command.

    python3 images.py FOLDER

reads the network, its weights and the batches from the folder, and answers on stdin

    run VARIANT STEPS    median nanoseconds of a step, last loss, busy cores

A variant is threads/layout/form, such as 2/channels_last/eager. Forms are eager and traced, and in evaluation frozen, which folds
batch normalisation and prepares the weights once.
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


class Pad(nn.Module):
    """Every second pixel, and channels of zeros: option A."""

    def __init__(self, added):
        super().__init__()
        self.added = added

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.added))


class Block(nn.Module):
    """A residual block with torchvision's names."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        plan = [(width, 3, stride), (width, 3, 1)]
        if config["Bottleneck"]:
            plan = [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)]
        self.count, channels = len(plan), inputs
        for i, (out, size, step) in enumerate(plan, 1):
            setattr(self, f"conv{i}", nn.Conv2d(channels, out, size, step, size // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(out))
            channels = out
        self.downsample = nn.Identity()
        if stride != 1 or inputs != channels:
            if config["OptionA"]:
                self.downsample = Pad(channels - inputs)
            else:
                self.downsample = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.count:
                y = F.relu(y, inplace=True)
        y += self.downsample(x)
        return F.relu(y, inplace=True)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        width, channels = config["Width"], config["Input"][1]
        size, stride = (7, 2) if config["Large"] else (3, 1)
        self.conv1, self.bn1 = nn.Conv2d(channels, width, size, stride, size // 2, bias=False), nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if config["Large"] else nn.Identity()
        self.stages, inputs = len(config["Blocks"]), width
        for stage, count in enumerate(config["Blocks"], 1):
            blocks = []
            for i in range(count):
                blocks.append(Block(inputs, width, 2 if i == 0 and stage > 1 else 1))
                inputs = width * (4 if config["Bottleneck"] else 1)
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
            width *= 2
        self.fc = nn.Linear(inputs, config["Classes"])

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x)), inplace=True))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


def load(layout):
    flat, net = np.fromfile(f"{folder}/weights.f32", "<f4"), Net()
    state = net.state_dict()
    for p in config["Params"]:
        n = int(np.prod(p["shape"]))
        v = torch.from_numpy(flat[:n].reshape(p["shape"]).copy())
        flat = flat[n:]
        state[p["name"]] = v.t().contiguous() if p["name"] == "fc.weight" else v
    net.load_state_dict(state)
    images = torch.from_numpy(np.fromfile(f"{folder}/images.f32", "<f4").reshape(-1, *config["Input"]))
    labels = torch.from_numpy(np.fromfile(f"{folder}/labels.i64", "<i8").reshape(-1, config["Input"][0]))
    images = list(images)
    if layout == "channels_last":
        net = net.to(memory_format=torch.channels_last)
        images = [x.contiguous(memory_format=torch.channels_last) for x in images]
    return net, images, labels


class Runner:
    def __init__(self, layout, form):
        self.net, self.images, self.labels = load(layout)
        self.net.train(config["Train"])
        torch.set_grad_enabled(config["Train"])
        self.forward, self.steps = self.net, 0
        if form != "eager":
            self.forward = torch.jit.trace(self.net, self.images[0], check_trace=False)
        if form == "frozen":
            self.forward = torch.jit.optimize_for_inference(self.forward)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=config["Rate"])

    def step(self):
        i = self.steps % len(self.images)
        self.steps += 1
        if not config["Train"]:
            return F.cross_entropy(self.forward(self.images[i]), self.labels[i])
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.forward(self.images[i]), self.labels[i])
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
