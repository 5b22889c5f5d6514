"""Plain networks of infinite width: ratios of norms, layer 1 over layer L.

With weights of variance s/n and biases of variance b, inputs of mean square 1
and q the mean square of a pre-activation (Poole et al. 2016, Schoenholz et al.
2017):

    q_1 = s + b,  q_{l+1} = s V(q_l) + b,    V(q) = E phi(z)^2,  z ~ N(0, q)
    E|delta_l|^2 = s D(q_l) E|delta_{l+1}|^2,  D(q) = E phi'(z)^2
    E|dW_l|^2 = E|delta_l|^2 n V(q_{l-1}),   n V(q_0) being the squared input
"""

import numpy as np

from .gaussian import REAL, average, real
from mpmath import mp

DEPTHS = (10, 20, 50, 100)
PI = real(mp.pi)

# name: variance of a weight times width, and of a bias
INITS = {
    "lecun": lambda n: (REAL(1), REAL(0)),
    "he": lambda n: (REAL(2), REAL(0)),
    "torch": lambda n: (REAL(1) / 3, REAL(1) / (3 * n)),
    "one": lambda n: (REAL(n), REAL(0)),
    "hundredth": lambda n: (REAL(n) / 10000, REAL(0)),
}


def sigmoid(u):
    e = np.exp(-abs(u))
    return np.where(u > 0, 1, e) / (1 + e)


def integrated(value, slope):
    return lambda q: average(q, lambda u: value(u) ** 2, lambda u: slope(u) ** 2)


def elu(scale, alpha):
    below = lambda f, u: scale * alpha * f(np.minimum(u, 0))
    value = lambda u: np.where(u > 0, scale * u, below(np.expm1, u))
    return integrated(value, lambda u: np.where(u > 0, scale, below(np.exp, u)))


def gelu(q):
    root = np.sqrt(1 + 2 * q)
    angle = np.arcsin(q / (1 + q)) / (2 * PI)
    v = q / 4 + q * angle + q * q / (PI * (1 + q) * root)
    return v, REAL(1) / 4 + angle + q / (PI * (1 + q) * root) + q / (2 * PI * root**3)


def erf(q):
    """Williams 1997."""
    return 2 / PI * np.arcsin(2 * q / (1 + 2 * q)), 4 / PI / np.sqrt(1 + 4 * q)


# name: V and D; SELU's constants are those of Klambauer et al. 2017
ACTIVATIONS = {
    "sigmoid": integrated(sigmoid, lambda u: sigmoid(u) * sigmoid(-u)),
    "tanh": integrated(np.tanh, lambda u: 4 * sigmoid(2 * u) * sigmoid(-2 * u)),
    "relu": lambda q: (q / 2, REAL(1) / 2),
    "gelu": gelu,
    "silu": integrated(lambda u: u * sigmoid(u), lambda u: sigmoid(u) * (1 + u * sigmoid(-u))),
    "selu": elu(REAL("1.0507009873554804934193349852946"), REAL("1.6732632423543772848170429916717")),
    "elu": elu(REAL(1), REAL(1)),
    "erf": erf,
}


def row(width, init, name):
    s, b = INITS[init](width)
    signal, chi = [REAL(1)], []  # V(q_{l-1}) and s D(q_l) of layer l = 1, ...
    for _ in range(max(DEPTHS)):
        v, d = ACTIVATIONS[name](s * signal[-1] + b)
        signal.append(v)
        chi.append(s * d)
    deltas, weights = [], []
    for depth in DEPTHS:
        squared = np.prod(chi[: depth - 1])
        deltas.append(np.sqrt(squared))
        weights.append(np.sqrt(squared * signal[0] / signal[depth - 1]))
    return [chi[-1]] + deltas + weights


def rows():
    for width, init in [("any", "lecun"), ("any", "he")] + [(n, i) for n in (64, 256) for i in ("torch", "one", "hundredth")]:
        for name in ACTIVATIONS:
            yield [str(width), init, name], row(width if width != "any" else 1, init, name)
