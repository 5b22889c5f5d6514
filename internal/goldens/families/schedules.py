"""Learning rates of PyTorch's schedulers at each step, for an optimiser whose rate is 1."""

import torch
from torch.optim import lr_scheduler as s

STEPS = 40
LOSSES = [5, 4, 4, 4, 3.9999, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2.9, 2.8, 9, 9, 9, 9, 9, 9, 9, 9, 9]

CONFIGS = [
    ("step", lambda o: s.StepLR(o, 7, 0.5)),
    ("multi_step", lambda o: s.MultiStepLR(o, [5, 6, 20], 0.3)),
    ("exponential", lambda o: s.ExponentialLR(o, 0.9)),
    ("linear", lambda o: s.LinearLR(o)),
    ("linear/all", lambda o: s.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=11)),
    ("cosine", lambda o: s.CosineAnnealingLR(o, STEPS)),
    ("cosine/min", lambda o: s.CosineAnnealingLR(o, STEPS, eta_min=0.1)),
    ("restarts", lambda o: s.CosineAnnealingWarmRestarts(o, 10)),
    ("restarts/all", lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.05)),
    ("polynomial", lambda o: s.PolynomialLR(o, STEPS, power=2)),
    ("one_cycle", lambda o: s.OneCycleLR(o, 1, total_steps=STEPS, cycle_momentum=False)),
    (
        "one_cycle/all",
        lambda o: s.OneCycleLR(
            o, 1, total_steps=STEPS, pct_start=0.25, anneal_strategy="linear", div_factor=5, final_div_factor=50,
            three_phase=True, cycle_momentum=False,
        ),
    ),
    (
        "sequence",
        lambda o: s.SequentialLR(
            o, [s.LinearLR(o, start_factor=0.1, total_iters=10), s.CosineAnnealingLR(o, STEPS - 10)], [10]
        ),
    ),
    ("product", lambda o: s.ChainedScheduler([s.LinearLR(o, total_iters=4), s.ExponentialLR(o, 0.9)])),
]


def cases():
    return [_rates(*config) for config in CONFIGS] + [
        _plateau("plateau", patience=2, factor=0.5),
        _plateau("plateau/all", mode="max", patience=1, factor=0.1, threshold=0.5, threshold_mode="abs", cooldown=3, min_lr=0.005),
    ]


def _optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1)


def _rates(name, make):
    o = _optimizer()
    scheduler = make(o)
    rates = []
    for step in range(STEPS):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        if step < STEPS - 1:
            scheduler.step()
    return {"name": name, "rates": rates}


def _plateau(name, **args):
    o = _optimizer()
    scheduler = s.ReduceLROnPlateau(o, **args)
    rates = []
    for loss in LOSSES:
        scheduler.step(loss)
        rates.append(o.param_groups[0]["lr"])
    return {"name": name, "rates": rates, "losses": LOSSES}
