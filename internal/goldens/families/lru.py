"""The linear recurrent unit of Orvieto et al. 2023, in complex numbers of PyTorch, over x (batch, steps, in)."""

import torch

from .golden import case, rng

# name, batch, steps, in, states.
SIZES = [("one", 2, 1, 3, 4), ("plain", 3, 5, 2, 3), ("long", 1, 40, 2, 5), ("single", 1, 3, 1, 1)]


def cases():
    return [lru(*size) for size in SIZES]


def lru(name, batch, steps, width, states):
    r = rng(f"lru/{name}")
    inputs = {
        "x": r.standard_normal((batch, steps, width)),
        "B": r.standard_normal((2 * states, width)),
        "nu_log": r.uniform(-4, 0, states),
        "theta_log": r.uniform(-3, 1, states),
        "gamma_log": r.uniform(-1, 0, states),
        "C": r.standard_normal((width, 2 * states)),
        "D": r.standard_normal(width),
    }

    def fn(x, b, nu_log, theta_log, gamma_log, c, d):
        factor = torch.exp(torch.complex(-torch.exp(nu_log), torch.exp(theta_log)))
        b = torch.complex(b[:states], b[states:]) * torch.exp(gamma_log)[:, None]
        c = torch.complex(c[:, :states], -c[:, states:])
        state = torch.zeros(batch, states, dtype=factor.dtype)
        out = []
        for t in range(steps):
            u = torch.complex(x[:, t], torch.zeros_like(x[:, t]))
            state = factor * state + u @ b.T
            out.append((state @ c.T).real + x[:, t] * d)
        return torch.stack(out, 1)

    zero = {"nu_log", "theta_log"} if steps == 1 else set()  # the first state is zero
    return case(f"lru/{name}", "lru", inputs, fn, {"states": states}, expect_zero=zero)
