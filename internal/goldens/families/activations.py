"""Activations, elementwise, and softmax and log-softmax over the last axis."""

import numpy as np
import torch
import torch.nn.functional as F

from .golden import case, rng, shape_name

SHAPES = [(2, 3), (4, 7), (5, 1)]

# PyTorch cuts softplus off to the identity above 20, where the error is still
# 2e-9. From 50 on, the cut is exact in float64.
SOFTPLUS_THRESHOLD = 50


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def elu(x, alpha):
    """F.elu forms exp(x) - 1, which loses all digits of a tiny x."""
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))


# op, attributes, function, and whether it is smooth at 0.
ELEMENTWISE = [
    ("identity", {}, lambda x: x * 1, True),
    ("relu", {}, F.relu, False),
    ("leaky_relu", {"alpha": 0.01}, lambda x: F.leaky_relu(x, 0.01), False),
    ("leaky_relu", {"alpha": 0.2}, lambda x: F.leaky_relu(x, 0.2), False),
    ("elu", {"alpha": 1.0}, lambda x: elu(x, 1.0), True),
    ("elu", {"alpha": 0.5}, lambda x: elu(x, 0.5), False),
    ("selu", {}, lambda x: SELU_SCALE * elu(x, SELU_ALPHA), False),
    ("sigmoid", {}, torch.sigmoid, True),
    ("tanh", {}, torch.tanh, True),
    ("erf", {}, torch.erf, True),
    ("softsign", {}, F.softsign, True),
    ("softplus", {}, lambda x: F.softplus(x, threshold=SOFTPLUS_THRESHOLD), True),
    ("silu", {}, F.silu, True),
    ("gelu", {}, F.gelu, True),
    ("gelu_tanh", {}, lambda x: F.gelu(x, approximate="tanh"), True),
]

OVER_LAST_AXIS = [
    ("softmax", lambda x: F.softmax(x, dim=-1)),
    ("log_softmax", lambda x: F.log_softmax(x, dim=-1)),
]

SINGLE = [[0.75]]

# Each in a case of its own, as errors are measured against the largest value.
MODERATE = [[-30.0, -12.5, -0.75, 0.5, 12.5, 30.0]]
HUGE = [[-1e4, 1e4], [-5e3, 0.5]]
TINY = [[1e-30, -1e-30, 3e-30]]
ZERO = [[0.0, 1e-30, 0.0, -1e-30]]


def cases():
    out = []
    for op, attrs, fn, smooth in ELEMENTWISE:
        prefix = op + "".join(f"_{k}{v:g}" for k, v in attrs.items())
        for suffix, x in _elementwise_inputs(prefix, smooth):
            out.append(case(f"{prefix}/{suffix}", op, {"x": x}, fn, attrs))
    for op, fn in OVER_LAST_AXIS:
        for suffix, x in _softmax_inputs(op):
            # A single class has probability 1, whatever its logit.
            zero = ("x",) if np.shape(x)[-1] == 1 else ()
            out.append(case(f"{op}/{suffix}", op, {"x": x}, fn, expect_zero=zero))
    return out


def _random_inputs(prefix, shapes):
    for shape in shapes:
        name = shape_name(shape)
        yield name, rng(f"{prefix}/{name}").uniform(-3, 3, shape)


def _elementwise_inputs(prefix, smooth):
    yield "1x1", SINGLE
    yield from _random_inputs(prefix, SHAPES)
    yield "moderate", MODERATE
    yield "huge", HUGE
    yield "tiny", TINY
    if smooth:
        yield "zero", ZERO


def _softmax_inputs(prefix):
    yield "1x1", SINGLE
    yield from _random_inputs(prefix, SHAPES + [(2, 3, 5), (3, 40)])
    yield "moderate", [[-30.0, 29.5, 30.0], [0.0, -12.5, 0.5]]
    yield "huge", [[-1e4, 1e4, 0.0], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4]]
    yield "tiny", TINY
