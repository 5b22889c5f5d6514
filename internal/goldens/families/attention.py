"""Scaled dot-product attention of several heads by PyTorch's products and softmax, and gates of SiLU."""

import math

import numpy as np
import torch

from .golden import case, rng

# Batch, queries, keys, heads, width of a head, width of its values, and what hides keys.
SIZES = [
    (1, 1, 1, 1, 1, 1, ""), (2, 3, 3, 2, 3, 3, ""), (2, 5, 5, 3, 2, 2, "causal"), (1, 2, 4, 2, 2, 3, ""), (2, 3, 5, 1, 4, 1, "causal"),
    (3, 4, 4, 2, 3, 3, "lengths"), (3, 4, 4, 2, 3, 3, "causal lengths"), (2, 3, 4, 2, 2, 2, "mask"), (2, 3, 4, 2, 2, 2, "headmask"),
    (1, 70, 140, 1, 3, 2, "causal"),
]


def cases():
    out = []
    for batch, queries, keys, heads, width, value_width, hides in SIZES:
        name = f"attention/{batch}x{queries}x{keys}_{heads}x{width}x{value_width}{'_' if hides else ''}{hides.replace(' ', '_')}"
        out.append(_attention(name, batch, queries, keys, heads, width, value_width, hides.split()))
    for shape in [(1,), (2, 3), (2, 3, 4)]:
        name = f"swiglu/{'x'.join(map(str, shape))}"
        r = rng(name)
        inputs = {"gate": r.standard_normal(shape), "x": r.standard_normal(shape)}
        out.append(case(name, "swiglu", inputs, lambda gate, x: torch.nn.functional.silu(gate) * x))
    return out


def _attention(name, batch, queries, keys, heads, width, value_width, hides):
    r = rng(name)
    inputs = {
        "q": r.standard_normal((batch, queries, heads * width)),
        "k": r.standard_normal((batch, keys, heads * width)),
        "v": r.standard_normal((batch, keys, heads * value_width)),
    }
    if "mask" in hides:
        inputs["mask"] = r.standard_normal((queries, keys))
    if "headmask" in hides:
        inputs["mask"] = r.standard_normal((batch, heads, queries, keys))
    lengths = np.maximum(1, keys - np.arange(batch)) if "lengths" in hides else None

    def attend(q, k, v, mask=None):
        q, k, v = (x.reshape(batch, -1, heads, x.shape[2] // heads).transpose(1, 2) for x in (q, k, v))
        scores = q @ k.transpose(2, 3) / math.sqrt(width)
        if mask is not None:
            scores = scores + mask
        if "causal" in hides:
            hidden = torch.ones(queries, keys, dtype=torch.bool).triu(1 + keys - queries)
            scores = scores.masked_fill(hidden, -math.inf)
        if lengths is not None:
            padding = torch.arange(keys) >= torch.tensor(lengths)[:, None]
            scores = scores.masked_fill(padding[:, None, None], -math.inf)
        return (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, queries, -1)

    zero = ("q", "k") if keys == 1 else ()
    return case(name, "attention", inputs, attend, {"heads": heads, "causal": "causal" in hides}, labels=lengths, constant=("mask",), expect_zero=zero)
