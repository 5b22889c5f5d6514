"""Recurrent networks: nn.RNN, nn.LSTM and nn.GRU over x (batch, steps, in)."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .golden import case, rng

# name, batch, steps, in, hidden, layers, both directions, biases, first states, lengths.
SIZES = [
    ("one", 2, 1, 3, 4, 1, False, True, True, None),
    ("plain", 3, 4, 3, 5, 1, False, True, True, None),
    ("no_bias", 1, 3, 2, 3, 1, False, False, False, None),
    ("deep", 2, 4, 3, 2, 2, True, True, True, None),
    ("ragged", 4, 5, 2, 3, 1, True, True, True, [2, 5, 1, 3]),
]

CELLS = {
    "rnn_tanh": (torch.nn.RNN, {"nonlinearity": "tanh"}),
    "rnn_relu": (torch.nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (torch.nn.LSTM, {}),
    "gru": (torch.nn.GRU, {}),
}


def cases():
    out = []
    for op in CELLS:
        for size in SIZES:
            out.append(recurrent(op, *size))
    return out


def recurrent(op, name, batch, steps, width, hidden, layers, both, bias, first, lengths):
    kind, options = CELLS[op]
    config = {"bias": bias, "bidirectional": both, "batch_first": True, **options}
    name = f"{op}/{name}"
    r = rng(name)
    inputs = {"x": r.standard_normal((batch, steps, width))}
    if first:
        states = (layers * (1 + both), batch, hidden)
        inputs["h_0"] = r.standard_normal(states)
        if op == "lstm":
            inputs["c_0"] = r.standard_normal(states)
    for k, p in kind(width, hidden, layers, **config).named_parameters():
        inputs[k] = r.uniform(-1, 1, tuple(p.shape))

    def fn(*tensors):
        values = dict(zip(inputs, tensors))
        x, state = values.pop("x"), None
        if first:
            state = values.pop("h_0")
            if op == "lstm":
                state = (state, values.pop("c_0"))
        if lengths:
            x = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, last = with_parameters(kind(width, hidden, layers, **config), values)(x, state)
        if lengths:
            y, _ = pad_packed_sequence(y, batch_first=True, total_length=steps)
        extra = dict(zip(("h_n", "c_n"), last if op == "lstm" else (last,)))
        return y, extra

    attrs = {"hidden": hidden, "layers": layers, "bidirectional": both, "bias": bias}
    return case(name, op, inputs, fn, attrs, labels=lengths)


def with_parameters(module, values):
    """The module with these tensors in place of its parameters."""
    for k, v in values.items():
        delattr(module, k)
        setattr(module, k, v)
    module._flat_weights = [getattr(module, k) for k in module._flat_weights_names]
    return module
