"""Convolutions of images and sequences."""

import torch.nn.functional as F

from .golden import case, rng, shape_name

# x, w, and the attributes that differ from the defaults.
CONVOLUTIONS = [
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((1, 2, 1, 1), (3, 2, 3, 3), {"padding": (1, 1)}),
    ((2, 3, 5, 7), (4, 3, 3, 2), {"padding": (1, 0)}),
    ((2, 2, 7, 6), (3, 2, 3, 3), {"stride": (2, 2), "padding": (1, 1)}),
    ((1, 2, 8, 9), (2, 2, 3, 2), {"stride": (1, 2), "padding": (0, 2), "dilation": (2, 3)}),
    ((2, 4, 5, 5), (6, 2, 3, 3), {"padding": (1, 1), "groups": 2}),
    ((2, 3, 6, 5), (3, 1, 3, 3), {"stride": (2, 1), "padding": (1, 1), "groups": 3}),
    ((3, 5, 3, 4), (4, 5, 1, 1), {}),
    ((2, 4, 5, 4), (3, 4, 1, 1), {"stride": (2, 2)}),
]
TRANSPOSED = [
    ((1, 2, 1, 1), (2, 3, 3, 3), {}),
    ((2, 3, 3, 4), (3, 2, 3, 2), {"stride": (2, 3), "padding": (1, 0), "extra": (1, 2)}),
    ((2, 4, 3, 3), (4, 1, 2, 2), {"stride": (2, 2), "dilation": (2, 1), "groups": 2}),
]
SEQUENCES = [
    ((1, 1, 1), (1, 1, 1), {}),
    ((2, 4, 9), (6, 2, 3), {"stride": (1, 2), "padding": (0, 1), "dilation": (1, 2), "groups": 2}),
]


def cases():
    out = []
    for op, f, shapes in [("conv2d", F.conv2d, CONVOLUTIONS), ("conv1d", _conv1d, SEQUENCES), ("conv_transpose2d", _transposed, TRANSPOSED)]:
        for x, w, attrs in shapes:
            out.append(_convolution(op, f, x, w, attrs, True))
        out.append(_convolution(op, f, *shapes[-1], False))
    return out


def pairs(**attrs):
    """Attributes of height and width as single numbers."""
    return {f"{k}_{side}": v for k, pair in attrs.items() for side, v in zip("hw", pair)}


def _convolution(op, f, x, w, attrs, bias):
    attrs = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1, **attrs}
    numbers = pairs(**{k: v for k, v in attrs.items() if k != "groups"})
    name = f"{op}/{shape_name(x)}_{shape_name(w)}{'' if bias else '_no_bias'}"
    r = rng(name)
    fan_in = w[1] * w[-1] * w[-2]
    inputs = {"x": r.standard_normal(x), "w": r.standard_normal(w) * fan_in**-0.5}
    if bias:
        inputs["b"] = 0.3 * r.standard_normal(w[0] if op != "conv_transpose2d" else w[1] * attrs["groups"])
    return case(name, op, inputs, lambda x, w, b=None: f(x, w, b, **attrs), {**numbers, "groups": attrs["groups"]})


def _conv1d(x, w, b, groups, **attrs):
    return F.conv1d(x, w, b, groups=groups, **{k: v[1] for k, v in attrs.items()})


def _transposed(x, w, b, extra=(0, 0), **attrs):
    return F.conv_transpose2d(x, w, b, output_padding=extra, **attrs)
