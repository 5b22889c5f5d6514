"""Small networks from end to end: residual blocks, and perceptrons with a loss.

A bias before batch normalisation has no gradient, so those layers have none.
"""

import torch
import torch.nn.functional as F

from .dense import dense
from .golden import case, rng
from .norms import EPS, MOMENTUM, affine, batchnorm, layernorm

CLASSES = 3


def cases():
    out = []
    for batch, width, hidden in [(2, 3, 4), (4, 5, 5), (6, 3, 8)]:
        out.append(_residual_post(batch, width, hidden))
        out.append(_residual_pre(batch + 3, width, hidden))
    for batch, fan_in, hidden, fan_out in [(2, 3, 4, 5), (5, 7, 4, 2)]:
        for skip_bias in (False, True):
            out.append(_residual_post_proj(batch, fan_in, hidden, fan_out, skip_bias))
    for batch, widths in [(5, [4, 6, 5, CLASSES]), (8, [3, 9, 4, CLASSES])]:
        out.append(_mlp_bn(batch, widths))
        out.append(_mlp_ln(batch, widths))
        out.append(_resnet(batch, widths[0], widths[1]))
    return out


def _residual_post(batch, width, hidden):
    name = f"residual_post/{batch}x{width}x{hidden}"
    r = rng(name)
    inputs = {"x": r.standard_normal((batch, width))}
    inputs |= _linear(r, "1", width, hidden) | _linear(r, "2", hidden, width)

    def fn(x, w1, b1, w2, b2):
        return torch.relu(dense(torch.relu(dense(x, w1, b1)), w2, b2) + x)

    return case(name, "residual_post", inputs, fn)


def _residual_post_proj(batch, fan_in, hidden, fan_out, skip_bias):
    kind = "bias" if skip_bias else "nobias"
    name = f"residual_post_proj/{kind}_{batch}x{fan_in}x{hidden}x{fan_out}"
    r = rng(name)
    inputs = {"x": r.standard_normal((batch, fan_in))}
    inputs |= _linear(r, "1", fan_in, hidden) | _linear(r, "2", hidden, fan_out)
    inputs |= _linear(r, "_skip", fan_in, fan_out, skip_bias)

    def fn(x, w1, b1, w2, b2, w_skip, b_skip=None):
        return torch.relu(dense(torch.relu(dense(x, w1, b1)), w2, b2) + dense(x, w_skip, b_skip))

    return case(name, "residual_post_proj", inputs, fn)


def _residual_pre(batch, width, hidden):
    name = f"residual_pre/{batch}x{width}x{hidden}"
    r = rng(name)
    inputs = {"x": r.standard_normal((batch, width))}
    inputs |= _affine(r, "1", width) | _linear(r, "1", width, hidden, False)
    inputs |= _affine(r, "2", hidden) | _linear(r, "2", hidden, width)

    def fn(x, gain1, shift1, w1, gain2, shift2, w2, b2):
        stats = {}
        a = torch.relu(_batchnorm(stats, "1", x, gain1, shift1))
        a = torch.relu(_batchnorm(stats, "2", dense(a, w1), gain2, shift2))
        return x + dense(a, w2, b2), stats

    return case(name, "residual_pre", inputs, fn, {"eps": EPS, "momentum": MOMENTUM})


def _mlp_bn(batch, widths):
    name = f"mlp_bn/{batch}x" + "x".join(map(str, widths))
    r = rng(name)
    inputs, labels = _batch(r, batch, widths[0])
    for i in (1, 2):
        inputs |= _linear(r, str(i), widths[i - 1], widths[i], False) | _affine(r, str(i), widths[i])
    inputs |= _linear(r, "3", widths[2], widths[3])

    def fn(x, w1, gain1, shift1, w2, gain2, shift2, w3, b3):
        stats = {}
        a = torch.relu(_batchnorm(stats, "1", dense(x, w1), gain1, shift1))
        a = torch.relu(_batchnorm(stats, "2", dense(a, w2), gain2, shift2))
        logits = dense(a, w3, b3)
        return F.cross_entropy(logits, labels), {"logits": logits, **stats}

    attrs = {"eps": EPS, "momentum": MOMENTUM}
    return case(name, "mlp_bn", inputs, fn, attrs, "mean", labels)


def _mlp_ln(batch, widths):
    name = f"mlp_ln/{batch}x" + "x".join(map(str, widths))
    r = rng(name)
    inputs, labels = _batch(r, batch, widths[0])
    for i in (1, 2):
        inputs |= _linear(r, str(i), widths[i - 1], widths[i]) | _affine(r, str(i), widths[i])
    inputs |= _linear(r, "3", widths[2], widths[3])

    def fn(x, w1, b1, gain1, shift1, w2, b2, gain2, shift2, w3, b3):
        a = torch.relu(layernorm(dense(x, w1, b1), gain1, shift1, EPS))
        a = torch.relu(layernorm(dense(a, w2, b2), gain2, shift2, EPS))
        logits = dense(a, w3, b3)
        return F.cross_entropy(logits, labels), {"logits": logits}

    return case(name, "mlp_ln", inputs, fn, {"eps": EPS}, "mean", labels)


def _resnet(batch, fan_in, width):
    """Two post-activation blocks, the first with a projection."""
    name = f"resnet/{batch}x{fan_in}x{width}x{CLASSES}"
    r = rng(name)
    inputs, labels = _batch(r, batch, fan_in)
    inputs |= _linear(r, "1", fan_in, width) | _linear(r, "2", width, width)
    inputs |= _linear(r, "_skip", fan_in, width, False)
    inputs |= _linear(r, "3", width, width) | _linear(r, "4", width, width)
    inputs |= _linear(r, "5", width, CLASSES)

    def fn(x, w1, b1, w2, b2, w_skip, w3, b3, w4, b4, w5, b5):
        a = torch.relu(dense(torch.relu(dense(x, w1, b1)), w2, b2) + dense(x, w_skip))
        a = torch.relu(dense(torch.relu(dense(a, w3, b3)), w4, b4) + a)
        logits = dense(a, w5, b5)
        return F.cross_entropy(logits, labels), {"logits": logits}

    return case(name, "resnet", inputs, fn, None, "mean", labels)


def _batch(r, batch, width):
    x = r.standard_normal((batch, width))
    return {"x": x}, torch.tensor(r.randint(CLASSES, size=batch))


def _linear(r, suffix, fan_in, fan_out, bias=True):
    out = {"w" + suffix: r.standard_normal((fan_in, fan_out)) * (2 / fan_in) ** 0.5}
    if bias:
        out["b" + suffix] = 0.3 * r.standard_normal(fan_out)
    return out


def _affine(r, suffix, width):
    return {k + suffix: v for k, v in affine(r, width).items()}


def _batchnorm(stats, suffix, x, gain, shift):
    y, running = batchnorm(x, gain, shift, EPS, MOMENTUM)
    stats.update({k + suffix: v for k, v in running.items()})
    return y
