"""A softmax over K independent logits from N(0, v): the expected loss, and squared gradient p - y.

Gumbel's trick: the largest of x_i + g_i, where the g_i are independent with
P(g < y) = exp(-e^-y), is distributed as ln sum e^x + g, and is the i-th with
probability p_i. With H(y) = P(x + g < y) = E exp(-e^(x-y)) therefore

    E ln sum e^x = E max - gamma,   P(max < y) = H(y)^K

and of two draws from the same logits both are the i-th with probability
sum p_i^2 = K E p_1^2. As E ln sum e^x is the loss where y's own logit has mean
0, and E|p-y|^2 = 1 - 2/K + E sum p_i^2:

    E sum p^2 = K int e^-2y E[e^2x exp(-e^(x-y))] H(y)^(K-1) dy

which is int t E[e^2x exp(-t e^x)] (E exp(-t e^x))^(K-1) dt, 1/S^2 being
int t exp(-tS) dt, at t = e^-y.
"""

from mpmath import mp, mpf

mp.dps = 30

VARIANCES = ("0.1", "0.5", "1", "2")
STEP = mpf(1) / 16  # trapezoidal in x and y, off by exp(-2 pi d/h) for a strip of width d = pi/2
FAR = 12


def density(z):
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def logits(sd):
    n = int(FAR / STEP)
    return [(sd * k * STEP, STEP * density(k * STEP)) for k in range(-n, n + 1)]


def row(classes, variance):
    xs = logits(mp.sqrt(mpf(variance)))
    powers = [(mp.exp(x), w) for x, w in xs]
    top = xs[-1][0]
    # Below low H^K is 0 to all digits, above high 1 - H is.
    low, high = -int(top) - 5, int(top) + 75
    mean, pairs = mpf(high), mpf(0)  # E max = high - int_{-inf}^{high} P(max < y) dy
    count = int((high - low) / STEP)
    for k in range(count + 1):
        y = low + k * STEP
        t = mp.exp(-y)
        h = m = mpf(0)
        for e, w in powers:
            term = w * mp.exp(-t * e)
            h += term
            m += e * e * term
        end = mpf(1) / 2 if k in (0, count) else 1
        mean -= STEP * end * h**classes
        pairs += STEP * end * t * t * m * h ** (classes - 1)
    loss = mean - mp.euler
    return [loss, 1 - mpf(2) / classes + classes * pairs]


def rows():
    for classes in (10, 2):
        for variance in VARIANCES:
            yield [str(classes), variance], row(classes, variance)
