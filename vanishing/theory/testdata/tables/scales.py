"""tanh with biases of variance 0.05: chi, and over how many layers two samples become alike.

At the fixed point q of the mean square, and c of the cosine (Poole et al.
2016, Schoenholz et al. 2017),

    q = s V(q) + b,    c q = s E phi(u)phi(v) + b,    xi_c = -1/ln(s E phi'(u)phi'(v))

where u and v have mean square q and cosine c. Given what they share they are
independent, so that both averages are squares of averages:

    E f(u)f(v) = E_x (E_y f(sqrt(q c) x + sqrt(q(1-c)) y))^2
"""

import numpy as np

from .gaussian import REAL, density

BIAS = REAL(5) / 100
WEIGHTS = ("0.5", "1", "1.2", "1.4", "1.6", "1.7", "1.8", "2", "2.25", "2.5", "3", "4")

# The trapezoidal rule: by Poisson's summation it is off by exp(-2 pi d/h), where the nearest pole is d = pi/2 over the
# standard deviation away (2 at most here), and by exp(-2 pi^2/h^2) for the density.
STEP = REAL(1) / 14
Z = STEP * np.arange(-140, 141)
WEIGHT = STEP * density(Z)


def one_sample(q):
    """V, its slope, and D of tanh."""
    t = np.tanh(np.sqrt(q) * Z)
    slope = 1 - t * t
    return np.sum(WEIGHT * t * t), np.sum(WEIGHT * t * slope * Z) / np.sqrt(q), np.sum(WEIGHT * slope**2)


def two_samples(q, c):
    """E tanh(u)tanh(v) and E tanh'(u)tanh'(v)."""
    t = np.tanh(np.sqrt(q * c) * Z[:, None] + np.sqrt(q * (1 - c)) * Z[None, :])
    return np.sum(WEIGHT * (t @ WEIGHT) ** 2), np.sum(WEIGHT * ((1 - t * t) @ WEIGHT) ** 2)


def newton(f, x):
    """Steps until one is so small that the next, its square, is nothing."""
    while True:
        value, slope = f(x)
        x, before = x - value / slope, x
        if abs(x - before) < 1e-12:
            return x


def row(weight):
    s = REAL(weight)

    def signal(q):
        v, slope, _ = one_sample(q)
        return s * v + BIAS - q, s * slope - 1

    def cosine(c):
        k, dot = two_samples(q, c)
        return (s * k + BIAS) / q - c, s * dot - 1

    q = newton(signal, REAL(5))  # from above, as the map is concave
    chi = s * one_sample(q)[2]
    if chi < 1:
        return q, chi, REAL(1), -1 / np.log(chi)
    c = newton(cosine, REAL(0))  # from below, as the map is convex, and 1 another fixed point
    return q, chi, c, -1 / np.log(s * two_samples(q, c)[1])


def rows():
    for weight in WEIGHTS:
        yield [weight], list(row(weight))
