"""The dense layer y = x.W + b, with x (batch, in), W (in, out) and b (out)."""

from .golden import case, rng

# batch, in, out.
SIZES = [(1, 1, 1), (2, 3, 4), (4, 7, 5), (5, 1, 3), (5, 3, 1), (3, 300, 2)]


def cases():
    out = []
    for batch, fan_in, fan_out in SIZES:
        size = f"{batch}x{fan_in}x{fan_out}"
        r = rng(f"dense/{size}")
        x = r.standard_normal((batch, fan_in))
        w = r.standard_normal((fan_in, fan_out)) / fan_in**0.5
        b = r.standard_normal(fan_out)
        out.append(case(f"dense/{size}", "dense", {"x": x, "w": w, "b": b}, dense))
        if fan_in < 100:
            out.append(case(f"dense_nobias/{size}", "dense", {"x": x, "w": w}, dense))
    return out


def dense(x, w, b=None):
    y = x @ w
    return y if b is None else y + b
