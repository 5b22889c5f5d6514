"""Watches a step of twins of gradflow's Transformers: each from a folder with its form, weights and tokens."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

import gradflow
from tensors import read


class Transformer(nn.Module):
    """Layers with the names that gradflow gives them."""

    def __init__(self, form):
        super().__init__()
        self.form = form
        width, time = form["width"], form["time"]
        self.embedding1 = nn.Embedding(form["vocabulary"], width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, form["heads"], 4 * width, dropout=0.0, batch_first=form["batch_first"], norm_first=form["placement"] == "pre-ln")
            for _ in range(form["layers"]))
        self.norm = nn.Identity() if form["placement"] == "post-ln" else nn.LayerNorm(width)
        self.dense1 = nn.Linear(time * width, form["classes"])

    def forward(self, tokens, hidden):
        x = self.embedding1(tokens)
        if not self.form["batch_first"]:
            x = x.transpose(0, 1)
        time = self.form["time"]
        mask = nn.Transformer.generate_square_subsequent_mask(time).to(x.dtype) if self.form["causal"] else None
        for layer in self.layers:
            if self.form["placement"] == "none":
                h = layer.norm1(x)
                h = layer.norm2(layer.self_attn(h, h, h, attn_mask=mask, key_padding_mask=hidden)[0])
                x = layer.linear2(F.relu(layer.linear1(h)))
            else:
                x = layer(x, src_mask=mask, src_key_padding_mask=hidden)
        x = self.norm(x)
        if not self.form["batch_first"]:
            x = x.transpose(0, 1)
        return self.dense1(x.flatten(1))


def watch(folder):
    with open(f"{folder}/form.json") as f:
        form = json.load(f)
    values = read(f"{folder}/twin.safetensors")
    tokens, target = values.pop("tokens"), values.pop("target")
    lengths = values.pop("lengths", None)
    hidden = None if lengths is None else torch.arange(form["time"])[None] >= lengths[:, None]
    state = {n.replace("/ff/", "/").replace("/", "."): v.T if v.dim() == 2 and not n.startswith("embedding") else v for n, v in values.items()}
    model = Transformer(form).to(next(iter(values.values())).dtype)
    model.load_state_dict(state)
    with gradflow.watch(model, f"{folder}/profiles.json", details=1, histograms=1) as w:
        for _ in range(2):  # the structure is known from the second step on
            loss = F.cross_entropy(model(tokens, hidden), target)
            model.zero_grad()
            loss.backward()
            w.step(loss)


torch.set_num_threads(1)
for argument in sys.argv[1:]:
    watch(argument)
