"""Watches models of many forms for a few steps: each writes a profile of its name into a folder."""

import os
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

import gradflow


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.rnn, self.out = kind(6, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.LSTMCell(6, 8), nn.Linear(8, 3)

    def forward(self, x):
        state = None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return self.out(state[0])


class Stack(nn.Module):
    """A recurrent layer above another one, and one beside them, with dropout as modules and as functions."""

    def __init__(self):
        super().__init__()
        self.lower, self.upper, self.beside = nn.LSTMCell(6, 8), nn.GRUCell(8, 8), nn.RNNCell(6, 8)
        self.drop, self.out = nn.Dropout(0.3), nn.Linear(16, 3)

    def forward(self, x):
        lower = upper = beside = None
        for t in range(x.shape[1]):
            lower = self.lower(x[:, t], lower)
            upper = self.upper(self.drop(lower[0]), upper)
            beside = self.beside(x[:, t], beside)
        return self.out(F.dropout(torch.cat([upper, beside], 1), 0.6, training=self.training))


class Shared(nn.Module):
    """Weights that are applied again and again: to their own output, as a stack over depth, and with new data, as a cell does over time."""

    def __init__(self):
        super().__init__()
        self.read, self.deep = nn.Linear(36, 8), nn.Linear(8, 8)
        self.joined, self.embed, self.sliced, self.parts = nn.Linear(14, 8), nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        self.injected, self.out = nn.Linear(8, 8), nn.Linear(40, 3)

    def forward(self, x):
        deep = start = torch.tanh(self.read(x.flatten(1)))
        joined = sliced = parts = injected = torch.zeros(len(x), 8)
        embedded = self.embed(x)
        for t, part in enumerate(embedded.unbind(1)):
            a, b = self.deep(deep).chunk(2, 1)
            deep = torch.tanh(torch.cat([b, a], 1))
            joined = torch.tanh(self.joined(torch.cat([x[:, t], joined], 1)))
            sliced = torch.tanh(self.sliced(sliced + embedded[:, t]))
            parts = torch.tanh(self.parts(parts + part))
            injected = torch.tanh(self.injected(injected) + start)
        return self.out(torch.cat([deep, joined, sliced, parts, injected], 1))


class Encoder(nn.Module):
    def __init__(self, norm_first):
        super().__init__()
        self.embed = nn.Linear(6, 8)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=norm_first) for _ in range(2))
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = self.embed(x)
        for layer in self.layers:
            x = layer(x)
        return self.out(x.mean(1))


class Functional(nn.Module):
    """Parameters without modules, and a projection on the skip."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(36, 8) / 6)
        self.b = nn.Parameter(torch.zeros(8))
        self.gain = nn.Parameter(torch.ones(8))
        self.one, self.two, self.side = nn.Linear(8, 8), nn.Linear(8, 5), nn.Linear(8, 5)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        x = torch.tanh((x.flatten(1) @ self.w + self.b) * self.gain)
        return self.out(F.relu(self.two(F.relu(self.one(x))) + self.side(x)))


class Towers(nn.Module):
    """Layers side by side, a shared weight, and a normalised weight."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(18, 8)
        self.left, self.right = nn.Linear(8, 4), nn.utils.weight_norm(nn.Linear(8, 4))
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = x.flatten(1)
        a, b = torch.relu(self.shared(x[:, :18])), torch.relu(self.shared(x[:, 18:]))
        return self.out(torch.cat([torch.tanh(self.left(a)), torch.tanh(self.right(b))], 1))


class Unseen(nn.Module):
    """A weight that no layer reads."""

    def __init__(self):
        super().__init__()
        self.first, self.table, self.out = nn.Linear(36, 8), nn.Parameter(torch.ones(8, 8)), nn.Linear(8, 3)

    def forward(self, x):
        h = torch.relu(self.first(x.flatten(1)))
        return self.out(torch.einsum("bi,ij->bj", h, self.table.exp()))


def train(name, model, folder, steps=4, **options):
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with gradflow.watch(model, f"{folder}/{name}.json", name=name, **options) as w:
        w.attach(optimizer)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        for step in range(steps):
            x, y = torch.randn(5, 6, 6), torch.randint(3, (5,))
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            schedule.step()
            w.step(loss)
            model.eval()
            model(x)  # is not watched
            model.train()
        w.epoch(train_loss=float(loss), val_accuracy=0.5)
    assert "forward" not in model.__dict__
    assert not any(p.grad is None for p in model.parameters()), name


def compiled(folder):
    """A compiled model runs compiled in the steps that are not recorded. PyTorch can keep the others out of it from 2.1 on."""
    if not hasattr(getattr(torch, "compiler", None), "disable"):
        return
    ran = []

    def backend(graph, _):
        return lambda *args: ran.append(1) or graph.forward(*args)

    model = Functional()
    with gradflow.watch(model, f"{folder}/compiled.json", name="compiled", max_records=4) as w:
        fast = torch.compile(model, backend=backend)
        for step in range(8):
            fast(torch.randn(5, 6, 6)).sum().backward()
            w.step()
    print(f"compiled: {len(ran)} of 8 steps")
    try:
        gradflow.watch(fast)
    except ValueError as e:
        print(e)


def late(folder):
    """Trains while the folder of the profile is missing, which is made before the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with gradflow.watch(Recurrent(nn.GRU), f"{folder}/late/profiles.json", name="late") as w:
            for step in range(3):
                w.model(torch.randn(2, 6, 6)).sum().backward()
                w.step()
            os.mkdir(f"{folder}/late")
    print(*(w.message for w in caught), sep="\n")


def main(folder):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for kind in (nn.RNN, nn.LSTM, nn.GRU):
        train(kind.__name__.lower(), Recurrent(kind), folder)
    train("cell", Cell(), folder)
    train("shared", Shared(), folder)
    train("stack", Stack(), folder)
    train("encoder", Encoder(False), folder)
    train("encoder_first", Encoder(True), folder)
    train("functional", Functional(), folder)
    train("towers", Towers(), folder)
    train("unseen", Unseen(), folder)
    train("long", Functional(), folder, steps=41, max_records=8, details=5, histograms=10)
    broken = Functional()
    broken.one.weight.data[0, 0] = float("nan")
    train("broken", broken, folder)
    model = Functional()
    with gradflow.watch(model, f"{folder}/accumulated.json", name="accumulated") as w:  # without an optimizer, two batches a step
        for step in range(3):
            model.zero_grad()
            for _ in range(2):
                loss = F.cross_entropy(model(torch.randn(5, 6, 6)), torch.randint(3, (5,)))
                loss.backward()
            w.step(loss)
    late(folder)
    compiled(folder)
    try:
        with gradflow.watch(Functional().train(), None) as w:
            w.model(torch.randn(2, 6, 6))
            w.step()
    except RuntimeError as e:
        print(e)


main(*sys.argv[1:])
