"""Turns a PyTorch function and its inputs into one golden case."""

import json
import zlib

import numpy as np
import torch

# Float32 numbers may differ by this much from float64 ones of the same
# inputs. A case beyond it is ill-conditioned: no implementation could be held
# to 1e-5 against it. Five times below that leaves room for the other side.
FLOAT32_SLACK = 2e-6


def rng(name):
    """A random stream that depends on the case's name alone."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def shape_name(shape):
    return "x".join(map(str, shape))


def case(name, op, inputs, fn, attrs=None, reduction=None, labels=None, constant=(), expect_zero=()):
    """Runs fn forward and backward in float64 and in float32.

    fn takes the inputs in their order and returns the output, or the
    output and a dict of extra tensors. A random upstream gradient (1 for a
    scalar output) is propagated back to every input not named in constant.
    expect_zero names the gradients that must be exactly 0; any other tensor of
    zeros is refused, for nothing can be measured relative to it.
    """

    def numbers(dtype):
        return _numbers(name, inputs, fn, dtype, constant)

    single = numbers(torch.float32)
    _check(name, single, numbers(torch.float64), expect_zero)
    _check_float32(name, single, _numbers(name, _rounded(inputs), fn, torch.float64, constant))
    out = {"name": name, "op": op}
    if reduction:
        out["reduction"] = reduction
    if attrs:
        out["attrs"] = {k: float(v) for k, v in attrs.items()}
    for key, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        out[key] = numbers(dtype)
        if labels is not None:
            out[key]["labels"] = [int(k) for k in labels]
    return out


def write(path, cases):
    """Writes the cases as a JSON list, one case to a line."""
    names = [c["name"] for c in cases]
    assert len(set(names)) == len(names), f"{path}: a case name occurs twice"
    lines = [json.dumps(c, separators=(",", ":"), allow_nan=False) for c in cases]
    with open(path, "w", encoding="ascii", newline="\n") as f:
        f.write("[\n" + ",\n".join(lines) + "\n]\n")


def _numbers(name, inputs, fn, dtype, constant):
    tensors = {k: torch.tensor(v, dtype=dtype) for k, v in inputs.items()}
    variables = [k for k in tensors if k not in constant]
    for k in variables:
        tensors[k].requires_grad_()
    result = fn(*tensors.values())
    output, extra = result if isinstance(result, tuple) else (result, {})
    out = {"inputs": {k: _encode(t) for k, t in tensors.items()}, "output": _encode(output)}
    if variables:
        up = _upstream(name, output)
        output.backward(up)
        out["upstream"] = _encode(up)
        out["grads"] = {k: _encode(tensors[k].grad) for k in variables}
    if extra:
        out["extra"] = {k: _encode(t) for k, t in extra.items()}
    return out


def _upstream(name, output):
    if output.dim() == 0:
        return torch.ones_like(output)
    up = rng(name + "/upstream").standard_normal(tuple(output.shape))
    return torch.tensor(up, dtype=output.dtype)


def _rounded(inputs):
    return {k: np.asarray(v, dtype=np.float32).astype(np.float64) for k, v in inputs.items()}


def _encode(t):
    return {"shape": list(t.shape), "data": t.detach().double().reshape(-1).tolist()}


def _results(numbers):
    yield "output", numbers["output"]["data"]
    for group in ("grads", "extra"):
        for k, t in numbers.get(group, {}).items():
            yield f"{group}/{k}", t["data"]


def _check(name, single, double, expect_zero):
    for numbers in (single, double):
        for what, data in _results(numbers):
            assert np.all(np.isfinite(data)), f"{name}: {what} is not finite"
            if what.startswith("grads/"):
                zero = not np.any(data)
                assert zero == (what[len("grads/"):] in expect_zero), f"{name}: {what}: all zeros is {zero}"


def _check_float32(name, single, exact):
    for (what, got), (_, want) in zip(_results(single), _results(exact)):
        worst = np.max(np.abs(np.subtract(got, want)))
        scale = np.max(np.abs(want))
        assert worst <= FLOAT32_SLACK * scale, f"{name}: {what}: float32 is off by {worst} of {scale}"
