"""Convolutions of images and sequences, pooling, and normalisation of channels."""

import torch.nn.functional as F

from .golden import case, rng, shape_name
from .norms import EPS, MOMENTUM, affine, batchnorm

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
# x, and the attributes of a pool that differ from the defaults.
MAXIMA = [
    ((1, 1, 1, 1), {"size": (1, 1)}),
    ((2, 3, 6, 7), {"size": (2, 2)}),
    ((1, 2, 7, 8), {"size": (3, 2), "stride": (2, 1), "padding": (1, 1)}),
    ((1, 2, 8, 7), {"size": (2, 3), "stride": (1, 2), "padding": (0, 1), "dilation": (3, 2)}),
]
MEANS = [
    ((2, 3, 6, 7), {"size": (2, 2)}),
    ((1, 2, 7, 8), {"size": (3, 2), "stride": (2, 1), "padding": (1, 1)}),
]
# x, height and width of the result.
ADAPTIVE = [((2, 3, 5, 7), (2, 3)), ((1, 2, 3, 2), (5, 1)), ((2, 3, 4, 5), (1, 1))]
BATCHES = [(2, 1, 1, 1), (1, 3, 2, 4), (4, 3, 5, 3), (3, 2, 9)]
# x, groups.
GROUPS = [((2, 4, 3, 5), 2), ((1, 3, 2, 2), 3), ((3, 2, 7), 1)]


def cases():
    return _convolutions() + _pools() + _norms() + _standardized() + _steps()


def _pools():
    out = []
    for x, attrs in MAXIMA:
        out.append(_pool("max_pool2d", F.max_pool2d, x, attrs))
    for x, attrs in MEANS:
        out.append(_pool("avg_pool2d", F.avg_pool2d, x, attrs, count_include_pad=True))
    out.append(_pool("avg_pool2d", F.avg_pool2d, *MEANS[-1], count_include_pad=False))
    for x, size in ADAPTIVE:
        name = f"adaptive_avg_pool2d/{shape_name(x)}_{shape_name(size)}"
        inputs = {"x": rng(name).standard_normal(x)}
        out.append(case(name, "adaptive_avg_pool2d", inputs, lambda x, size=size: F.adaptive_avg_pool2d(x, size), pairs(size=size)))
    ties = {"x": [[[[1.0, 1.0, 0.0, 2.0], [1.0, 0.0, 2.0, 2.0]]]]}
    out.append(case("max_pool2d/ties", "max_pool2d", ties, lambda x: F.max_pool2d(x, 2), pairs(size=(2, 2))))
    return out


def _pool(op, f, x, attrs, **flags):
    name = f"{op}/{shape_name(x)}" + "".join(f"_{k}_{v}" for k, v in flags.items())
    inputs = {"x": rng(name).standard_normal(x)}
    keywords = {("kernel_size" if k == "size" else k): v for k, v in attrs.items()}
    return case(name, op, inputs, lambda x: f(x, **keywords, **flags), {**pairs(**attrs), **flags})


def _norms():
    out = []
    for shape in BATCHES:
        name = f"batchnorm_train/{shape_name(shape)}"
        r = rng(name)
        inputs = {"x": _spread(r, shape), **affine(r, shape[1])}
        out.append(case(name, "batchnorm_train", inputs, lambda x, gain, shift: batchnorm(x, gain, shift, EPS, MOMENTUM),
                        {"eps": EPS, "momentum": MOMENTUM}))
    out.append(_batchnorm_eval((1, 2, 1, 1)))
    out.append(_batchnorm_eval((2, 3, 3, 4)))
    for shape, groups in GROUPS:
        name = f"groupnorm/{shape_name(shape)}_{groups}"
        r = rng(name)
        inputs = {"x": _spread(r, shape), **affine(r, shape[1])}
        out.append(case(name, "groupnorm", inputs, lambda x, gain, shift, groups=groups: F.group_norm(x, groups, gain, shift, EPS),
                        {"eps": EPS, "groups": groups}))
    return out


def _spread(r, shape):
    """Normal numbers; small ones where a mean has two of them, as in norms.NARROW."""
    return r.standard_normal(shape) * (0.005 if shape[0] * shape[2] * shape[-1] == 2 else 1)


def _batchnorm_eval(shape):
    name = f"batchnorm_eval/{shape_name(shape)}"
    r = rng(name)
    inputs = {"x": r.standard_normal(shape), **affine(r, shape[1])}
    inputs["running_mean"] = 0.5 * r.standard_normal(shape[1])
    inputs["running_var"] = r.uniform(0.5, 2, shape[1])

    def fn(x, gain, shift, mean, var):
        return F.batch_norm(x, mean, var, gain, shift, False, 0, EPS)

    return case(name, "batchnorm_eval", inputs, fn, {"eps": EPS}, constant=("running_mean", "running_var"))


def _convolutions():
    out = []
    for op, f, shapes in [("conv2d", F.conv2d, CONVOLUTIONS), ("conv1d", _conv1d, SEQUENCES), ("conv_transpose2d", _transposed, TRANSPOSED)]:
        for x, w, attrs in shapes:
            out.append(convolution(op, f, x, w, attrs, True))
        out.append(convolution(op, f, *shapes[-1], False))
    return out


def pairs(**attrs):
    """Attributes of height and width as single numbers."""
    return {f"{k}_{side}": v for k, pair in attrs.items() for side, v in zip("hw", pair)}


def convolution(op, f, x, w, attrs, bias):
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


def _standardized():
    """A convolution whose weights are standardised, as ScaledStdConv2d of timm does it."""
    name = "conv2d_standardized/2x3x4x5_4x3x3x3"
    r = rng(name)
    inputs = {"x": r.standard_normal((2, 3, 4, 5)), "w": r.standard_normal((4, 3, 3, 3)), "gain": 1 + 0.3 * r.standard_normal(4), "b": r.standard_normal(4)}

    def fn(x, w, gain, b):
        w = F.batch_norm(w.reshape(1, 4, -1), None, None, weight=gain * 27**-0.5, training=True, momentum=0, eps=1e-6).reshape_as(w)
        return F.conv2d(x, w, b)

    return [case(name, "conv2d_standardized", inputs, fn)]


def _steps():
    """The running statistics after ten batches."""
    name = "batchnorm_steps/10x2x3x2x2"
    r = rng(name)
    inputs = {"x": 2 + r.standard_normal((10, 2, 3, 2, 2)), **affine(r, 3)}

    def fn(x, gain, shift):
        mean, var = x.detach().new_zeros(3), x.detach().new_ones(3)
        for batch in x:
            y = F.batch_norm(batch, mean, var, gain, shift, True, MOMENTUM, EPS)
        return y, {"running_mean": mean, "running_var": var}

    return [case(name, "batchnorm_steps", inputs, fn, {"eps": EPS, "momentum": MOMENTUM}, constant=("x", "gain", "shift"))]
