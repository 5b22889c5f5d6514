"""Trajectories of optimisers: ten steps with given gradients."""

import torch

from .golden import case, rng

STEPS = 10
SHAPE = (2, 3)

SGD = {"lr": 0.1, "momentum": 0, "nesterov": 0, "weight_decay": 0}
ADAM = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0}

# Name, op, attributes.
CONFIGS = [
    ("sgd/plain", "sgd", SGD),
    ("sgd/weight_decay", "sgd", SGD | {"weight_decay": 0.05}),
    ("sgd/momentum", "sgd", SGD | {"momentum": 0.9}),
    ("sgd/momentum_weight_decay", "sgd", SGD | {"momentum": 0.9, "weight_decay": 0.05}),
    ("sgd/nesterov", "sgd", SGD | {"momentum": 0.9, "nesterov": 1}),
    ("sgd/nesterov_weight_decay", "sgd", SGD | {"momentum": 0.9, "nesterov": 1, "weight_decay": 0.05}),
    ("adam/default", "adam", ADAM | {"lr": 0.001}),
    ("adam/lr", "adam", ADAM | {"lr": 0.1}),
    ("adam/betas_eps", "adam", ADAM | {"beta1": 0.5, "beta2": 0.75, "eps": 0.01}),
    ("adam/no_betas", "adam", ADAM | {"beta1": 0, "beta2": 0}),
    ("adam/weight_decay", "adam", ADAM | {"weight_decay": 0.05}),
    ("adamw/weight_decay", "adamw", ADAM | {"weight_decay": 0.05}),
    ("adamw/lr", "adamw", ADAM | {"lr": 0.1, "weight_decay": 0.5}),
]


def cases():
    return [_trajectory(*config) for config in CONFIGS]


def _trajectory(name, op, attrs):
    r = rng(name)
    # Gradients of each element have their own scale, as in a network.
    scale = 10.0 ** r.uniform(-3, 0, SHAPE)
    inputs = {"w": r.standard_normal(SHAPE), "gradients": scale * r.standard_normal((STEPS, *SHAPE))}

    def fn(w, gradients):
        w = torch.nn.Parameter(w.clone())
        optimizer = _optimizer(op, w, attrs)
        steps = []
        for g in gradients:
            w.grad = g.clone()
            optimizer.step()
            steps.append(w.detach().clone())
        return torch.stack(steps)

    return case(name, op, inputs, fn, attrs, constant=("w", "gradients"))


def _optimizer(op, w, attrs):
    if op == "sgd":
        return torch.optim.SGD([w], **attrs | {"nesterov": bool(attrs["nesterov"])})
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[op]
    betas = (attrs["beta1"], attrs["beta2"])
    return kind([w], lr=attrs["lr"], betas=betas, eps=attrs["eps"], weight_decay=attrs["weight_decay"])
