"""Sums, means and maxima along axes, broadcast arithmetic, rows of a table, and products of stacks of matrices."""

import torch

from .golden import case, rng, shape_name

# Shape, axes.
REDUCTIONS = [
    ((7,), [0]), ((3, 5), [0]), ((3, 5), [1]), ((3, 5), [0, 1]), ((2, 3, 4), [1]), ((2, 3, 4), [0, 2]),
    ((2, 3, 2, 3), [0, 2]), ((2, 3, 2, 3), [1, 3]), ((2, 3, 2, 3), [1, 2]), ((2, 1, 3, 1), [1, 2]), ((2, 1, 2, 3, 2), [0, 2, 4]),
]
# Shapes of two tensors.
PAIRS = [
    ((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (3, 4)), ((3, 1), (1, 4)), ((3, 1), (4,)),
    ((2, 3, 4), (3, 1)), ((2, 1, 4), (1, 3, 1)), ((2, 3, 2, 3), (3, 1, 3)), ((2, 1, 2, 1), (3, 1, 3)), ((1,), (2, 3)),
]
# Stack, m, k, n.
PRODUCTS = [((1,), 1, 1, 1), ((3,), 2, 3, 4), ((2, 3), 4, 5, 2)]


def cases():
    return _reductions() + _broadcasts() + _embeddings() + _products()


def _reductions():
    kinds = {"reduce_sum": torch.sum, "reduce_mean": torch.mean, "reduce_max": torch.amax}
    out = []
    for op, f in kinds.items():
        for shape, axes in REDUCTIONS:
            for keep in (False, True):
                name = f"{op}/{shape_name(shape)}_{shape_name(axes)}{'_keep' if keep else ''}"
                out.append(_reduction(name, op, f, rng(name).standard_normal(shape), axes, keep))
        if op == "reduce_max":
            ties = [[2.0, 1.0, 2.0, 2.0], [0.0, 0.0, -1.0, -3.0], [-4.0, 5.0, 4.0, 5.0]]
            out.append(_reduction("reduce_max/ties", op, f, ties, [1], False))
            out.append(_reduction("reduce_max/ties_all", op, f, ties, [0, 1], False))
    return out


def _reduction(name, op, f, x, axes, keep):
    attrs = {"keep": keep, **{f"axis{i}": 1 for i in axes}}
    return case(name, op, {"x": x}, lambda x: f(x, dim=axes, keepdim=keep), attrs)


def _broadcasts():
    kinds = {"broadcast_add": torch.add, "broadcast_sub": torch.sub, "broadcast_mul": torch.mul, "broadcast_div": torch.div}
    out = []
    for op, f in kinds.items():
        for a, b in PAIRS:
            name = f"{op}/{shape_name(a)}_{shape_name(b)}"
            r = rng(name)
            inputs = {"a": r.standard_normal(a), "b": r.uniform(0.5, 2, b) * r.choice([-1, 1], b)}
            out.append(case(name, op, inputs, f))
    return out


def _embeddings():
    out = []
    for rows, width, shape in [(1, 1, (1,)), (4, 3, (6,)), (5, 2, (2, 3)), (3, 4, (2, 2, 2))]:
        name = f"embedding/{rows}x{width}_{shape_name(shape)}"
        r = rng(name)
        labels = r.randint(0, rows, shape)
        table = r.standard_normal((rows, width))
        index = torch.tensor(labels)
        fn = lambda table, index=index: torch.nn.functional.embedding(index, table)  # noqa: E731
        out.append(case(name, "embedding", {"table": table}, fn, labels=labels.reshape(-1)))
    return out


def _products():
    out = []
    for stack, m, k, n in PRODUCTS:
        for trans_a in (0, 1):
            for trans_b in (0, 1):
                name = f"batched_matmul/{shape_name(stack)}_{m}x{k}x{n}_{'nt'[trans_a]}{'nt'[trans_b]}"
                r = rng(name)
                a = r.standard_normal((*stack, *((k, m) if trans_a else (m, k))))
                b = r.standard_normal((*stack, *((n, k) if trans_b else (k, n))))

                def product(a, b, trans_a=trans_a, trans_b=trans_b):
                    a = a.transpose(-1, -2) if trans_a else a
                    return a @ (b.transpose(-1, -2) if trans_b else b)

                out.append(case(name, "batched_matmul", {"a": a, "b": b}, product, {"transA": trans_a, "transB": trans_b}))
    return out
