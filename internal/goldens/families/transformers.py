"""Attention and the layers of Transformers in float64, with the names of the modules' state_dicts."""

import torch
from torch import nn

from .golden import rng

BATCH, TIME, MEMORY, WIDTH, HEADS, HIDDEN = 2, 3, 2, 4, 2, 3
LENGTHS, MEMORY_LENGTHS = [3, 2], [1, 2]


def cases():
    out = []
    for name, causal, padded in [("self", False, False), ("causal", True, False), ("padded", False, True), ("causal_padded", True, True)]:
        out.append(_attention(f"attention/{name}", causal, padded))
    out.append(_cross("attention/cross", False))
    out.append(_cross("attention/cross_padded", True))
    out.append(_case("attention/qknorm", _NormedAttention(), {"x": (BATCH, TIME, WIDTH)}, lambda m, x: m(x, _causal(True)), {}))
    for norm_first in (False, True):
        order = "pre" if norm_first else "post"
        out.append(_encoder(f"encoder/{order}", norm_first, "relu", False, False))
        out.append(_encoder(f"encoder/{order}_gelu_causal_padded", norm_first, "gelu", True, True))
        out.append(_decoder(f"decoder/{order}", norm_first, False))
        out.append(_decoder(f"decoder/{order}_padded", norm_first, True))
    return out


class _Gain(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))


class _NormedAttention(nn.Module):
    """Attention whose queries and keys are divided by their root mean square, head by head, and multiplied by a gain."""

    def __init__(self):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * WIDTH, WIDTH))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * WIDTH))
        self.out_proj = nn.Linear(WIDTH, WIDTH)
        self.q_norm, self.k_norm = _Gain(WIDTH // HEADS), _Gain(WIDTH // HEADS)

    def forward(self, x, mask):
        q, k, v = nn.functional.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        q, k, v = (t.reshape(BATCH, -1, HEADS, WIDTH // HEADS).transpose(1, 2) for t in (q, k, v))
        q, k = _normed(q) * self.q_norm.weight, _normed(k) * self.k_norm.weight
        logits = (q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5).masked_fill(mask, float("-inf"))
        return self.out_proj((logits.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))


def _normed(x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


def _attention(name, causal, padded):
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def run(m, x):
        mask, padding = _causal(causal), _padding(LENGTHS, TIME) if padded else None
        return m(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False)[0]

    return _case(name, module, {"x": (BATCH, TIME, WIDTH)}, run, {"lengths": LENGTHS} if padded else {})


def _cross(name, padded):
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def run(m, x, memory):
        padding = _padding(MEMORY_LENGTHS, MEMORY) if padded else None
        return m(x, memory, memory, key_padding_mask=padding, need_weights=False)[0]

    return _case(name, module, _two(), run, {"memory_lengths": MEMORY_LENGTHS} if padded else {})


def _encoder(name, norm_first, activation, causal, padded):
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, HIDDEN, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first
    )
    module = nn.TransformerEncoder(layer, 1, norm=nn.LayerNorm(WIDTH) if norm_first else None)

    def run(m, x):
        return m(x, mask=_causal(causal), src_key_padding_mask=_padding(LENGTHS, TIME) if padded else None)

    return _case(name, module, {"x": (BATCH, TIME, WIDTH)}, run, {"lengths": LENGTHS} if padded else {})


def _decoder(name, norm_first, padded):
    layer = nn.TransformerDecoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True, norm_first=norm_first)
    module = nn.TransformerDecoder(layer, 1, norm=nn.LayerNorm(WIDTH) if norm_first else None)

    def run(m, x, memory):
        return m(
            x, memory, tgt_mask=_causal(True),
            tgt_key_padding_mask=_padding(LENGTHS, TIME) if padded else None,
            memory_key_padding_mask=_padding(MEMORY_LENGTHS, MEMORY) if padded else None,
        )

    return _case(name, module, _two(), run, {"lengths": LENGTHS, "memory_lengths": MEMORY_LENGTHS} if padded else {})


def _two():
    return {"x": (BATCH, TIME, WIDTH), "memory": (BATCH, MEMORY, WIDTH)}


def _causal(causal):
    return torch.triu(torch.ones(TIME, TIME, dtype=torch.bool), diagonal=1) if causal else None


def _padding(lengths, time):
    return torch.arange(time).unsqueeze(0) >= torch.tensor(lengths).unsqueeze(1)


def _case(name, module, shapes, run, lengths):
    r = rng(name)
    module = module.double().train()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.tensor(0.5 * r.standard_normal(tuple(p.shape))))
    inputs = {k: torch.tensor(r.standard_normal(s), requires_grad=True) for k, s in shapes.items()}
    output = run(module, *inputs.values())
    upstream = torch.tensor(r.standard_normal(tuple(output.shape)))
    output.backward(upstream)
    tensors = inputs | dict(module.named_parameters())
    return {
        "name": name, "lengths": lengths, "output": _encode(output), "upstream": _encode(upstream),
        "values": {k: _encode(t) for k, t in tensors.items()},
        "grads": {k: _encode(t.grad) for k, t in tensors.items()},
    }


def _encode(t):
    return {"shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}
