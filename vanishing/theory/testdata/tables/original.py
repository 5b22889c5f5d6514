"""The original ResNet block a' = relu(a + BN(W2 relu(BN(W1 a)))) in a wide layer and an infinite batch, exactly.

A unit's value is Lindley's walk a_l = max(0, a_{l-1} + g_l) with independent
g ~ N(0, 1), from a_0 = relu(g). It is thus distributed as the largest of
0, S_1, ..., S_{l+1}, where S_k ~ N(0, k), and Spitzer (1956) gives

    E a = sum_k E S_k+ / k,   E a^2 = n/2 + sum_{i+j<=n} E S_i+ E S_j+ / (i j),   n = l + 1

By Sparre Andersen (1953) a walk from 0 stays above 0 for k steps with the
probability u_k = C(2k,k)/4^k, and is at 0 in step n with the probability u_n.
From the last step at 0 on:

    A(n, k) = P(a > 0 in all of k steps behind step n) = sum_{j<=n} u_j u_{n+k-j}

A squared gradient G_l(a) of a_l comes back along the skip where the next sum is
positive, and through the branch at size C/Var(a) times the average U of what
is let through: pi/(pi-1) for each normalised ReLU, Var(a) for the first
normalisation. The last, G_L, is 1. With U_l = E[1(a_{l+1} > 0) G_{l+1}]:

    U_l = A(l+1, L-l) + sum_{m>l} C/Var(a_m) U_m A(l+1, m-l),    E G_l = U_l (1 + C/Var(a_l))
"""

from mpmath import mp, mpf

mp.dps = 30

BLOCKS = 40


def moments(n):
    """E a and E a^2 of the largest of 0, S_1, ..., S_n."""
    mean = [mp.sqrt(k / (2 * mp.pi)) / k for k in map(mpf, range(1, n + 1))]
    pairs = mp.fsum(mean[i] * mean[j] for i in range(n) for j in range(n - 1 - i))
    return mp.fsum(mean), mpf(n) / 2 + pairs


def stays(n, k):
    u = lambda i: mp.binomial(2 * i, i) / mpf(4) ** i
    return mp.fsum(u(j) * u(n + k - j) for j in range(n + 1))


def gradients():
    """ln E G_l for l = 0, ..., BLOCKS."""
    branch = []
    for l in range(BLOCKS):
        mean, square = moments(l + 1)
        branch.append(mp.pi / (mp.pi - 1) / (square - mean**2))
    through = [None] * BLOCKS
    for l in reversed(range(BLOCKS)):
        through[l] = stays(l + 1, BLOCKS - l)
        for m in range(l + 1, BLOCKS):
            through[l] += branch[m] * through[m] * stays(l + 1, m - l)
    return [mp.log(u * (1 + c)) for u, c in zip(through, branch)] + [mpf(0)]


def rows():
    g = gradients()
    for l in (0, 10, 20):
        yield ["gradient", str(l)], [g[l]]
    for l in (0, 10, 20, 40):
        yield ["signal", str(l)], [mp.log(moments(l + 1)[1])]
