# Twins of the models of sequences_test.go in PyTorch.
#
#   sequences.py make FOLDER NAME ...   writes theirs.pth with random weights, input.npy and output.npy into FOLDER/NAME
#   sequences.py read FOLDER NAME ...   loads ours.npz there, and writes again.npy: the output for the same input
import os
import sys

import numpy
import torch
from torch import nn


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class Classifier(nn.Module):
    """The mean of a Transformer's outputs, on tokens."""

    def __init__(self):
        super().__init__()
        self.embed, self.positions = nn.Embedding(11, 8), nn.Parameter(torch.randn(7, 8))
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2)
        self.out = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.out(self.encoder(self.embed(tokens) + self.positions[: tokens.shape[1]]).mean(1))


class Conv1D(nn.Module):
    """A linear map whose weight is (in, out), as GPT-2 of Hugging Face has it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(inputs, outputs)), nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.c_attn, self.c_proj, self.heads = Conv1D(width, 3 * width), Conv1D(width, width), heads
        self.register_buffer("bias", torch.tril(torch.ones(1, 1, context, context)))
        self.register_buffer("masked_bias", torch.tensor(-1e4))

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (part.view(batch, time, self.heads, -1).transpose(1, 2) for part in self.c_attn(x).split(width, 2))
        scores = q @ k.transpose(2, 3) / (width / self.heads) ** 0.5
        scores = scores.masked_fill(self.bias[:, :, :time, :time] == 0, self.masked_bias)
        return self.c_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, time, width))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(width, 4 * width), Conv1D(4 * width, width)

    def forward(self, x):
        return self.c_proj(nn.functional.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads, context), MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    """GPT-2 with the names of Hugging Face's GPT2LMHeadModel, and a head that is the embedding."""

    def __init__(self, vocabulary=11, context=7, width=8, heads=2, layers=3):
        super().__init__()
        self.transformer = nn.Module()
        self.transformer.wte, self.transformer.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.transformer.h = nn.ModuleList(Block(width, heads, context) for _ in range(layers))
        self.transformer.ln_f = nn.LayerNorm(width)
        for name, p in self.named_parameters():
            nn.init.normal_(p, float(".ln_" in name and name.endswith("weight")), 0.3)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens):
        x = self.transformer.wte(tokens) + self.transformer.wpe(torch.arange(tokens.shape[1]))
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))


def model_of(name):
    if name in ("lstm", "classifier", "gpt2"):
        return {"lstm": LSTM, "classifier": Classifier, "gpt2": GPT2}[name]()
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 3)


def output(model, x):
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(x)).numpy()


def exchange(mode, name, folder):
    torch.manual_seed(1)
    model = model_of(name)
    if mode == "read":
        with numpy.load(f"{folder}/ours.npz") as ours:
            result = model.load_state_dict({name: torch.from_numpy(ours[name]) for name in ours.files}, strict=name != "gpt2")
        assert not result.unexpected_keys, result
        assert all(k == "lm_head.weight" or k.endswith(("attn.bias", "attn.masked_bias")) for k in result.missing_keys), result
        numpy.save(f"{folder}/again.npy", output(model, numpy.load(f"{folder}/input.npy")))
        return
    x = torch.randn(3, 5, 6 if name == "lstm" else 8).numpy()
    if name in ("classifier", "gpt2"):
        x = torch.randint(11, (3, 5)).numpy()
    state = model.state_dict()
    torch.save(state, f"{folder}/theirs.pth")
    if name == "gpt2":
        torch.save({k.removeprefix("transformer."): v for k, v in state.items() if not k.startswith("lm_head")}, f"{folder}/bare.pth")
        torch.save({**state, "lm_head.weight": state["lm_head.weight"] + 1}, f"{folder}/untied.pth")
    numpy.save(f"{folder}/input.npy", x)
    numpy.save(f"{folder}/output.npy", output(model, x))


for name in sys.argv[3:]:
    os.makedirs(f"{sys.argv[2]}/{name}", exist_ok=True)
    exchange(sys.argv[1], name, f"{sys.argv[2]}/{name}")
