"""Stacks of plain recurrent layers: mean squares of the pre-activations, and of the gradients there, by layer and step.

The gradients d[l, t] of layer l at step t obey one linear equation each,

    d[l, t] = D[l, t] (w d[l, t + 1] + (u d[l + 1, t], or in the last layer direct[t]))

with w and u the variances of the weights times the width. They are solved as a system of linear equations, from which rounding takes
some 1e-16 of the largest gradient; the cases are such that none is below 1e-4 of it.
"""

import numpy as np

from .gaussian import average, REAL

ACTIVATIONS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(REAL)),
}

# activation, layers, w, u, variance of the biases, mean squares of the inputs, of the gradients from the loss
CASES = (
    ("tanh", 1, "1.5", "0.5", "0.1", (1, 1, 1, 1, 1, 1), (0, 0, 0, 0, 0, 1)),
    ("tanh", 2, "1.2", "0.8", "0", (1, 0, 0, 2, 0, 1), (0, 0, 0, 0, 0, 1)),
    ("tanh", 2, "0.5", "1", "0.05", (1, 2, 1, 2, 1), (1, 1, 1, 1, 2)),
    ("relu", 2, "1", "1", "0", (1, 1, 1, 1, 1), (0, 0, 1, 0, 1)),
)


def case(name, layers, w, u, bias, inputs, direct):
    phi, slope = ACTIVATIONS[name]
    w, u, bias, steps = REAL(w), REAL(u), REAL(bias), len(inputs)
    q, d = np.zeros((layers, steps), REAL), np.zeros((layers, steps), REAL)
    read = [REAL(x) for x in inputs]
    for l in range(layers):
        before, states = REAL(0), []
        for t in range(steps):
            q[l, t] = w * before + u * read[t] + bias
            before, d[l, t] = average(q[l, t], lambda z: phi(z) ** 2, lambda z: slope(z) ** 2)
            states.append(before)
        read = states
    at = lambda l, t: l * steps + t
    a, b = np.eye(layers * steps), np.zeros(layers * steps)
    for l in range(layers):
        for t in range(steps):
            if t + 1 < steps:
                a[at(l, t), at(l, t + 1)] -= float(d[l, t] * w)
            if l + 1 < layers:
                a[at(l, t), at(l + 1, t)] -= float(d[l, t] * u)
            else:
                b[at(l, t)] = float(d[l, t] * direct[t])
    gradients = np.linalg.solve(a, b).reshape(layers, steps)
    return q, w * d, np.log(gradients / gradients[-1, -1])


def rows():
    for number, one in enumerate(CASES):
        q, chi, log = case(*one)
        for (l, t), _ in np.ndenumerate(q):
            yield [str(number), str(l), str(t)], [q[l, t], chi[l, t], log[l, t]]
