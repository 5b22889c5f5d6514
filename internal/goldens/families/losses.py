"""Losses of predictions x against targets y, or against integer labels.

Mean and sum. The mean of a cross-entropy is over the batch; the mean of every
other loss is over all elements.
"""

import numpy as np
import torch
import torch.nn.functional as F

from .golden import case, rng, shape_name

SHAPES = [(1, 1), (2, 3), (4, 7), (5, 1)]
CLASS_SHAPES = [(1, 3), (2, 3), (4, 7), (3, 40)]
REDUCTIONS = ["mean", "sum"]
SMOOTHING = [0.0, 0.1]


def cases():
    return _regression() + _binary() + _softmax_ce() + _nll()


def _regression():
    kinds = [
        ("mse", {}, F.mse_loss),
        ("mae", {}, F.l1_loss),
        ("huber", {"delta": 1.0}, lambda x, y, reduction: F.huber_loss(x, y, reduction, 1.0)),
        ("huber", {"delta": 0.5}, lambda x, y, reduction: F.huber_loss(x, y, reduction, 0.5)),
    ]
    out = []
    for op, attrs, loss in kinds:
        prefix = op + "".join(f"_{k}{v:g}" for k, v in attrs.items())
        for shape in SHAPES:
            r = rng(f"{prefix}/{shape_name(shape)}")
            x, y = 2 * r.standard_normal(shape), r.standard_normal(shape)
            out += _elementwise(f"{prefix}/{shape_name(shape)}", op, x, y, loss, attrs)
        x, y = [[1e4, -1e4, 0.3, -30.0]], [[-1e4, -9e3, 0.25, 30.0]]
        out += _elementwise(f"{prefix}/huge", op, x, y, loss, attrs)
    return out


def _binary():
    out = []
    for shape in SHAPES:
        name = shape_name(shape)
        r = rng(f"bce/{name}")
        z = 2 * r.standard_normal(shape)
        p = r.uniform(0.02, 0.98, shape)
        hard = (r.uniform(size=shape) < 0.5).astype(float)
        soft = r.uniform(size=shape)
        for kind, y in (("hard", hard), ("soft", soft)):
            out += _elementwise(f"bce_logits/{kind}_{name}", "bce_logits", z, y, _bce_logits)
            out += _elementwise(f"bce/{kind}_{name}", "bce", p, y, _bce)
    z = [[-30.0, 30.0, -30.0, 30.0, 0.0, 0.0]]
    y = [[0.0, 0.0, 1.0, 1.0, 0.0, 1.0]]
    out += _elementwise("bce_logits/moderate", "bce_logits", z, y, _bce_logits)
    z = [[-1e4, 1e4, -1e4, 1e4, 0.0, -5e3]]
    out += _elementwise("bce_logits/huge", "bce_logits", z, y, _bce_logits)
    p = [[1e-6, 1e-6, 1 - 2.0**-20, 1 - 2.0**-20, 0.5]]
    y = [[0.0, 1.0, 0.0, 1.0, 1.0]]
    out += _elementwise("bce/edge", "bce", p, y, _bce)
    # log 0 counts as -100. The gradient there is PyTorch's own choice, so it is
    # left out.
    p, y = [[0.0, 0.0, 1.0, 1.0]], [[0.0, 1.0, 0.0, 1.0]]
    out += _elementwise("bce/clamped", "bce", p, y, _bce, constant=("x", "y"))
    return out


def _softmax_ce():
    out = []
    for shape in CLASS_SHAPES:
        name = shape_name(shape)
        r = rng(f"softmax_ce/{name}")
        z = r.standard_normal(shape)
        labels = r.randint(shape[1], size=shape[0])
        soft = r.dirichlet(np.ones(shape[1]), size=shape[0])
        out += _cross_entropy(name, z, labels)
        for reduction in REDUCTIONS:
            out.append(_cross_entropy_targets(f"soft_{name}", z, soft, 0.0, reduction))
    out += _cross_entropy("huge", [[1e4, -1e4, 0.0], [1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], [1, 0, 2])
    out += _cross_entropy("moderate", [[30.0, -30.0, 0.0], [-30.0, 29.0, 30.0]], [1, 2])
    return out


def _cross_entropy(name, z, labels):
    """Integer and one-hot targets, with and without label smoothing."""
    labels = torch.tensor(labels)
    onehot = F.one_hot(labels, np.shape(z)[1]).double().numpy()
    out = []
    for smoothing in SMOOTHING:
        for reduction in REDUCTIONS:

            def loss(x, s=smoothing, red=reduction):
                return F.cross_entropy(x, labels, reduction=red, label_smoothing=s)

            title = f"softmax_ce/labels_{name}/smooth{smoothing:g}/{reduction}"
            attrs = {"smoothing": smoothing}
            out.append(case(title, "softmax_ce", {"x": z}, loss, attrs, reduction, labels))
            out.append(_cross_entropy_targets(f"onehot_{name}", z, onehot, smoothing, reduction))
    return out


def _cross_entropy_targets(name, z, y, smoothing, reduction):
    def loss(x, y):
        return F.cross_entropy(x, y, reduction=reduction, label_smoothing=smoothing)

    title = f"softmax_ce/{name}/smooth{smoothing:g}/{reduction}"
    attrs = {"smoothing": smoothing}
    return case(title, "softmax_ce", {"x": z, "y": y}, loss, attrs, reduction, constant=("y",))


def _nll():
    """Cross-entropy from probabilities: integer, one-hot and soft targets."""
    out = []
    for shape in CLASS_SHAPES:
        name = shape_name(shape)
        r = rng(f"nll/{name}")
        z = r.standard_normal(shape)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        labels = torch.tensor(r.randint(shape[1], size=shape[0]))
        onehot = F.one_hot(labels, shape[1]).double().numpy()
        soft = r.dirichlet(np.ones(shape[1]), size=shape[0])
        for reduction in REDUCTIONS:

            def from_labels(x, red=reduction, labels=labels):
                return F.nll_loss(torch.log(x), labels, reduction=red)

            def from_targets(x, y, red=reduction):
                total = -(y * torch.log(x)).sum()
                return total / len(x) if red == "mean" else total

            title = f"nll/labels_{name}/{reduction}"
            out.append(case(title, "nll", {"x": p}, from_labels, None, reduction, labels))
            for kind, y in (("onehot", onehot), ("soft", soft)):
                title = f"nll/{kind}_{name}/{reduction}"
                out.append(case(title, "nll", {"x": p, "y": y}, from_targets, None, reduction, constant=("y",)))
    return out


def _bce_logits(x, y, reduction):
    return F.binary_cross_entropy_with_logits(x, y, reduction=reduction)


def _bce(x, y, reduction):
    return F.binary_cross_entropy(x, y, reduction=reduction)


def _elementwise(name, op, x, y, loss, attrs=None, constant=("y",)):
    return [
        case(f"{name}/{red}", op, {"x": x, "y": y}, lambda x, y: loss(x, y, reduction=red), attrs, red, constant=constant)
        for red in REDUCTIONS
    ]
