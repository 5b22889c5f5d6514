"""Batch and layer normalisation, with a gain and a shift per feature."""

import torch.nn.functional as F

from .golden import case, rng, shape_name

EPS = 1e-5
MOMENTUM = 0.1

# With a batch of 2, or a layer of 2, the normalised values are +-1 and the
# gradient of x vanishes, unless eps counts. So those inputs are about sqrt(eps).
NARROW = 0.005

# Shape, scale of x, mean of x.
BATCHES = [((2, 3), NARROW, 0), ((5, 1), 1, 0), ((4, 7), 1, 0), ((6, 4), 3, 5), ((6, 60), 1, 0)]
LAYERS = [((3, 2), NARROW, 0), ((1, 5), 1, 0), ((4, 7), 1, 0), ((6, 4), 3, 5), ((2, 3, 5), 1, 0), ((3, 300), 1, 0)]


def cases():
    out = []
    for shape, scale, mean in BATCHES:
        out.append(_batchnorm_train(f"batchnorm_train/{shape_name(shape)}", shape, scale, mean, EPS, MOMENTUM))
    out.append(_batchnorm_train("batchnorm_train/large_eps", (4, 7), 1, 0, 0.1, 0.3))
    for shape in [(1, 1), (2, 3), (4, 7), (5, 1)]:
        out.append(_batchnorm_eval(f"batchnorm_eval/{shape_name(shape)}", shape))
    for shape, scale, mean in LAYERS:
        out.append(_layernorm(f"layernorm/{shape_name(shape)}", shape, scale, mean, EPS))
    out.append(_layernorm("layernorm/large_eps", (4, 7), 1, 0, 0.1))
    return out


def batchnorm(x, gain, shift, eps, momentum):
    """Normalises by the batch. Running statistics start from 0 and 1."""
    mean = x.detach().new_zeros(x.shape[1])
    var = x.detach().new_ones(x.shape[1])
    y = F.batch_norm(x, mean, var, gain, shift, True, momentum, eps)
    return y, {"running_mean": mean, "running_var": var}


def layernorm(x, gain, shift, eps):
    return F.layer_norm(x, x.shape[-1:], gain, shift, eps)


def affine(r, width):
    return {"gain": 1 + 0.3 * r.standard_normal(width), "shift": 0.3 * r.standard_normal(width)}


def _batchnorm_train(name, shape, scale, mean, eps, momentum):
    r = rng(name)
    inputs = {"x": mean + scale * r.standard_normal(shape), **affine(r, shape[1])}

    def fn(x, gain, shift):
        return batchnorm(x, gain, shift, eps, momentum)

    return case(name, "batchnorm_train", inputs, fn, {"eps": eps, "momentum": momentum})


def _batchnorm_eval(name, shape):
    r = rng(name)
    inputs = {"x": r.standard_normal(shape), **affine(r, shape[1])}
    inputs["running_mean"] = 0.5 * r.standard_normal(shape[1])
    inputs["running_var"] = r.uniform(0.5, 2, shape[1])

    def fn(x, gain, shift, mean, var):
        return F.batch_norm(x, mean, var, gain, shift, False, 0, EPS)

    return case(name, "batchnorm_eval", inputs, fn, {"eps": EPS}, constant=("running_mean", "running_var"))


def _layernorm(name, shape, scale, mean, eps):
    r = rng(name)
    inputs = {"x": mean + scale * r.standard_normal(shape), **affine(r, shape[-1])}

    def fn(x, gain, shift):
        return layernorm(x, gain, shift, eps)

    return case(name, "layernorm", inputs, fn, {"eps": eps})
