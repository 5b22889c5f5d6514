"""Long trajectories of optimisers in float64: a hundred steps, with gradients that both sides compute by the same formula."""

import torch

STEPS = 100
START = [0.5, -2.0]
SCALE = [1.0, 0.01]  # of the gradients
CURVATURE = [0.5, 0.001]

# Name, class, arguments.
CONFIGS = [
    ("sgd/nesterov", torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
    ("adam/default", torch.optim.Adam, {}),
    ("adam/decay", torch.optim.Adam, {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.01, "weight_decay": 0.05}),
    ("adamw/default", torch.optim.AdamW, {}),
    ("adamw/decay", torch.optim.AdamW, {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.001, "weight_decay": 0.5}),
    ("rmsprop/default", torch.optim.RMSprop, {}),
    ("rmsprop/momentum", torch.optim.RMSprop, {"lr": 0.003, "alpha": 0.9, "eps": 0.01, "momentum": 0.8, "weight_decay": 0.05}),
    ("rmsprop/centered", torch.optim.RMSprop, {"lr": 0.02, "centered": True, "weight_decay": 0.05}),
    ("rmsprop/centered_momentum", torch.optim.RMSprop, {"alpha": 0.9, "centered": True, "momentum": 0.5}),
    ("adagrad/default", torch.optim.Adagrad, {}),
    (
        "adagrad/all",
        torch.optim.Adagrad,
        {"lr": 0.1, "lr_decay": 0.02, "weight_decay": 0.05, "initial_accumulator_value": 0.3, "eps": 0.001},
    ),
]


def gradient(t, i, w):
    """The gradient of element i at step t, counted from 0."""
    noise = ((t * 7919 + i * 104729 + 17) % 1009) / 504.5 - 1
    return SCALE[i] * noise + CURVATURE[i] * w


def cases():
    return [_trajectory(*config) for config in CONFIGS]


def _trajectory(name, kind, args):
    w = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer = kind([w], **args)
    path = []
    for t in range(STEPS):
        w.grad = torch.tensor([gradient(t, i, w[i].item()) for i in range(len(START))], dtype=torch.float64)
        optimizer.step()
        path += w.tolist()
    return {"name": name, "path": path}
