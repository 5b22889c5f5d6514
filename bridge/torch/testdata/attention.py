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


class Alone(nn.Module):
    """One attention between linear maps; it keeps its probabilities."""

    def __init__(self, attention, width):
        super().__init__()
        self.first, self.attention, self.last = nn.Linear(width, width), attention, nn.Linear(width, 3)

    def forward(self, x, memory, **masks):
        x = self.first(x)
        y, self.p = self.attention(x, *(memory or (x, x)), average_attn_weights=False, **masks)
        return self.last(y)


def check(attention, x, memory=None, **masks):
    """The heads follow from the probabilities that PyTorch itself gives."""
    model = Alone(attention, x.shape[-1]).double()
    with gradflow.watch(model, None, details=1, histograms=1) as w:
        for _ in range(2):
            model(x, memory, **masks).sum().backward()
            w.step()
    p = (model.p if model.p.dim() == 4 else model.p[None]).detach()
    entropy = -(p * torch.where(p > 0, p.log(), torch.zeros_like(p))).sum(-1).mean((0, 2))
    even, first = (p > 0).sum(-1).double().log().mean((0, 2)), p[..., 0].mean((0, 2))
    profile = w.document()["networks"][0]["profile"]
    for r in profile["records"]:
        for i, h in enumerate(r["details"]["attentions"][0]["heads"]):
            for name, want in (("entropy", entropy), ("even_entropy", even), ("first_share", first)):
                assert abs(h[name] - want[i]) < 1e-9, (name, i, h[name], want[i])
    return profile


def against_probabilities():
    def x(*shape):
        return torch.randn(*shape, dtype=torch.float64)

    torch.manual_seed(1)
    check(nn.MultiheadAttention(8, 2, batch_first=True), x(3, 5, 8), (x(3, 7, 8), x(3, 7, 8)))
    check(nn.MultiheadAttention(8, 2, kdim=6, vdim=4), x(5, 3, 8), (x(7, 3, 6), x(7, 3, 4)))
    check(nn.MultiheadAttention(8, 2), x(5, 8), (x(4, 8), x(4, 8)), key_padding_mask=torch.tensor([False, False, False, True]))
    check(nn.MultiheadAttention(8, 4, bias=False, batch_first=True), x(3, 5, 8), attn_mask=torch.ones(5, 5).triu(1).bool())
    mask = x(6, 5, 5)
    mask[:, 1:, 0] = float("-inf")
    check(nn.MultiheadAttention(8, 2), x(5, 3, 8), attn_mask=mask)
    gradflow._MOST_LOGITS = 1  # each sample by itself
    check(nn.MultiheadAttention(8, 2), x(5, 3, 8), attn_mask=mask)
    unknown = nn.MultiheadAttention(8, 2, add_bias_kv=True)
    with gradflow.watch(Alone(unknown, 8).double(), None) as w:
        w.model(x(5, 3, 8), None).sum().backward()
        w.step()
    assert "attentions" not in w.document()["networks"][0]["profile"], "an attention that cannot be measured"


torch.set_num_threads(1)
against_probabilities()
for argument in sys.argv[1:]:
    watch(argument)
