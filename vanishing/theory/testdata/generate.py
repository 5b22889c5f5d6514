"""Writes the tables of numbers next to this script, from the mathematics alone and to more digits than are printed.

    apt-get install python3-mpmath python3-numpy python3-gmpy2
    /usr/bin/python3 vanishing/theory/testdata/generate.py [table ...]

All take some minutes on one core; gmpy2 only makes that shorter. The numbers are sums of closed forms, or integrals by
rules that are exact to 1e-15 and better, in at least 64 bits of mantissa. No code is shared with the package, and few of
the ways: it has other quadratures, Hermite polynomials, and follows gradients back where the walk follows units on. The
head of each file in tables/ says what is computed. The committed tables are from mpmath 1.2.1 and numpy 1.24.2 of
Debian 12.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from mpmath import mp  # noqa: E402

from tables import loss, original, plain, recurrent, scales, walk  # noqa: E402

# name: the module, the columns, digits printed, and what it is
TABLES = {
    "plain": (plain, "width init activation chi d10 d20 d50 d100 w10 w20 w50 w100", 10,
              "Ratios of norms, layer 1 over layer L = 10, 20, 50, 100, in infinitely wide plain networks with an input of "
              "mean square 1:\n# of the gradient at the pre-activation (d), and of the weight's gradient (w); chi is the "
              "factor at layer 100."),
    "scales": (scales, "weight q chi c xi_c", 10,
               "tanh with biases of variance 0.05: fixed points of mean square and cosine, and the scale on which samples "
               "become alike."),
    "loss": (loss, "classes variance loss gradient", 12,
             "A softmax over independent logits from N(0, variance): expected cross-entropy, and squared length of its "
             "gradient."),
    "walk": (walk, "ratio of value", 8,
             "Blocks a' = relu(a + branch): what one does, far from both ends, to E a^2 (forward) and the squared gradient "
             "(backward),\n# the share of positive sums, and ln of the squared gradient over so many blocks."),
    "original": (original, "of block value", 8,
                 "40 blocks a' = relu(a + BN(W2 relu(BN(W1 a)))): ln of the squared gradient from behind the last to the input "
                 "of a block, and ln E a^2 there."),
    "recurrent": (recurrent, "case layer step q chi log", 10,
                  "Stacks of plain recurrent layers (see tables/recurrent.py for the cases): mean square of the pre-activation, chi, "
                  "and ln of the squared\n# gradient there over that of the last layer at the last step."),
}


def text(number, digits):
    return mp.nstr(mp.mpf(str(number)), digits, strip_zeros=False, min_fixed=-4, max_fixed=6)


def write(name):
    module, columns, digits, title = TABLES[name]
    path = pathlib.Path(__file__).parent / f"{name}.tsv"
    lines = ["# " + title, columns.replace(" ", "\t")]
    for labels, numbers in module.rows():
        lines.append("\t".join(labels + [text(v, digits) for v in numbers]))
        print(name, lines[-1], flush=True)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    for table in sys.argv[1:] or TABLES:
        write(table)
