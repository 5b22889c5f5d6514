"""Transformers in PyTorch, on command.

    python3 transformers.py FOLDER

reads the network, its weights and the batches from the folder, and answers on stdin

    run VARIANT STEPS    median nanoseconds of a step, last loss, busy cores

A variant is threads/layout/form; the layout is batch_first. Forms are layers, with nn.TransformerEncoderLayer, and products, with one map to queries, keys and values, the
products written out, and no weights of attention kept for the caller.
"""
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
config = json.load(open(f"{folder}/network.json"))
batch, length, width = config["Batch"], config["Length"], config["Width"]


class Products(nn.TransformerEncoderLayer):
    """The same layer, written as in minimal implementations of GPT."""

    def attention(self, x, mask):
        heads, a = config["Heads"], self.self_attn
        q, k, v = F.linear(x, a.in_proj_weight, a.in_proj_bias).view(batch, length, 3 * heads, width // heads).transpose(1, 2).chunk(3, 1)
        scores = (q @ k.transpose(2, 3)) * (1 / math.sqrt(width // heads))
        if mask is not None:
            scores = scores + mask
        y = F.softmax(scores, -1) @ v
        return a.out_proj(y.transpose(1, 2).reshape(batch, length, width))

    def forward(self, x, src_mask=None, src_key_padding_mask=None):
        if self.norm_first:
            x = x + self.attention(self.norm1(x), src_mask)
            return x + self.linear2(self.activation(self.linear1(self.norm2(x))))
        x = self.norm1(x + self.attention(x, src_mask))
        return self.norm2(x + self.linear2(self.activation(self.linear1(x))))


class Net(nn.Module):
    def __init__(self, form):
        super().__init__()
        layer = {"layers": nn.TransformerEncoderLayer, "products": Products}[form]
        self.stack = nn.TransformerEncoder(
            layer(width, config["Heads"], config["Hidden"], 0.0, config["Activation"], batch_first=True, norm_first=config["NormFirst"]),
            config["Layers"], nn.LayerNorm(width) if config["NormFirst"] else None)
        self.head = nn.Linear(width, config["Classes"])
        if config["Tokens"]:
            self.tokens = nn.Embedding(config["Tokens"], width)
            self.places = nn.Embedding(length, width)
        self.mask = torch.full((length, length), -math.inf).triu(1) if config["Causal"] else None

    def forward(self, x):
        if config["Tokens"]:
            x = self.tokens(x) + self.places.weight
        return self.head(self.stack(x, self.mask))


def load(form):
    flat, net = np.fromfile(f"{folder}/weights.f32", "<f4"), Net(form)
    state, seen = net.state_dict(), set()
    for p in config["Params"]:
        name, n = p["name"], int(np.prod(p["shape"]))
        for ours in ("embedding1.", "positions1.", "dense1."):
            name = name.replace(ours, "")
        v = torch.from_numpy(flat[:n].reshape(p["shape"]).copy())
        flat = flat[n:]
        is_map = v.dim() == 2 and not name.startswith(("tokens", "places"))
        assert state[name].shape == (v.t() if is_map else v).shape, name
        state[name] = v.t().contiguous() if is_map else v
        seen.add(name)
    assert seen == set(state), set(state) - seen
    net.load_state_dict(state)
    labels = torch.from_numpy(np.fromfile(f"{folder}/labels.i64", "<i8").reshape(-1, batch * length))
    if config["Tokens"]:
        return net, torch.from_numpy(np.fromfile(f"{folder}/tokens.i64", "<i8").reshape(-1, batch, length)), labels
    return net, torch.from_numpy(np.fromfile(f"{folder}/images.f32", "<f4").reshape(-1, batch, length, width)), labels


class Runner:
    def __init__(self, form):
        self.net, self.inputs, self.labels = load(form)
        self.steps = 0
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=config["Rate"])

    def run(self, steps):
        """The median time of a step in nanoseconds, and the last loss."""
        times = []
        for _ in range(steps):
            start = time.perf_counter_ns()
            i = self.steps % len(self.inputs)
            self.steps += 1
            self.optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(self.net(self.inputs[i]).view(-1, config["Classes"]), self.labels[i])
            loss.backward()
            self.optimizer.step()
            times.append(time.perf_counter_ns() - start)
        return sorted(times)[len(times) // 2], loss.item()


runners = {}
for line in sys.stdin:
    _, variant, steps = line.split()
    threads, _, form = variant.split("/")
    torch.set_num_threads(int(threads))
    if variant not in runners:
        runners.clear()  # one network at a time, so that the peak of memory is that of one
        runners[variant] = Runner(form)
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    step, loss = runners[variant].run(int(steps))
    print(step, loss, (time.process_time_ns() - cpu) / (time.perf_counter_ns() - start), flush=True)
