"""Blocks a' = relu(a + branch) without normalisation, in a wide layer.

A unit's value is a walk a_{k+1} = max(0, a_k + s_k g), g ~ N(0, 1), from a_0 =
relu(g), with s_k^2 = r E a_k^2 for a branch of weight variances v (one layer, r
= v) or v and w (two, r = v w/2). A squared gradient comes back along the skip
where the next sum is positive, and through the branch with r times the average
of what is let through. The last is 1. With

    P(k, m) = P(a > 0 from step k to step m),   U_k = P(k+1, L) + sum_{m>k} r U_m P(k+1, m)

a block's average gradient is (1 + r) U_k, as each part of it was born in the
branch of some later block m, or at the end, and has lived on since.

The law of a_k given that it has been positive since step j is smooth, so that
Gauss-Legendre panels give it to the 18 digits that are carried.
"""

import numpy as np

from .gaussian import FAR, REAL, density, rule

RATIOS = ("0.5", "1", "2")
BLOCKS = (5, 10, 20, 50)
LONG = 120  # blocks, whose middle is far from both ends: there the law keeps its shape


def positive(deviation, step):
    """Points and weights for a > 0, in panels no wider than the step, which smooths."""
    reach = FAR * deviation
    return rule(np.linspace(REAL(0), reach, int(np.ceil(reach / step)) + 1))


def follow(r, blocks):
    """E a_k^2, P(a_k > 0) being the last of the steps, and P(k, m) as a matrix."""
    variance = REAL(1)  # of the sum of all steps, which bounds the tail
    points, weights = positive(np.sqrt(variance), REAL(1))
    alive = [density(points)]  # the law of a_k where it has been positive since step j = 0, ..., k
    squares, stays = [], np.zeros((blocks + 1, blocks + 1), REAL)
    for k in range(blocks + 1):
        for j, law in enumerate(alive):
            stays[j, k] = np.sum(weights * law)
        squares.append(np.sum(weights * alive[k] * points**2))
        if k == blocks:
            return squares, stays
        step = np.sqrt(r * squares[k])
        variance += step**2
        to, to_weights = positive(np.sqrt(variance), step)
        kernel = density((to[:, None] - points[None, :]) / step) / step * weights[None, :]
        born = (1 - stays[k, k]) * density(to / step) / step  # out of 0
        alive = [kernel @ law for law in alive]
        alive.append(alive[k] + born)
        points, weights = to, to_weights


def through(r, stays):
    """U_k for all blocks."""
    last = len(stays) - 1
    u = np.zeros(last, REAL)
    for k in reversed(range(last)):
        u[k] = stays[k + 1, last] + r * np.sum(u[k + 1 :] * stays[k + 1, k + 1 : last])
    return u


def rows():
    for name in RATIOS:
        r = REAL(name)
        squares, stays = follow(r, LONG)
        u, middle = through(r, stays), LONG // 2
        yield [name, "forward"], [squares[middle + 1] / squares[middle]]
        yield [name, "active"], [stays[middle, middle]]
        yield [name, "backward"], [u[middle] / u[middle + 1]]
        for blocks in BLOCKS:
            u = through(r, stays[: blocks + 1, : blocks + 1])
            yield [name, str(blocks)], [np.log((1 + r) * u[0])]
